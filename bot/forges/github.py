"""GitHub, through PyGithub."""

from __future__ import annotations

import functools
import logging
import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

import requests
from github.GithubException import GithubException, UnknownObjectException
from github.GithubObject import NotSet
from github.PullRequest import PullRequest
from github.Repository import Repository

from bot.forges import github_threads
from bot.forges.ahead import is_moved, with_origin
from bot.forges.git_remote import Remote
from bot.forges.github_ahead import GitHubAhead, ask
from bot.forges.github_changes import change, past_change
from bot.forges.github_client import AppAccess, Session, TokenAccess, in_our_words
from bot.forges.github_deliveries import AppDeliveries
from bot.forges.github_fetch import commits_of, sought
from bot.forges.github_pulls import QUEUED, listed, merge_request_of, queue_entry
from bot.forges.github_reviews import approvals
from bot.forges.github_tree import GitHubTree
from bot.forges.github_verdict import set_check_run, set_status
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
from bot.forges.whole import History, everything, place_of, whole_history, whole_list
from bot.scanner.readers import UnreadableError
from bot.scanner.tree import Change, Changes, Entry, EntryKind, Tree
from rules.facts import Approval, MergeRequest

log = logging.getLogger("weighbridge.github")

FILES_LIMIT = 3_000
"""Changed files that GitHub lists at most ("List pull requests files")."""
COMPARED_LIMIT = 300
"""Files that a comparison of two commits lists at most ("Compare two commits")."""
BODY_LIMIT = 60_000
"""Characters. GitHub's own error names 65,536; the rest is left for how it counts them."""
_REMEMBERED_COMMITS = 4_096
"""Commits of which the changed files are kept at hand: each push is judged anew, and most commits stay."""
_REMEMBERED = 256
"""Repositories whose id, name and addresses are kept at hand."""


class GitHubForge:
    """One GitHub (github.com or an Enterprise server) with one set of credentials: a token, or an App and its key."""

    name = "github"

    def __init__(
        self,
        api_url: str,
        *,
        token: str | None = None,
        app_id: int | None = None,
        private_key: str | None = None,
        fetcher: PartialFetch | None = None,
    ) -> None:
        """Without a `fetcher`, what GitHub does not list in full stays incomplete."""
        self._fetcher = fetcher
        self._access: TokenAccess | AppAccess
        if app_id is not None and private_key is not None:
            self._access = AppAccess(api_url, app_id, private_key)
        elif token is not None:
            self._access = TokenAccess(api_url, token)
        else:
            raise ForgeError("GitHub needs a token, or an App's id and private key")
        kind = "check run" if self._access.is_app else "commit status"
        self.capabilities = Capabilities(body_limit=BODY_LIMIT, verdict_name=kind)
        self._http = requests.Session()
        self._lock = threading.Lock()
        self._repositories: dict[str, tuple[Repository, Session]] = {}
        self._ahead = GitHubAhead()

    @functools.cache  # noqa: B019 - one client lives as long as its process
    def whoami(self) -> str:
        """Login of the account, or of the App's bot. Raises ForgeError."""
        with in_our_words("asking GitHub who we are"):
            return self._access.identity()

    def covers(self, name: str) -> bool:
        """Whether the App is installed for a repository, or for anything of an owner. Raises ForgeError."""
        with in_our_words(f"looking for our App at {name}"):
            try:
                if "/" in name:
                    self._access.session_for(name)
                    return True
                return any(True for _ in self._access.repositories_of(name))
            except UnknownObjectException:
                return False

    @property
    def deliveries(self) -> AppDeliveries | None:
        """What GitHub sent to the App's webhook; a token sees none of it."""
        requester = self._access.requester_of_app
        return AppDeliveries(requester) if requester is not None else None

    def merge_request(self, repository_id: str, repository: str, number: int) -> MergeRequest:
        """The pull request as it is now: one call, three where GitHub answers no GraphQL. Raises ForgeError."""
        with in_our_words(f"reading pull request {number} of {repository}"):
            target = self._repository(repository_id, repository)
            pulse = ask(target, repository_id, number, ())
            if pulse is not None:
                return pulse.merge_request
            found = merge_request_of(target.get_pull(number), repository_id)
        # Its own base is where the target stood at the last push; the policy is read where it stands now.
        tip = self.tip(repository_id, found.repository, found.target_branch)
        return found if tip is None else replace(found, base=tip.commit)

    def glanced(self, merge_request: MergeRequest, within: float) -> MergeRequest | None:
        """The pull request as another answer showed it."""
        return self._ahead.glances.seen(merge_request, within)

    def quota(self, repository: str) -> Quota | None:
        """What GitHub's last answer told of its limit: of the REST or the GraphQL API, whichever it was."""
        with self._lock:
            sessions = [session for found, session in self._repositories.values() if found.full_name == repository]
        if not sessions or sessions[0].client.requester.rate_limiting[0] < 0:
            return None
        requester = sessions[0].client.requester
        remaining, allowed = requester.rate_limiting
        return Quota(allowed, remaining, datetime.fromtimestamp(requester.rate_limiting_resettime, UTC))

    def open_merge_requests(
        self, repository_id: str, repository: str, branch: str | None = None
    ) -> Sequence[OpenMergeRequest]:
        """Those that are open, a hundred for each call. Raises ForgeError."""
        with in_our_words(f"listing the open pull requests of {repository}"):
            target = self._repository(repository_id, repository)
            found = target.get_pulls(state="open", base=NotSet if branch is None else branch)
            return [OpenMergeRequest(pull.number, pull.head.sha, pull.base.ref) for pull in found]

    def repository(self, name: str) -> ListedRepository | None:
        """The repository of a full name. Raises ForgeError."""
        with in_our_words(f"looking up {name}"):
            try:
                return listed(self._access.session_for(name).client.get_repo(name))
            except UnknownObjectException:
                return None

    def repositories(self, owner: str) -> Sequence[ListedRepository]:
        """What an organisation or a person has, as far as our credentials reach. Raises ForgeError."""
        with in_our_words(f"listing the repositories of {owner}"):
            rows = self._access.repositories_of(owner)
            found = [listed(row) for row in rows if not row.archived]
        return sorted(found, key=lambda one: one.name.lower())

    def everything(self, tip: Tip) -> Changes:
        """All files of a commit, from git where that is allowed. Raises ForgeError."""
        tree = self.tip_tree(tip)
        with in_our_words(f"listing the files of {tip.repository}"):
            repository, session = self._repositories[tip.repository_id]
            url = f"{repository.clone_url.removesuffix(f'{repository.full_name}.git')}{tip.repository}.git"
            place = place_of(self.name, urlsplit(tip.url).hostname or "", tip.repository_id)
            remote = Remote(url, lambda: ("x-access-token", session.token))
        return everything(self._fetcher, Sought(place, remote, tip.commit, tip.commit, None), tree)

    def queue_entry(self, repository_id: str, repository: str, head: str, base: str, branch: str) -> MergeRequest:
        """A commit of a merge queue. Raises ForgeError."""
        with in_our_words(f"reading {repository}"):
            target = self._repository(repository_id, repository)
        return queue_entry(target, repository_id, head, base, branch)

    def changes(self, merge_request: MergeRequest) -> Changes:
        """Its changed files, a hundred for each call, and one call for what else is wanted next. Raises ForgeError."""
        if merge_request.state == QUEUED:
            return self._queued_changes(merge_request)
        self._ahead.glances.forget(merge_request)
        with in_our_words(f"listing the files of pull request {merge_request.number}"):
            target = self._of(merge_request)
            files = tuple(change(file) for file in self._pull(merge_request).get_files())
        pulse = self._ahead.around(target, merge_request, files)
        with in_our_words(f"listing the files of pull request {merge_request.number}"):
            before = self._tree(merge_request, pulse.merge_request.base if pulse else merge_request.base)
            files = tuple(with_origin(one, before) if is_moved(one) else one for one in files)
            if pulse is not None:
                expected, commits = pulse.changed_files, pulse.commits
            else:
                pull = target.get_pull(merge_request.number)
                expected, commits = pull.changed_files, pull.commits
        if len(files) >= expected and expected < FILES_LIMIT:
            return Changes(files, commits=commits)
        remark = f"GitHub lists {len(files):,} of the {expected:,} changed files; the others were not looked at."
        if len(files) >= expected:
            remark = f"GitHub lists no more than {FILES_LIMIT:,} changed files; others may not have been looked at."
        listed = Changes(files, complete=False, remark=remark, commits=commits)
        return whole_list(self._fetcher, listed, lambda: self._sought(merge_request))

    def _queued_changes(self, merge_request: MergeRequest) -> Changes:
        with in_our_words(f"comparing {merge_request.base[:12]} with {merge_request.head[:12]}"):
            compared = self._of(merge_request).compare(merge_request.base, merge_request.head)
            before = self._tree(merge_request, merge_request.base)
            files = tuple(change(file) for file in compared.files)
            files = tuple(with_origin(one, before) if is_moved(one) else one for one in files)
        if len(files) < COMPARED_LIMIT:
            return Changes(files)
        remark = f"GitHub compares {COMPARED_LIMIT} files of a merge queue's entry; others may not have been looked at."
        listed = Changes(files, complete=False, remark=remark)
        return whole_list(self._fetcher, listed, lambda: self._sought(merge_request))

    def tree(self, merge_request: MergeRequest) -> Tree:
        """The head commit's files; nothing is asked before something is looked up."""
        return self._tree(merge_request, merge_request.head)

    def base_tree(self, merge_request: MergeRequest) -> Tree:
        """The files of the target branch's tip; nothing is asked before something is looked up."""
        return self._tree(merge_request, merge_request.base)

    def tip(self, repository_id: str, repository: str, branch: str | None = None) -> Tip | None:
        """Where a branch, or the default branch, stands now. Raises ForgeError."""
        with in_our_words(f"looking where {repository} stands"):
            found = self._asked_for(repository_id, repository)
            try:
                at = found.get_branch(branch or found.default_branch)
            except UnknownObjectException:
                return None
            # GitHub leads on from the old name of a branch.
            if branch is not None and at.name != branch:
                return None
            return Tip(repository_id, found.full_name, at.name, at.commit.sha, found.html_url)

    def tip_tree(self, tip: Tip) -> GitHubTree:
        """The files that a branch stands at. Raises ForgeError."""
        with in_our_words(f"looking up {tip.repository}"):
            repository = self._repository(tip.repository_id, tip.repository)
        with self._lock:
            session = self._repositories[tip.repository_id][1]
        return GitHubTree(repository, tip.commit, self._http, lambda: session.token)

    def past_changes(self, merge_request: MergeRequest, changes: Changes) -> Changes:
        """What single commits bring and the last one no longer holds; a call for each commit of up to 250.

        Raises ForgeError.
        """
        # What a queue's entry is made of was judged commit by commit in its merge requests.
        if merge_request.state == QUEUED or (changes.commits is not None and changes.commits < 2):
            return Changes(())
        many = changes.commits is not None and changes.commits > COMMITS_LIMIT
        fetched = self._history(merge_request, changes.commits or 0) if many else History(None)
        with in_our_words(f"reading the commits of pull request {merge_request.number}"):
            if fetched.commits is None:
                listed = [commit for commit in self._pull(merge_request).get_commits() if len(commit.parents) < 2]
                files = [(commit.sha, self._commit_changes(self._of(merge_request), commit.sha)) for commit in listed]
            found = brought_and_gone(
                files if fetched.commits is None else fetched.commits,
                changes,
                self.base_tree(merge_request),
                functools.cache(lambda sha: self._tree(merge_request, sha, singly=True)),
            )
        if many and fetched.commits is None:
            remark = (
                f"GitHub lists {COMMITS_LIMIT} of the {changes.commits:,} commits; what others brought is not known."
            )
            return Changes(found, complete=False, remark=f"{remark} {fetched.remark}".strip())
        return Changes(found)

    def approvals(self, merge_request: MergeRequest, teams: Sequence[str] = ()) -> Sequence[Approval] | None:
        """Who approves it now: a hundred reviews a call, and a call for each person and team. Raises ForgeError."""
        try:
            with in_our_words(f"reading the reviews of pull request {merge_request.number}"):
                return approvals(self._pull(merge_request), merge_request.head, teams)
        except (NotFoundError, RefusedError) as error:
            log.warning("%s: %s", merge_request.key, error)
            return None

    def read_file(self, merge_request: MergeRequest, commit: str, path: str, limit: int) -> bytes | None:
        """A small file of the target repository; no call where the list of changes came with it. Raises ForgeError."""
        known = self._ahead.known(merge_request.repository_id, commit)
        if known.knows(path):
            told = known.entry(path)
            content = known.content(told.oid) if told is not None and told.kind is EntryKind.FILE else None
            if told is None or (content is not None and len(content) <= limit):
                return content
        with in_our_words(f"reading {path} at {commit[:12]}"):
            return self._content(self._of(merge_request), self._session(merge_request), commit, path, limit)

    def read_other_file(self, repository: str, path: str, limit: int, commit: str | None = None) -> OtherFile | None:
        """A small file of any repository. Raises ForgeError."""
        with in_our_words(f"reading {path} of {repository}"):
            try:
                session = self._access.session_for(repository)
                found = session.client.get_repo(repository)
                # GitHub leads on from the old name of a repository that was given away: its new owner has no say here.
                if found.full_name.lower() != repository.lower():
                    return None
                commit = commit or found.get_branch(found.default_branch).commit.sha
            except UnknownObjectException:
                return None
            content = self._content(found, session, commit, path, limit)
            if content is None:
                return None
            return OtherFile(content, commit, f"{found.html_url}/blob/{commit}/{quote(path)}")

    def file_url(self, merge_request: MergeRequest, commit: str, path: str, line: int | None = None) -> str:
        """The page of a file at a commit. The target shows commits of its forks too."""
        base = merge_request.url.rpartition("/pull/")[0]
        address = f"{base}/blob/{commit}/{quote(path, errors='surrogateescape')}"
        return f"{address}#L{line}" if line else address

    def own_comments(self, merge_request: MergeRequest) -> Sequence[Comment]:
        """Comments that our own account or App wrote, oldest first. Raises ForgeError."""
        me = self.whoami()
        with in_our_words(f"reading the comments of pull request {merge_request.number}"):
            comments = self._pull(merge_request).get_issue_comments()
            # The author is null where the account was deleted.
            ours = [item for item in comments if getattr(item.user, "login", None) == me]
            return [Comment(str(item.id), item.body or "", item.html_url) for item in ours]

    def create_comment(self, merge_request: MergeRequest, body: str) -> Comment:
        """Post a comment. Raises ForgeError."""
        with in_our_words(f"commenting on pull request {merge_request.number}"):
            made = self._pull(merge_request).create_issue_comment(body)
            return Comment(str(made.id), body, made.html_url)

    def update_comment(self, merge_request: MergeRequest, comment: Comment, body: str) -> Comment:
        """Replace a comment's text. Raises NotFoundError where it was deleted, ForgeError otherwise."""
        with in_our_words(f"editing our comment on pull request {merge_request.number}"):
            self._comment(merge_request, comment, "PATCH", {"body": body})
        return Comment(comment.id, body, comment.url)

    def delete_comment(self, merge_request: MergeRequest, comment: Comment) -> None:
        """Remove one of our comments. Raises ForgeError."""
        with in_our_words(f"removing a double of our comment on pull request {merge_request.number}"):
            self._comment(merge_request, comment, "DELETE", None)

    def own_threads(self, merge_request: MergeRequest) -> Sequence[Thread]:
        """The comments on files that we began, oldest first. Raises ForgeError."""
        me = self.whoami()
        with in_our_words(f"reading the comments on files of pull request {merge_request.number}"):
            return github_threads.own_threads(self._pull(merge_request), me)

    def open_thread(self, merge_request: MergeRequest, path: str, body: str, line: int | None = None) -> Thread:
        """Comment on a file. Raises ForgeError."""
        with in_our_words(f"commenting on {path} in pull request {merge_request.number}"):
            return github_threads.open_thread(
                self._of(merge_request), merge_request.number, merge_request.head, path, body, line=line
            )

    def settle_thread(self, merge_request: MergeRequest, thread: str, body: str) -> None:
        """Give a thread its last text, and resolve it where GitHub lets us. Raises ForgeError."""
        self._mark(merge_request, thread, f"{body.rstrip()}\n\n{github_threads.SETTLED}\n", resolved=True)

    def reopen_thread(self, merge_request: MergeRequest, thread: str, body: str) -> None:
        """Give a thread its text back and open it again where it was resolved. Raises ForgeError."""
        self._mark(merge_request, thread, body, resolved=False)

    def change_labels(self, merge_request: MergeRequest, add: Sequence[str], remove: Sequence[str]) -> None:
        """One call to add, and one for each to remove. Raises ForgeError."""
        with in_our_words(f"labelling pull request {merge_request.number}"):
            pull = self._pull(merge_request)
            if add:
                # PyGithub sends a bare list, which GitHub takes and does not describe.
                pull.requester.requestJsonAndCheck("POST", f"{pull.issue_url}/labels", input={"labels": list(add)})
            for label in remove:
                try:
                    pull.remove_from_labels(label)
                except GithubException as error:
                    if error.status != 404:  # else somebody took it away before us
                        raise

    def set_verdict(self, merge_request: MergeRequest, verdict: Verdict, *, first: bool = False) -> None:
        """A check run where we are an App, a commit status where we are an account. Raises ForgeError."""
        me = "" if first else self.whoami()
        with in_our_words(f"setting the verdict on commit {merge_request.head[:12]}"):
            repository = self._of(merge_request)
            if isinstance(self._access, AppAccess):
                set_check_run(repository, merge_request.head, verdict, self._access.app_id, first=first)
            else:
                set_status(repository, merge_request.head, verdict, me, first=first)

    def _mark(self, merge_request: MergeRequest, thread: str, body: str, *, resolved: bool) -> None:
        with in_our_words(f"settling a comment on a file of pull request {merge_request.number}"):
            repository = self._of(merge_request)
            github_threads.rewrite(repository, thread, body)
            github_threads.mark(repository, merge_request.number, thread, resolved=resolved)

    def _content(self, repository: Repository, session: Session, commit: str, path: str, limit: int) -> bytes | None:
        """A file at a commit: one call, and a second one above the megabyte that GitHub sends along (contents API)."""
        try:
            found = repository.get_contents(path, ref=commit)
        except UnknownObjectException:
            return None
        if isinstance(found, list) or found.type != "file":
            raise ForgeError(f"{path} at {commit[:12]} is not a regular file")
        if found.size > limit:
            raise ForgeError(f"{path} at {commit[:12]} has {found.size:,} bytes; at most {limit:,} are read")
        if found.encoding == "base64":
            return found.decoded_content
        tree = GitHubTree(repository, commit, self._http, lambda: session.token)
        try:
            return tree.open(Entry(path, EntryKind.FILE, found.sha, found.size)).read(0, found.size)
        except UnreadableError as error:
            raise ForgeError(f"{path} at {commit[:12]} could not be read: {error}") from error

    def _sought(self, merge_request: MergeRequest) -> Sought:
        with in_our_words(f"asking where {merge_request.source_branch} left {merge_request.target_branch}"):
            return sought(self._of(merge_request), self._session(merge_request).token, merge_request)

    def _history(self, merge_request: MergeRequest, count: int) -> History:
        """What the commits of a long pull request change, from git."""
        with in_our_words(f"listing the commits of pull request {merge_request.number}"):
            return whole_history(
                self._fetcher,
                lambda: (self._sought(merge_request), commits_of(self._of(merge_request), merge_request), count),
            )

    def _tree(self, merge_request: MergeRequest, commit: str, *, singly: bool = False) -> GitHubTree:
        session, source = self._session(merge_request), merge_request.source_repository
        fork = source if source != merge_request.repository else None
        target = self._of(merge_request)
        return GitHubTree(
            target,
            commit,
            self._http,
            lambda: session.token,
            known=self._ahead.known(merge_request.repository_id, commit),
            ahead=lambda entries: self._ahead.more(target, merge_request, commit, entries),
            fork=fork,
            singly=singly,
        )

    @functools.lru_cache(maxsize=_REMEMBERED_COMMITS)  # noqa: B019 - one client lives as long as its process
    def _commit_changes(self, repository: Repository, commit: str) -> tuple[Change, ...]:
        """What a commit changes; it never changes itself, so it is asked for once."""
        return tuple(past_change(file) for file in repository.get_commit(commit).files)

    def _comment(
        self, merge_request: MergeRequest, comment: Comment, verb: str, content: dict[str, str] | None
    ) -> None:
        repository = self._of(merge_request)
        url = f"{repository.url}/issues/comments/{comment.id}"
        repository.requester.requestJsonAndCheck(verb, url, input=content)

    def _pull(self, merge_request: MergeRequest) -> PullRequest:
        """The pull request as an address to call methods on, without asking for it again."""
        repository = self._of(merge_request)
        number = merge_request.number
        attributes = {
            "url": f"{repository.url}/pulls/{number}",
            "issue_url": f"{repository.url}/issues/{number}",
            "number": number,
        }
        return PullRequest(repository.requester, {}, attributes, completed=True)

    def _of(self, merge_request: MergeRequest) -> Repository:
        return self._repository(merge_request.repository_id, merge_request.repository)

    def _session(self, merge_request: MergeRequest) -> Session:
        self._of(merge_request)
        with self._lock:
            return self._repositories[merge_request.repository_id][1]

    def _repository(self, repository_id: str, full_name: str) -> Repository:
        with self._lock:
            known = self._repositories.get(repository_id)
        return known[0] if known is not None else self._asked_for(repository_id, full_name)

    def _asked_for(self, repository_id: str, full_name: str) -> Repository:
        """The repository as it is now, where its default branch or name may have changed."""
        session = self._access.session_for(full_name)
        repository = session.client.get_repo(int(repository_id))
        with self._lock:
            if len(self._repositories) >= _REMEMBERED:
                self._repositories.clear()
            self._repositories[repository_id] = (repository, session)
        return repository
