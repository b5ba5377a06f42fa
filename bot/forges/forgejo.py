"""Forgejo (Codeberg) and Gitea, through their REST API."""

from __future__ import annotations

import functools
import logging
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

from bot.forges.ahead import keep_shown
from bot.forges.diffs import read_diff
from bot.forges.forgejo_approvals import approvals
from bot.forges.forgejo_changes import DIFF_LIMIT, change, listed, past_change
from bot.forges.forgejo_client import ForgejoClient, MovedError
from bot.forges.forgejo_hooks import ForgejoHooks
from bot.forges.forgejo_labels import change_labels
from bot.forges.forgejo_pulls import Measured, measured, merge_request_of
from bot.forges.forgejo_tree import ForgejoTree, Learned
from bot.forges.forgejo_verdict import set_status
from bot.forges.git_remote import Remote
from bot.forges.partial_fetch import PartialFetch, Sought
from bot.forges.past import COMMITS_LIMIT, brought_and_gone
from bot.forges.protocol import (
    Capabilities,
    Comment,
    ForgeError,
    ListedRepository,
    NotFoundError,
    NotInChangeError,
    OpenMergeRequest,
    OtherFile,
    RefusedError,
    Thread,
    Tip,
    Verdict,
)
from bot.forges.whole import History, everything, key_of, place_of, whole_history, whole_list
from bot.scanner.tree import Change, Changes, Tree
from rules.facts import Approval, MergeRequest

log = logging.getLogger("weighbridge.forgejo")

BODY_LIMIT = 60_000
"""Characters. Forgejo names no limit; a page of comments has to load, and a mirror may be on GitHub."""
_REMEMBERED_TREES = 16
_REMEMBERED_COMMITS = 4_096
"""Commits of which the changed files are kept at hand: each push is judged anew, and most commits stay."""
_REMEMBERED_PULLS = 256
"""Pull requests whose numbers are kept at hand from the one call to the next."""
T = TypeVar("T")


class ForgejoForge:
    """One Forgejo or Gitea with one token."""

    name = "forgejo"
    # A comment can stand on a line there, but not on a file, and the API cannot settle it.
    capabilities = Capabilities(body_limit=BODY_LIMIT, verdict_name="commit status", threads=False)

    def __init__(self, url: str, token: str, fetcher: PartialFetch | None = None) -> None:
        """Without a `fetcher`, what lies beyond a very large diff is taken from Forgejo's list of files."""
        self._fetcher = fetcher
        self._client = ForgejoClient(url, token)
        self._names: dict[str, str] = {}
        self._measured: OrderedDict[tuple[str, str], Measured] = OrderedDict()
        self._trees: OrderedDict[tuple[str, str, str | None], ForgejoTree] = OrderedDict()
        self._learned = Learned()

    @functools.cache  # noqa: B019 - one client lives as long as its process
    def whoami(self) -> str:
        """User name of the token's owner. Raises ForgeError."""
        return str(self._client.get("asking Forgejo who we are", "/user")["login"])

    @property
    def hooks(self) -> ForgejoHooks:
        """The webhooks of repositories and organisations."""
        return ForgejoHooks(self._client)

    def merge_request(self, repository_id: str, repository: str, number: int) -> MergeRequest:
        """The pull request as it is now: one call. Raises ForgeError."""
        what = f"reading pull request {number} of {repository}"
        try:
            found = self._pull(what, self._names.get(repository_id, repository), repository_id, number)
        except NotFoundError:
            # It may have another name now, and another repository its old one.
            found = self._pull(what, self._found_again(repository_id), repository_id, number)
        merge_request, numbers = found
        self._names[repository_id] = merge_request.repository
        self._measured[merge_request.key, merge_request.head] = numbers
        while len(self._measured) > _REMEMBERED_PULLS:
            self._measured.popitem(last=False)
        return merge_request

    def open_merge_requests(
        self, repository_id: str, repository: str, branch: str | None = None
    ) -> Sequence[OpenMergeRequest]:
        """Those that are open, fifty for each call. Raises ForgeError."""
        what = f"listing the open pull requests of {repository}"
        rows = self._located(
            repository_id, repository, lambda address: self._client.pages(what, f"{address}/pulls", state="open")
        )
        # What a repository of the same name has now is none of this one's.
        mine = [row for row in rows if str(row["base"]["repo_id"]) == repository_id]
        return [
            OpenMergeRequest(int(row["number"]), str(row["head"]["sha"]), str(row["base"]["ref"]))
            for row in mine
            if branch is None or row["base"]["ref"] == branch
        ]

    def repository(self, name: str) -> ListedRepository | None:
        """The repository of a full name. Raises ForgeError."""
        try:
            return _listed(self._client.get(f"looking up {name}", _address(name)))
        except NotFoundError:
            return None

    def repositories(self, owner: str) -> Sequence[ListedRepository]:
        """The repositories of an organisation or a person. Raises ForgeError."""
        what = f"listing the repositories of {owner}"
        try:
            rows = self._client.rows(what, f"/orgs/{quote(owner, safe='')}/repos")
        except NotFoundError:
            rows = self._client.rows(what, f"/users/{quote(owner, safe='')}/repos")
        found = [_listed(row) for row in rows if not row.get("archived")]
        return sorted(found, key=lambda one: one.name.lower())

    def everything(self, tip: Tip) -> Changes:
        """All files of a commit, from git where that is allowed. Raises ForgeError."""
        place = place_of(self.name, urlsplit(tip.url).hostname or "", tip.repository_id)
        remote = Remote(f"{self._client.url}/{tip.repository}.git", lambda: ("weighbridge", self._client.token))
        return everything(self._fetcher, Sought(place, remote, tip.commit, tip.commit, None), self.tip_tree(tip))

    def queue_entry(self, repository_id: str, repository: str, head: str, base: str, branch: str) -> MergeRequest:
        """Forgejo has no merge queue."""
        del repository_id, head, base, branch
        raise ForgeError(f"{repository}: Forgejo has no merge queue")

    def changes(self, merge_request: MergeRequest) -> Changes:
        """Its changed files from git's own diff: one call, and more where it is very large. Raises ForgeError."""
        what = f"reading the diff of pull request {merge_request.number}"
        pull = f"/pulls/{merge_request.number}"
        data, whole = self._at(
            merge_request, lambda address: self._client.text(what, f"{address}{pull}.diff", DIFF_LIMIT)
        )
        tree = self._tree(merge_request)
        files = [change(file, tree) for file in read_diff(data, whole=whole)]
        keep_shown(files, self._learned.contents.of(self._name(merge_request), merge_request.head))
        expected = self._of(merge_request).files or (len(files) if whole else len(files) + 1)
        if len(files) >= expected:
            return Changes(tuple(files))
        remark = f"Forgejo shows {len(files):,} of {expected:,} changed files; the others were not looked at."
        cut = Changes(tuple(files), complete=False, remark=remark)
        fetched = whole_list(self._fetcher, cut, lambda: self._sought(merge_request))
        return fetched if fetched.complete else self._with_listed(what, merge_request, fetched, expected)

    def _with_listed(self, what: str, merge_request: MergeRequest, cut: Changes, expected: int) -> Changes:
        """The files that the diff did not show, from the list, which there is as long as the fork exists."""
        if merge_request.source_repository_id is None:
            return cut
        files = f"/pulls/{merge_request.number}/files"
        rows = self._at(merge_request, lambda address: self._client.pages(what, address + files))
        known = {file.path for file in cut.files}
        before = self._tree(merge_request, merge_request.base)
        others = listed(rows, known.__contains__, self._tree(merge_request), before)
        found = cut._replace(files=(*cut.files, *others))
        return Changes(found.files) if len(found.files) >= max(expected, len(rows)) else found

    def tree(self, merge_request: MergeRequest) -> Tree:
        """The head commit's files; nothing is asked before something is looked up."""
        return self._tree(merge_request)

    def base_tree(self, merge_request: MergeRequest) -> Tree:
        """The files of the target branch's tip; nothing is asked before something is looked up."""
        return self._tree(merge_request, merge_request.base)

    def tip(self, repository_id: str, repository: str, branch: str | None = None) -> Tip | None:
        """Where a branch, or the default branch, stands now. Raises ForgeError."""
        what = f"looking where {repository} stands"
        found = self._client.get(what, f"/repositories/{quote(repository_id, safe='')}")
        self._names[repository_id] = full_name = str(found["full_name"])
        name = branch or str(found.get("default_branch") or "")
        commit = self._branch(what, full_name, name) if name else None
        return Tip(repository_id, full_name, name, commit, str(found["html_url"])) if commit else None

    def tip_tree(self, tip: Tip) -> ForgejoTree:
        """The files that a branch stands at; nothing is asked before something is looked up."""
        return ForgejoTree(self._client, tip.repository, tip.commit, self._learned)

    def past_changes(self, merge_request: MergeRequest, changes: Changes) -> Changes:
        """What single commits bring and the last one no longer holds; a call for each commit. Raises ForgeError."""
        what = f"reading the commits of pull request {merge_request.number}"
        rows = self._at(
            merge_request,
            lambda address: self._client.pages(
                what, f"{address}/pulls/{merge_request.number}/commits", verification="false", files="false"
            ),
        )
        if len(rows) < 2:
            return Changes(())
        chosen = [str(row["sha"]) for row in rows[::-1] if len(row.get("parents") or ()) < 2]
        fetched = History(None)
        if len(rows) > COMMITS_LIMIT:
            fetched = whole_history(self._fetcher, lambda: (self._sought(merge_request), chosen, len(rows)))
        read = [] if fetched.commits is not None else chosen[:COMMITS_LIMIT]
        commits = [(sha, *self._commit_changes(self._name(merge_request), sha)) for sha in read]
        found = brought_and_gone(
            fetched.commits if fetched.commits is not None else ((sha, files) for sha, files, _ in commits),
            changes,
            self.base_tree(merge_request),
            lambda sha: self._tree(merge_request, sha),
        )
        for one in found:
            if one.entry is not None and one.commit is not None:
                self._learned.remember(self._name(merge_request), one.entry, one.commit)
        looked_at = sum(whole for _, _, whole in commits)
        if fetched.commits is None and (looked_at < len(read) or len(rows) > COMMITS_LIMIT):
            remark = f"{looked_at} of the {len(rows):,} commits were looked at whole; what others brought is not known."
            return Changes(found, complete=False, remark=f"{remark} {fetched.remark}".strip())
        return Changes(found)

    def approvals(self, merge_request: MergeRequest, teams: Sequence[str] = ()) -> Sequence[Approval] | None:
        """Who approves it now: fifty reviews a call, and a call for each organisation, person and team."""
        pull = f"/pulls/{merge_request.number}"
        try:
            return self._at(
                merge_request,
                lambda address: approvals(self._client, f"{address}{pull}", merge_request.head, teams),
            )
        except (NotFoundError, RefusedError) as error:
            log.warning("%s: %s", merge_request.key, error)
            return None

    def read_file(self, merge_request: MergeRequest, commit: str, path: str, limit: int) -> bytes | None:
        """A small file of the target repository: one call, or none where it is known to be missing."""
        if self._tree(merge_request, commit).lacks(path):
            return None
        return self._content(self._name(merge_request), commit, path, limit)

    def read_other_file(self, repository: str, path: str, limit: int, commit: str | None = None) -> OtherFile | None:
        """A small file of any repository. Raises ForgeError."""
        what = f"reading {path} of {repository}"
        try:
            # A repository that moved answers with a redirect, which counts as not there.
            found = self._client.get(what, _address(repository))
        except NotFoundError:
            return None
        commit = commit or self._branch(what, repository, str(found.get("default_branch") or ""))
        content = self._content(repository, commit, path, limit) if commit else None
        if commit is None or content is None:
            return None
        return OtherFile(content, commit, f"{found['html_url']}/src/commit/{commit}/{quote(path)}")

    def file_url(self, merge_request: MergeRequest, commit: str, path: str, line: int | None = None) -> str:
        """The page of a file at a commit. The target shows commits of its forks' pull requests too."""
        base = merge_request.url.rpartition("/pulls/")[0]
        address = f"{base}/src/commit/{commit}/{quote(path, errors='surrogateescape')}"
        return f"{address}#L{line}" if line else address

    def own_comments(self, merge_request: MergeRequest) -> Sequence[Comment]:
        """Comments that the token's owner wrote, oldest first: one call. Raises ForgeError."""
        me = self.whoami()
        what = f"reading the comments of pull request {merge_request.number}"
        rows = self._at(
            merge_request,
            lambda address: self._client.unpaged(what, f"{address}/issues/{merge_request.number}/comments"),
        )
        return [_comment(row) for row in rows if (row.get("user") or {}).get("login") == me]

    def create_comment(self, merge_request: MergeRequest, body: str) -> Comment:
        """Post a comment. Raises ForgeError."""
        what = f"commenting on pull request {merge_request.number}"
        comments = f"/issues/{merge_request.number}/comments"
        return _comment(self._send(what, merge_request, "POST", comments, {"body": body}))

    def update_comment(self, merge_request: MergeRequest, comment: Comment, body: str) -> Comment:
        """Replace a comment's text. Raises NotFoundError where it was deleted, ForgeError otherwise."""
        what = f"editing our comment on pull request {merge_request.number}"
        self._send(what, merge_request, "PATCH", f"/issues/comments/{comment.id}", {"body": body})
        return Comment(comment.id, body, comment.url)

    def delete_comment(self, merge_request: MergeRequest, comment: Comment) -> None:
        """Remove one of our comments. Raises ForgeError."""
        what = f"removing a double of our comment on pull request {merge_request.number}"
        self._send(what, merge_request, "DELETE", f"/issues/comments/{comment.id}")

    def own_threads(self, merge_request: MergeRequest) -> Sequence[Thread]:
        """None: see `capabilities`."""
        del merge_request
        return ()

    def open_thread(self, merge_request: MergeRequest, path: str, body: str, line: int | None = None) -> Thread:
        """Forgejo takes no comment on a file that could be settled."""
        del merge_request, body, line
        raise NotInChangeError(f"Forgejo takes no comment on {path}")

    def settle_thread(self, merge_request: MergeRequest, thread: str, body: str) -> None:
        """There is none to settle."""
        del merge_request, body
        raise NotFoundError(f"Forgejo has no thread {thread}")

    def reopen_thread(self, merge_request: MergeRequest, thread: str, body: str) -> None:
        """There is none to open again."""
        del merge_request, body
        raise NotFoundError(f"Forgejo has no thread {thread}")

    def change_labels(self, merge_request: MergeRequest, add: Sequence[str], remove: Sequence[str]) -> None:
        """Put labels on it and take others away. Raises ForgeError."""
        self._at(
            merge_request,
            lambda address: change_labels(self._client, address, merge_request.number, add, remove),
        )

    def set_verdict(self, merge_request: MergeRequest, verdict: Verdict, *, first: bool = False) -> None:
        """A commit status, unless the newest of its name is ours and says the same already. Raises ForgeError."""
        me = "" if first else self.whoami()
        self._at(
            merge_request,
            lambda address: set_status(self._client, address, merge_request.head, verdict, me, first=first),
        )

    def _pull(self, what: str, name: str, repository_id: str, number: int) -> tuple[MergeRequest, Measured]:
        """The pull request, of this repository and not of another one that has its name now."""
        answer = self._client.get(what, f"{_address(name)}/pulls/{number}")
        try:
            merge_request, numbers = merge_request_of(answer), measured(answer)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ForgeError(f"{what}: Forgejo answered with something that is no pull request") from error
        if merge_request.repository_id != repository_id:
            raise MovedError(f"{what}: another repository has this name now")
        return merge_request, numbers

    def _found_again(self, repository_id: str) -> str:
        """The name that a repository has now: one call."""
        what = f"looking for the name of repository {repository_id}"
        found = self._client.get(what, f"/repositories/{quote(repository_id, safe='')}")
        self._names[repository_id] = str(found["full_name"])
        return self._names[repository_id]

    def _send(
        self, what: str, merge_request: MergeRequest, verb: str, tail: str, body: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        return self._at(merge_request, lambda address: self._client.send(what, verb, address + tail, body))

    def _at(self, merge_request: MergeRequest, ask: Callable[[str], T]) -> T:
        return self._located(merge_request.repository_id, merge_request.repository, ask)

    def _located(self, repository_id: str, repository: str, ask: Callable[[str], T]) -> T:
        """Ask about a repository by its name, and where it has another one now, by that. Raises ForgeError."""
        try:
            return ask(_address(self._names.get(repository_id, repository)))
        except MovedError:
            return ask(_address(self._found_again(repository_id)))

    def _of(self, merge_request: MergeRequest) -> Measured:
        return self._measured.get((merge_request.key, merge_request.head), Measured(None, None))

    def _name(self, merge_request: MergeRequest) -> str:
        return self._names.get(merge_request.repository_id, merge_request.repository)

    def _branch(self, what: str, repository: str, branch: str) -> str | None:
        """The commit a branch stands at, None where there is no such branch."""
        try:
            found = self._client.get(what, f"{_address(repository)}/branches/{quote(branch)}")
        except NotFoundError:
            return None
        commit = found.get("commit") or {}
        return str(commit["id"]) if commit.get("id") else None

    def _content(self, repository: str, commit: str, path: str, limit: int) -> bytes | None:
        what = f"reading {path} at {commit[:12]}"
        return self._client.small_file(what, f"{_address(repository)}/raw/{quote(path)}", limit, ref=commit)

    @functools.lru_cache(maxsize=_REMEMBERED_COMMITS)  # noqa: B019 - one client lives as long as its process
    def _commit_changes(self, repository: str, commit: str) -> tuple[tuple[Change, ...], bool]:
        """What a commit changes, and whether that is all; it never changes itself, so it is asked for once."""
        what = f"reading what commit {commit[:12]} changes"
        data, whole = self._client.text(what, f"{_address(repository)}/git/commits/{commit}.diff", DIFF_LIMIT)
        return tuple(past_change(file) for file in read_diff(data, whole=whole)), whole

    def _sought(self, merge_request: MergeRequest) -> Sought:
        """A pull request as it is fetched."""
        name = self._name(merge_request)
        return Sought(
            key=key_of(merge_request),
            remote=Remote(f"{self._client.url}/{name}.git", lambda: ("weighbridge", self._client.token)),
            head=merge_request.head,
            base=merge_request.base,
            fork_point=self._of(merge_request).fork_point,
            head_ref=f"refs/pull/{merge_request.number}/head",
        )

    def _tree(self, merge_request: MergeRequest, commit: str | None = None) -> ForgejoTree:
        """One tree for a commit, so that what the list of changes looked up is not asked again by the scanner."""
        forked = merge_request.source_repository_id != merge_request.repository_id
        fork = merge_request.source_repository if forked else None
        key = (self._name(merge_request), commit or merge_request.head, fork)
        tree = self._trees.get(key)
        if tree is None:
            tree = self._trees[key] = ForgejoTree(self._client, *key[:2], self._learned, fork)
            while len(self._trees) > _REMEMBERED_TREES:
                self._trees.popitem(last=False)
        return tree


def _address(repository: str) -> str:
    return f"/repos/{quote(repository)}"


def _comment(row: Mapping[str, Any]) -> Comment:
    return Comment(str(row["id"]), str(row.get("body") or ""), str(row.get("html_url") or ""))


def _listed(row: Mapping[str, Any]) -> ListedRepository:
    host = urlsplit(str(row["html_url"])).hostname or ""
    return ListedRepository(str(row["id"]), str(row["full_name"]), host)
