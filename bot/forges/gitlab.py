"""GitLab, through python-gitlab."""

from __future__ import annotations

import functools
import logging
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlsplit

import requests

from bot.forges import gitlab_threads
from bot.forges.ahead import is_moved, with_origin
from bot.forges.git_remote import Remote
from bot.forges.gitlab_ahead import OPEN_STATES, GitLabAhead
from bot.forges.gitlab_approvals import approvals
from bot.forges.gitlab_changes import change, located, may_be_cut, past_change
from bot.forges.gitlab_client import GitLabClient
from bot.forges.gitlab_hooks import GitLabHooks
from bot.forges.gitlab_tree import GitLabTree
from bot.forges.gitlab_verdict import set_status
from bot.forges.http import HttpReader
from bot.forges.partial_fetch import PartialFetch, Sought
from bot.forges.past import COMMITS_LIMIT, brought_and_gone
from bot.forges.protocol import (
    Capabilities,
    Comment,
    ForgeError,
    ListedRepository,
    NotFoundError,
    OpenMergeRequest,
    OtherFile,
    Quota,
    RefusedError,
    Thread,
    Tip,
    Verdict,
)
from bot.forges.whole import History, everything, key_of, place_of, whole_history, whole_list
from bot.scanner.readers import UnreadableError
from bot.scanner.tree import Change, Changes, EntryKind, Tree
from rules.facts import Approval, MergeRequest

log = logging.getLogger("weighbridge.gitlab")

BODY_LIMIT = 900_000
"""Characters. GitLab takes notes of about a megabyte ("GitLab application limits")."""
STATUS_NAME = "weighbridge"
DESCRIPTION_LIMIT = 255
URL_LIMIT = 255
"""Characters of a commit status' description and target address ("Commits API", set the pipeline status)."""
_REMEMBERED_TREES = 16
_REMEMBERED_COMMITS = 4_096
"""Commits of which the changed files are kept at hand: each push is judged anew, and most commits stay."""


class GitLabForge:
    """One GitLab instance with one token."""

    name = "gitlab"
    capabilities = Capabilities(body_limit=BODY_LIMIT, verdict_name="commit status")

    def __init__(self, url: str, token: str, fetcher: PartialFetch | None = None) -> None:
        """Without a `fetcher`, what GitLab does not list in full stays incomplete."""
        self._fetcher = fetcher
        self._client = GitLabClient(url, token)
        self._host = urlsplit(url).hostname or ""
        self._http = requests.Session()
        self._ahead = GitLabAhead(self._client)
        self._trees: OrderedDict[tuple[str, str, str | None], GitLabTree] = OrderedDict()

    @functools.cache  # noqa: B019 - one client lives as long as its process
    def whoami(self) -> str:
        """User name of the token's owner. Raises ForgeError."""
        return str(self._client.get("asking GitLab who we are", "/user")["username"])

    @property
    def hooks(self) -> GitLabHooks:
        """The webhooks of projects and groups."""
        return GitLabHooks(self._client)

    def merge_request(self, repository_id: str, repository: str, number: int) -> MergeRequest:
        """The merge request as it is now. Raises ForgeError."""
        what = f"reading merge request {number} of {repository}"
        project = f"/projects/{repository_id}"
        found = self._client.get(what, f"{project}/merge_requests/{number}")
        target = str(found["target_branch"])
        # diff_refs.start_sha is the target's tip when the diff was made; the policy is read at its tip of now.
        branch = self._client.get(what, f"{project}/repository/branches/{quote(target, safe='')}")
        source_id = found.get("source_project_id")
        return MergeRequest(
            forge="gitlab",
            host=urlsplit(str(found["web_url"])).hostname or self._host,
            repository_id=repository_id,
            repository=str(found["references"]["full"]).rpartition("!")[0],
            number=number,
            title=str(found["title"]),
            author=str((found.get("author") or {}).get("username", "ghost")),
            url=str(found["web_url"]),
            source_branch=str(found["source_branch"]),
            target_branch=target,
            head=str(found["sha"]),
            base=str(branch["commit"]["id"]),
            source_repository_id=str(source_id) if source_id is not None else None,
            draft=bool(found.get("draft", found.get("work_in_progress", False))),
            state=OPEN_STATES.get(str(found["state"]), str(found["state"])),
        )

    def glanced(self, merge_request: MergeRequest, within: float) -> MergeRequest | None:
        """The merge request as another answer showed it."""
        return self._ahead.glances.seen(merge_request, within)

    def quota(self, repository: str) -> Quota | None:
        """What GitLab's last answer told of the limit for the token, whatever the project."""
        del repository
        return self._client.quota()

    def open_merge_requests(
        self, repository_id: str, repository: str, branch: str | None = None
    ) -> Sequence[OpenMergeRequest]:
        """Those that are open, a hundred for each call. Raises ForgeError."""
        query = {} if branch is None else {"target_branch": branch}
        what = f"listing the open merge requests of {repository}"
        rows = self._client.pages(what, f"/projects/{repository_id}/merge_requests", state="opened", **query)
        return [OpenMergeRequest(int(row["iid"]), str(row["sha"]), str(row["target_branch"])) for row in rows]

    def repository(self, name: str) -> ListedRepository | None:
        """The project of a full name. Raises ForgeError."""
        try:
            return self._listed(self._client.get(f"looking up {name}", f"/projects/{quote(name, safe='')}"))
        except NotFoundError:
            return None

    def repositories(self, owner: str) -> Sequence[ListedRepository]:
        """The projects of a group with those of its subgroups, or of a person. Raises ForgeError."""
        what, kept = f"listing the projects of {owner}", {"simple": "true", "archived": "false"}
        place = quote(owner, safe="")
        try:
            rows = self._client.pages(what, f"/groups/{place}/projects", include_subgroups="true", **kept)
        except NotFoundError:
            rows = self._client.pages(what, f"/users/{place}/projects", **kept)
        return sorted(map(self._listed, rows), key=lambda one: one.name.lower())

    def _listed(self, row: Mapping[str, Any]) -> ListedRepository:
        host = urlsplit(str(row["web_url"])).hostname or self._host
        return ListedRepository(str(row["id"]), str(row["path_with_namespace"]), host)

    def everything(self, tip: Tip) -> Changes:
        """All files of a commit, from git where that is allowed. Raises ForgeError."""
        place = place_of(self.name, urlsplit(tip.url).hostname or self._host, tip.repository_id)
        remote = Remote(f"{tip.url}.git", lambda: ("weighbridge", self._client.token))
        return everything(self._fetcher, Sought(place, remote, tip.commit, tip.commit, None), self.tip_tree(tip))

    def queue_entry(self, repository_id: str, repository: str, head: str, base: str, branch: str) -> MergeRequest:
        """GitLab's merge trains tell nobody of their commits."""
        del repository_id, head, base, branch
        raise ForgeError(f"{repository}: GitLab has no merge queue that asks for checks")

    def changes(self, merge_request: MergeRequest) -> Changes:
        """Its changed files, a hundred for each call, and one call for what else is wanted next. Raises ForgeError."""
        self._ahead.glances.forget(merge_request)
        what = f"listing the files of merge request {merge_request.number}"
        address = _address(merge_request)
        rows = self._client.pages(what, f"{address}/diffs")
        files = tuple(change(row) for row in rows)
        pulse = self._ahead.around(merge_request, files)
        if pulse is None and not merge_request.base:
            key = merge_request.repository_id, merge_request.repository, merge_request.number
            self._ahead.glances.note(merge_request := self.merge_request(*key))
        base = pulse.merge_request.base if pulse is not None else merge_request.base
        tree, before = self._tree(merge_request), self._tree(merge_request, base)
        files = tuple(located(with_origin(one, before) if is_moved(one) else one, tree) for one in files)
        commits = pulse.commits if pulse is not None else None
        if (
            pulse is not None
            and (pulse.listed_head, pulse.changed_files) == (merge_request.head, len(files))
            and not may_be_cut(rows)
        ):
            return Changes(files, commits=commits)
        now = self._client.get(what, address)
        counted = str(now.get("changes_count") or len(files))
        if (now.get("diff_refs") or {}).get("head_sha") != merge_request.head:
            remark = "GitLab has not listed the changes of the newest commit yet; some may not have been looked at."
        elif counted.endswith("+") or (counted.isdigit() and int(counted) > len(files)):
            remark = f"GitLab lists {len(files):,} of {counted} changed files; the others were not looked at."
        else:
            return Changes(files, commits=commits)
        listed = Changes(files, complete=False, remark=remark, commits=commits)
        return whole_list(self._fetcher, listed, lambda: self._sought(merge_request, now))

    def tree(self, merge_request: MergeRequest) -> Tree:
        """The head commit's files; nothing is asked before something is looked up."""
        return self._tree(merge_request)

    def base_tree(self, merge_request: MergeRequest) -> Tree:
        """The files of the target branch's tip; nothing is asked before something is looked up."""
        return self._tree(merge_request, merge_request.base)

    def tip(self, repository_id: str, repository: str, branch: str | None = None) -> Tip | None:
        """Where a branch, or the default branch, stands now. Raises ForgeError."""
        what = f"looking where {repository} stands"
        project = self._client.get(what, f"/projects/{repository_id}")
        name = branch or project.get("default_branch")
        if not name:
            return None
        commit = self._branch(what, repository_id, str(name))
        if commit is None:
            return None
        full_name, url = str(project["path_with_namespace"]), str(project["web_url"])
        return Tip(repository_id, full_name, str(name), commit, url)

    def tip_tree(self, tip: Tip) -> GitLabTree:
        """The files that a branch stands at; nothing is asked before something is looked up."""
        return GitLabTree(self._client, tip.repository_id, tip.url, tip.commit, self._http)

    def past_changes(self, merge_request: MergeRequest, changes: Changes) -> Changes:
        """What single commits bring and the last one no longer holds; a call for each commit of up to 250.

        Raises ForgeError.
        """
        if changes.commits is not None and changes.commits < 2:
            return Changes(())
        what = f"reading the commits of merge request {merge_request.number}"
        listed = self._client.pages(what, f"{_address(merge_request)}/commits")
        if len(listed) < 2:
            return Changes(())
        chosen = [str(row["id"]) for row in listed[::-1] if len(row.get("parent_ids") or ()) < 2]
        fetched = History(None)
        if len(listed) > COMMITS_LIMIT:
            now = self._client.get(what, _address(merge_request)) if self._fetcher is not None else {}
            ask = self._sought(merge_request, now), chosen, len(listed)
            fetched = whole_history(self._fetcher, lambda: ask)
        commits = fetched.commits
        if commits is None:
            project = merge_request.repository_id
            commits = [(sha, self._commit_changes(project, sha)) for sha in chosen[:COMMITS_LIMIT]]
        found = brought_and_gone(
            commits,
            changes,
            self.base_tree(merge_request),
            lambda sha: self._tree(merge_request, sha),
        )
        sized = tuple(self._sized(change, merge_request) for change in found)
        if len(listed) > COMMITS_LIMIT and fetched.commits is None:
            remark = f"{COMMITS_LIMIT} of the {len(listed):,} commits were looked at; what others brought is not known."
            return Changes(sized, complete=False, remark=f"{remark} {fetched.remark}".strip())
        return Changes(sized)

    def approvals(self, merge_request: MergeRequest, teams: Sequence[str] = ()) -> Sequence[Approval] | None:
        """Who approves it now: two or three calls, and one for each person and group. Raises ForgeError."""
        try:
            return approvals(self._client, _address(merge_request), merge_request.head, teams)
        except (NotFoundError, RefusedError) as error:
            log.warning("%s: %s", merge_request.key, error)
            return None

    def read_file(self, merge_request: MergeRequest, commit: str, path: str, limit: int) -> bytes | None:
        """A small file of the target project; no call where the list of changes came with it. Raises ForgeError."""
        known = self._ahead.known(merge_request.repository_id, commit)
        if known.knows(path):
            told = known.entry(path)
            content = known.content(told.oid) if told is not None and told.kind is EntryKind.FILE else None
            if told is None or (content is not None and len(content) <= limit):
                return content
        return self._content(merge_request.repository_id, commit, path, limit)

    def read_other_file(self, repository: str, path: str, limit: int, commit: str | None = None) -> OtherFile | None:
        """A small file of any project. Raises ForgeError."""
        what = f"reading {path} of {repository}"
        try:
            project = self._client.get(what, f"/projects/{quote(repository, safe='')}")
            # GitLab leads on from the old path of a project that was given away: its new owner has no say here.
            moved = str(project.get("path_with_namespace", "")).lower() != repository.lower()
            branch = project.get("default_branch")
            if moved or not branch:
                return None
            number = str(project["id"])
            if commit is None:
                address = f"/projects/{number}/repository/branches/{quote(str(branch), safe='')}"
                commit = str(self._client.get(what, address)["commit"]["id"])
        except NotFoundError:
            return None
        content = self._content(number, commit, path, limit)
        if content is None:
            return None
        return OtherFile(content, commit, f"{project['web_url']}/-/blob/{commit}/{quote(path)}")

    def file_url(self, merge_request: MergeRequest, commit: str, path: str, line: int | None = None) -> str:
        """The page of a file at a commit."""
        address = f"{_project_url(merge_request)}/-/blob/{commit}/{quote(path, errors='surrogateescape')}"
        return f"{address}#L{line}" if line else address

    def own_comments(self, merge_request: MergeRequest) -> Sequence[Comment]:
        """Notes that the token's owner wrote, oldest first. Raises ForgeError."""
        me = self.whoami()
        what = f"reading the notes of merge request {merge_request.number}"
        rows = self._client.pages(what, f"{_address(merge_request)}/notes", sort="asc", order_by="created_at")
        ours = [row for row in rows if not row.get("system") and (row.get("author") or {}).get("username") == me]
        return [_comment(merge_request, row) for row in ours]

    def create_comment(self, merge_request: MergeRequest, body: str) -> Comment:
        """Post a note. Raises ForgeError."""
        what = f"commenting on merge request {merge_request.number}"
        return _comment(
            merge_request, self._client.send(what, "post", f"{_address(merge_request)}/notes", {"body": body})
        )

    def update_comment(self, merge_request: MergeRequest, comment: Comment, body: str) -> Comment:
        """Replace a note's text. Raises NotFoundError where it was deleted, ForgeError otherwise."""
        what = f"editing our note on merge request {merge_request.number}"
        path = f"{_address(merge_request)}/notes/{comment.id}"
        return _comment(merge_request, self._client.send(what, "put", path, {"body": body}))

    def delete_comment(self, merge_request: MergeRequest, comment: Comment) -> None:
        """Remove one of our notes. Raises ForgeError."""
        what = f"removing a double of our note on merge request {merge_request.number}"
        self._client.send(what, "delete", f"{_address(merge_request)}/notes/{comment.id}")

    def own_threads(self, merge_request: MergeRequest) -> Sequence[Thread]:
        """The discussions that we began, oldest first. Raises ForgeError."""
        return gitlab_threads.own_threads(self._client, _address(merge_request), merge_request.number, self.whoami())

    def open_thread(self, merge_request: MergeRequest, path: str, body: str, line: int | None = None) -> Thread:
        """Begin a discussion. Raises ForgeError."""
        return gitlab_threads.open_thread(
            self._client, _address(merge_request), merge_request.number, path, body, line=line
        )

    def settle_thread(self, merge_request: MergeRequest, thread: str, body: str) -> None:
        """Give a discussion its last text and resolve it. Raises ForgeError."""
        address, number = _address(merge_request), merge_request.number
        gitlab_threads.rewrite(self._client, address, number, thread, body)
        gitlab_threads.mark(self._client, address, number, thread, resolved=True)

    def reopen_thread(self, merge_request: MergeRequest, thread: str, body: str) -> None:
        """Give a discussion its text back and open it again. Raises ForgeError."""
        address, number = _address(merge_request), merge_request.number
        gitlab_threads.rewrite(self._client, address, number, thread, body)
        gitlab_threads.mark(self._client, address, number, thread, resolved=False)

    def change_labels(self, merge_request: MergeRequest, add: Sequence[str], remove: Sequence[str]) -> None:
        """One call for both; GitLab makes a label that the project does not have. Raises ForgeError."""
        body = {"add_labels": ",".join(add), "remove_labels": ",".join(remove)}
        what = f"labelling merge request {merge_request.number}"
        self._client.send(what, "put", _address(merge_request), {name: value for name, value in body.items() if value})

    def set_verdict(self, merge_request: MergeRequest, verdict: Verdict, *, first: bool = False) -> None:
        """A commit status. Raises ForgeError.

        GitLab shows statuses of the target project only where it knows the commit by a branch; for a fork's merge
        request that depends on its version. The summary comment carries the verdict in any case.
        """
        try:
            set_status(self._client, merge_request, verdict, self.whoami(), first=first)
        except NotFoundError:
            if merge_request.source_repository_id == merge_request.repository_id:
                raise
            log.info("%s: GitLab takes no status for the commit of a fork; the comment says it", merge_request.key)

    def _branch(self, what: str, project: str, name: str) -> str | None:
        """The commit that a branch stands at, None where there is no such branch."""
        try:
            found = self._client.get(what, f"/projects/{project}/repository/branches/{quote(name, safe='')}")
        except NotFoundError:
            return None
        return str(found["commit"]["id"])

    def _content(self, project: str, commit: str, path: str, limit: int) -> bytes | None:
        """A file at a commit: two calls, one of them for its size."""
        what = f"reading {path} at {commit[:12]}"
        address = f"/projects/{project}/repository/files/{quote(path, safe='')}"
        try:
            size = int(self._client.head(what, address, ref=commit).get("X-Gitlab-Size", 0))
        except NotFoundError:
            return None
        if size > limit:
            raise ForgeError(f"{path} at {commit[:12]} has {size:,} bytes; at most {limit:,} are read")
        url = f"{self._client.api_url}{address}/raw?ref={quote(commit)}"
        reader = HttpReader(self._http, url, size, {"PRIVATE-TOKEN": self._client.token}, may_follow=lambda _url: False)
        try:
            return reader.read(0, size)
        except UnreadableError as error:
            raise ForgeError(f"{what}: {error}") from error

    @functools.lru_cache(maxsize=_REMEMBERED_COMMITS)  # noqa: B019 - one client lives as long as its process
    def _commit_changes(self, repository_id: str, commit: str) -> tuple[Change, ...]:
        """What a commit changes; it never changes itself, so it is asked for once."""
        what = f"reading what commit {commit[:12]} changes"
        rows = self._client.pages(what, f"/projects/{repository_id}/repository/commits/{commit}/diff")
        return tuple(past_change(row) for row in rows)

    def _sought(self, merge_request: MergeRequest, now: Mapping[str, Any]) -> Sought:
        """A merge request as it is fetched; `now` is what GitLab says of it, the common ancestor of both sides too."""
        refs = now.get("diff_refs") or {}
        return Sought(
            key=key_of(merge_request),
            remote=Remote(f"{_project_url(merge_request)}.git", lambda: ("weighbridge", self._client.token)),
            head=merge_request.head,
            base=merge_request.base,
            fork_point=refs.get("base_sha") if refs.get("head_sha") == merge_request.head else None,
            head_ref=f"refs/merge-requests/{merge_request.number}/head",
        )

    def _sized(self, change: Change, merge_request: MergeRequest) -> Change:
        """The change with the size of its file, which only the commit that holds it can tell."""
        if change.entry is None or change.commit is None or change.entry.kind is not EntryKind.FILE:
            return change
        if change.entry.size is not None:
            return change
        try:
            size = self._tree(merge_request, change.commit).open(change.entry).size
        except UnreadableError:  # whoever opens it is told why
            return change
        return change._replace(entry=change.entry._replace(size=size))

    def _tree(self, merge_request: MergeRequest, commit: str | None = None) -> GitLabTree:
        """One tree for a commit, so that what the list of changes looked up is not asked again by the scanner."""
        source = merge_request.source_repository_id
        key = (merge_request.repository_id, commit or merge_request.head, source)
        tree = self._trees.get(key)
        if tree is None:
            tree = GitLabTree(
                self._client,
                merge_request.repository_id,
                _project_url(merge_request),
                key[1],
                self._http,
                known=self._ahead.known(merge_request.repository_id, key[1]),
                ahead=lambda entries: self._ahead.more(merge_request, key[1], entries),
                fork_id=source if source != merge_request.repository_id else None,
            )
            self._trees[key] = tree
            while len(self._trees) > _REMEMBERED_TREES:
                self._trees.popitem(last=False)
        return tree


def _address(merge_request: MergeRequest) -> str:
    return f"/projects/{merge_request.repository_id}/merge_requests/{merge_request.number}"


def _project_url(merge_request: MergeRequest) -> str:
    return merge_request.url.rpartition("/-/merge_requests/")[0]


def _comment(merge_request: MergeRequest, row: Mapping[str, Any]) -> Comment:
    return Comment(str(row["id"]), str(row.get("body") or ""), f"{merge_request.url}#note_{row['id']}")
