"""What the bot asks of a forge. No type of a client library crosses this line."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from bot.scanner.tree import Changes, Entry, Tree
from rules.facts import Approval, MergeRequest


class ForgeError(Exception):
    """A forge did not do what was asked. The message says what, where and what to do."""


class NotFoundError(ForgeError):
    """The repository, merge request or commit is not there, or is hidden from our credentials."""


class RefusedError(ForgeError):
    """Our credentials do not suffice (401, or 403 without a rate limit)."""


class UnavailableError(ForgeError):
    """The forge is down, slow or limiting us: worth another try after `retry_after` seconds."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


@dataclass(frozen=True)
class Capabilities:
    """What a forge can do, as data."""

    body_limit: int
    """Characters a comment may have."""
    verdict_name: str
    """What people call the thing `set_verdict` sets: `check run`, `commit status`."""
    threads: bool = True
    """Whether a comment can stand on a file of the change and be settled."""


class VerdictState(enum.StrEnum):
    """What a check or status shows."""

    PENDING = "pending"
    SUCCESS = "success"
    FAILURE = "failure"
    NEUTRAL = "neutral"


class Level(enum.StrEnum):
    """How much an annotation weighs; the words are GitHub's."""

    NOTICE = "notice"
    WARNING = "warning"
    FAILURE = "failure"


@dataclass(frozen=True)
class Annotation:
    """One remark on a file, for forges that show such beside the change."""

    path: str
    level: Level
    title: str
    """Plain text."""
    message: str
    """Plain text."""
    line: int = 1


@dataclass(frozen=True)
class Verdict:
    """The check run or commit status that a commit should carry."""

    state: VerdictState
    title: str
    """One line of plain text, at most 140 characters: every forge shows at least so much."""
    summary: str = ""
    """Markdown for forges that have room for it."""
    url: str | None = None
    annotations: tuple[Annotation, ...] = ()
    name: str = "weighbridge"
    """What it is called; a second bot that judges the same commits by another policy needs another."""


@dataclass(frozen=True)
class Comment:
    """A comment of the bot's own on a merge request."""

    id: str
    body: str
    url: str


@dataclass(frozen=True)
class Thread:
    """A comment of the bot's own on one file of a merge request, with what was answered to it."""

    id: str
    """Of the comment, or on GitLab of the discussion; the bot's own text comes first in it."""
    body: str
    path: str | None
    settled: bool


class NotInChangeError(ForgeError):
    """The forge takes no comment on this place: the change does not touch it."""


@dataclass(frozen=True)
class OtherFile:
    """A file of a repository that is not the merge request's own."""

    content: bytes
    commit: str
    """The commit it was read at."""
    url: str
    """Address at which a person sees it."""


@dataclass(frozen=True)
class Tip:
    """Where a branch of a repository stands."""

    repository_id: str
    repository: str
    """The repository's full name of now."""
    branch: str
    commit: str
    url: str
    """Address at which a person sees the repository."""


class WholeTree(Tree, Protocol):
    """A commit's tree that can also be gone through from end to end."""

    def walk(self) -> Iterator[Entry]:
        """Every entry that is no directory, asked for as far as it is taken. Raises ForgeError."""
        ...


@dataclass(frozen=True)
class ListedRepository:
    """A repository as it is found by its name or its owner's."""

    id: str
    name: str
    """Full name."""
    host: str
    """Host of its page: `github.com`."""


@dataclass(frozen=True)
class OpenMergeRequest:
    """A merge request as a list of them shows it."""

    number: int
    head: str
    target: str
    """Branch that it leads to."""


@runtime_checkable
class Glancing(Protocol):
    """A forge whose answers to other questions show the merge request along the way."""

    def glanced(self, merge_request: MergeRequest, within: float) -> MergeRequest | None:
        """The merge request as it was seen at most so many seconds ago, and after its changes were listed last.

        None where it was not.
        """
        ...


@dataclass(frozen=True)
class Quota:
    """What is left of the requests that a forge allows, as its last answer told."""

    allowed: int
    remaining: int
    anew_at: datetime
    """When counting begins anew."""


@runtime_checkable
class Metered(Protocol):
    """A forge whose answers tell what it still allows."""

    def quota(self, repository: str) -> Quota | None:
        """What is left for a repository (full name), without asking; None where no answer told it yet."""
        ...


@runtime_checkable
class Covering(Protocol):
    """A forge whose credentials may reach only what they were installed for."""

    def covers(self, name: str) -> bool:
        """Whether they reach a repository (full name), or anything of an owner. Raises ForgeError."""
        ...


class Forge(Protocol):
    """One forge with one set of credentials."""

    name: str
    """`github`, `gitlab` or `forgejo`."""
    capabilities: Capabilities

    def whoami(self) -> str:
        """Login of the identity the bot acts under. Raises ForgeError."""
        ...

    def merge_request(self, repository_id: str, repository: str, number: int) -> MergeRequest:
        """The merge request as it is now. Raises ForgeError.

        The id decides; `repository`, the full name as it was last known, helps to find credentials.
        """
        ...

    def open_merge_requests(
        self, repository_id: str, repository: str, branch: str | None = None
    ) -> Sequence[OpenMergeRequest]:
        """Those that are open, or those of them that lead to a branch; a call for each hundred. Raises ForgeError."""
        ...

    def repository(self, name: str) -> ListedRepository | None:
        """The repository of a full name, None where our credentials see none. Raises ForgeError."""
        ...

    def repositories(self, owner: str) -> Sequence[ListedRepository]:
        """The repositories of an organisation, group or person that our credentials may see, in the order of names.

        Archived ones are left out: nothing comes into them. A call for each hundred. Raises ForgeError.
        """
        ...

    def everything(self, tip: Tip) -> Changes:
        """All files that a branch stands at, as if they were new; small ones with their contents. Raises ForgeError.

        `complete` is False where not all of them could be listed.
        """
        ...

    def queue_entry(self, repository_id: str, repository: str, head: str, base: str, branch: str) -> MergeRequest:
        """A commit that a merge queue made to be judged before it goes into a branch, in the state `queued`.

        Its changes are those between `base` and `head`, and it has neither comments nor a number. Raises ForgeError
        on forges that tell nobody of their queues.
        """
        ...

    def changes(self, merge_request: MergeRequest) -> Changes:
        """Its changed files; `complete` is False where the forge would not list them all. Raises ForgeError."""
        ...

    def tree(self, merge_request: MergeRequest) -> Tree:
        """The tree of its head commit, read lazily and remembered within the object. Raises ForgeError."""
        ...

    def base_tree(self, merge_request: MergeRequest) -> Tree:
        """The tree of the target branch's tip, read lazily. Raises ForgeError."""
        ...

    def tip(self, repository_id: str, repository: str, branch: str | None = None) -> Tip | None:
        """Where a branch stands now, or the default branch where none is named: two calls.

        The id decides; `repository`, the full name as it was last known, helps to find credentials. None where there
        is no such branch, or nothing in the repository yet. Raises ForgeError.
        """
        ...

    def tip_tree(self, tip: Tip) -> WholeTree:
        """The tree that a branch stands at, read lazily. Raises ForgeError."""
        ...

    def past_changes(self, merge_request: MergeRequest, changes: Changes) -> Changes:
        """What single commits of it bring and `changes`, its net difference, do not show. Raises ForgeError.

        `complete` is False where not every commit was looked at.
        """
        ...

    def approvals(self, merge_request: MergeRequest, teams: Sequence[str] = ()) -> Sequence[Approval] | None:
        """Who approves it now; None where our credentials may not read that. Raises ForgeError.

        An approval carries those of `teams` (`org/team`, a group's full path) that the person is known to be in:
        a call for each, so only those are asked for that matter.
        """
        ...

    def read_file(self, merge_request: MergeRequest, commit: str, path: str, limit: int) -> bytes | None:
        """A small file of the *target* repository at a commit: the policy. None where there is none.

        Raises ForgeError where it exceeds `limit` bytes or cannot be had.
        """
        ...

    def read_other_file(self, repository: str, path: str, limit: int, commit: str | None = None) -> OtherFile | None:
        """A small file of any repository (full name) at a commit, or at the tip of its default branch.

        None where there is no such file, or no repository of this name that our credentials may see: one that moved
        to another name is none. Two or three calls. Raises ForgeError where it exceeds `limit` bytes or cannot be had.
        """
        ...

    def file_url(self, merge_request: MergeRequest, commit: str, path: str, line: int | None = None) -> str:
        """Address at which a person sees a file of the target repository at a commit."""
        ...

    def own_comments(self, merge_request: MergeRequest) -> Sequence[Comment]:
        """The comments on it that this very identity wrote, oldest first. Raises ForgeError."""
        ...

    def create_comment(self, merge_request: MergeRequest, body: str) -> Comment:
        """Post a comment. Raises ForgeError."""
        ...

    def update_comment(self, merge_request: MergeRequest, comment: Comment, body: str) -> Comment:
        """Replace a comment's text in place. Raises NotFoundError where somebody deleted it, ForgeError otherwise."""
        ...

    def delete_comment(self, merge_request: MergeRequest, comment: Comment) -> None:
        """Remove one of the bot's own comments: heals duplicates. Raises ForgeError."""
        ...

    def own_threads(self, merge_request: MergeRequest) -> Sequence[Thread]:
        """The comments on its files that this very identity began, oldest first. Raises ForgeError."""
        ...

    def open_thread(self, merge_request: MergeRequest, path: str, body: str, line: int | None = None) -> Thread:
        """Comment on a file of the change, or on a line of its new content. Raises NotInChangeError, ForgeError."""
        ...

    def settle_thread(self, merge_request: MergeRequest, thread: str, body: str) -> None:
        """Give a thread's first comment its last text and mark it as resolved, where the forge lets us.

        Raises NotFoundError where somebody deleted it, ForgeError otherwise.
        """
        ...

    def reopen_thread(self, merge_request: MergeRequest, thread: str, body: str) -> None:
        """Give a settled thread its text back and open it again. Raises likewise."""
        ...

    def change_labels(self, merge_request: MergeRequest, add: Sequence[str], remove: Sequence[str]) -> None:
        """Put labels on the merge request and take others away; those it has or lacks already are left. Raises
        ForgeError.
        """
        ...

    def set_verdict(self, merge_request: MergeRequest, verdict: Verdict, *, first: bool = False) -> None:
        """Bring the verdict on the head commit to this state, if it is not there already. Raises ForgeError.

        With `first` nothing of ours is on that commit yet, so that nothing needs to be looked up. One of the same
        name that somebody else set does not count and is replaced.
        """
        ...
