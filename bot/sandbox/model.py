"""What exists in the sandbox: plain records that each forge shows in its own words."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.sandbox.git import BareRepository


class Forge(enum.StrEnum):
    """Whose API shows a repository."""

    GITHUB = "github"
    GITLAB = "gitlab"
    FORGEJO = "forgejo"


class Access(enum.IntEnum):
    """What an account may do in a repository; each includes those below it. The words are GitHub's `role_name`."""

    NONE = 0
    READ = 10
    TRIAGE = 20
    WRITE = 30
    MAINTAIN = 40
    ADMIN = 50


class State(enum.StrEnum):
    """State of a merge request."""

    OPEN = "open"
    CLOSED = "closed"
    MERGED = "merged"


@dataclass
class Account:
    """A person, an organisation (group) or the identity of an app."""

    id: int
    login: str
    name: str
    kind: str = "User"
    """User, Organization or Bot: GitHub's words."""
    app_id: int | None = None

    @property
    def email(self) -> str:
        """Address that stands in this account's commits."""
        return f"{self.login.replace('[', '-').replace(']', '')}@sandbox.example"


@dataclass(frozen=True)
class Token:
    """A secret that stands for an account, with what it may reach."""

    value: str
    login: str
    scopes: frozenset[str] = frozenset()
    """GitLab scopes (`api`, `read_api`), empty for all."""
    installation_id: int | None = None
    """Set for tokens of a GitHub App's installation."""
    repository_ids: frozenset[int] | None = None
    """The only repositories it may see, None for all that its account sees."""
    permissions: Mapping[str, str] | None = None
    """Permissions of an installation token (`checks`: `write`), None for a person's token."""
    expires_at: datetime | None = None


@dataclass
class App:
    """A GitHub App."""

    id: int
    slug: str
    name: str
    public_key: str
    """PEM; verifies the JWT with which the app asks for installation tokens."""
    owner: str
    permissions: dict[str, str]
    created_at: datetime
    events: tuple[str, ...] = ("pull_request", "issue_comment")
    webhook_url: str = ""
    """Where it is told of what happens where it is installed; empty for nowhere."""
    webhook_secret: str = ""


@dataclass
class Installation:
    """An App installed on an account, for some of its repositories."""

    id: int
    app_id: int
    account: str
    repository_ids: set[int]
    created_at: datetime


@dataclass
class Hook:
    """A webhook of a repository."""

    id: int
    repository_id: int
    url: str
    secret: str
    forge: Forge
    events: frozenset[str] | None = None
    """The forge's names of the events it wants, None for all."""
    signing_token: str | None = None
    """GitLab only: `whsec_...`, signs deliveries after the Standard Webhooks specification."""
    installation_id: int | None = None
    owner: str = ""
    """The group or organisation that it belongs to, for all that lies in it; `repository_id` is 0 then."""
    verifies_tls: bool = True
    alert_status: str = "executable"
    """GitLab: `executable`, or `temporarily_disabled` or `disabled` after failures."""
    active: bool = True
    """Forgejo: False where somebody switched it off."""

    @property
    def sleeps(self) -> bool:
        """True where the forge does not call it."""
        return not self.active or self.alert_status != "executable"


@dataclass
class Repository:
    """A repository (project) on one of the forges."""

    id: int
    forge: Forge
    full_name: str
    git: BareRepository
    created_at: datetime
    default_branch: str = "main"
    private: bool = False
    parent_id: int | None = None
    """The repository it was forked from."""
    access: dict[str, Access] = field(default_factory=dict)
    lfs_oids: set[str] = field(default_factory=set)
    """SHA-256 of the Git LFS objects that this repository holds."""
    pushed_at: datetime | None = None
    last_number: int = 0
    labels: list[str] = field(default_factory=list)
    """Those that were made before they were used, which Forgejo asks for."""

    @property
    def owner(self) -> str:
        """Login of the account or path of the group it belongs to."""
        return self.full_name.rpartition("/")[0]

    @property
    def name(self) -> str:
        """Last part of its full name."""
        return self.full_name.rpartition("/")[2]


@dataclass(frozen=True)
class Version:
    """One push to a merge request: what GitLab calls a diff version."""

    id: int
    head: str
    start: str
    """Tip of the target branch then."""
    base: str
    """Merge base of both then."""
    created_at: datetime


@dataclass
class MergeRequest:
    """A merge request (pull request)."""

    id: int
    number: int
    repository_id: int
    source_repository_id: int | None
    """None once the fork was deleted."""
    source_branch: str
    target_branch: str
    title: str
    body: str
    author: str
    created_at: datetime
    updated_at: datetime
    state: State = State.OPEN
    draft: bool = False
    closed_at: datetime | None = None
    merged_at: datetime | None = None
    versions: list[Version] = field(default_factory=list)
    """One for each push, oldest first, never empty."""
    discussions_must_be_resolved: bool = False
    labels: list[str] = field(default_factory=list)
    """In the order in which they were put on."""
    reactions: list[Reaction] = field(default_factory=list)
    """On the merge request itself, which only GitLab has."""

    @property
    def head(self) -> str:
        """Commit that is to be merged."""
        return self.versions[-1].head

    @property
    def base(self) -> str:
        """Merge base of the newest version: its changes are `base`..`head`."""
        return self.versions[-1].base


@dataclass
class Reaction:
    """An emoji of one account on a note."""

    id: int
    login: str
    content: str
    """The forge's own name of it: `+1` on GitHub, `thumbsup` on GitLab."""
    created_at: datetime


@dataclass
class Note:
    """Anything said on a merge request: a comment, a comment on a file, a reply."""

    id: int
    merge_request_id: int
    author: str
    body: str
    created_at: datetime
    updated_at: datetime
    discussion_id: str
    """Forty hexadecimal digits; a reply carries that of the note it answers."""
    in_reply_to: int | None = None
    path: str | None = None
    """The file it is about, None for a comment on the whole merge request."""
    commit_sha: str | None = None
    line: int | None = None
    """Line in the new file, None for a comment on the whole file."""
    side: str = "RIGHT"
    system: bool = False
    """True for what GitLab itself notes down, such as an approval."""
    review_id: int | None = None
    resolvable: bool = False
    resolved_by: str | None = None
    position: dict[str, Any] | None = None
    """GitLab's description of the place, kept as it was sent."""
    reactions: list[Reaction] = field(default_factory=list)


@dataclass
class Review:
    """A review of a pull request."""

    id: int
    merge_request_id: int
    author: str
    body: str
    state: str
    """APPROVED, CHANGES_REQUESTED, COMMENTED, DISMISSED or PENDING."""
    commit_sha: str
    submitted_at: datetime


@dataclass
class Status:
    """A commit status; never changed, a newer one of its context replaces it in the views."""

    id: int
    repository_id: int
    sha: str
    context: str
    """GitLab calls it `name`."""
    state: str
    """In the words of the forge: GitHub `failure`, GitLab `failed`."""
    description: str | None
    target_url: str | None
    creator: str
    created_at: datetime
    updated_at: datetime
    ref: str | None = None


@dataclass
class CheckRun:
    """A check run of a GitHub App."""

    id: int
    repository_id: int
    head_sha: str
    name: str
    app_id: int
    check_suite_id: int
    """The same for all check runs of one App on one commit."""
    status: str
    started_at: datetime
    conclusion: str | None = None
    completed_at: datetime | None = None
    details_url: str | None = None
    external_id: str = ""
    title: str | None = None
    summary: str | None = None
    text: str | None = None
    annotations: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Event:
    """Something that happened, before a forge words it as a webhook."""

    kind: str
    """merge_request, note, review, push or ping."""
    action: str
    """Of a merge request: opened, pushed, edited, closed, reopened, merged, ready, drafted, approved, unapproved.

    Of a note: created, edited, deleted. Of a review: submitted, dismissed.
    """
    repository: Repository
    actor: str
    merge_request: MergeRequest | None = None
    note: Note | None = None
    review: Review | None = None
    hook: Hook | None = None
    """The only hook to be told, None for all of the repository's."""
    ref: str | None = None
    before: str = ""
    """Commits before and after a push."""
    after: str = ""
    previous: Mapping[str, Any] = field(default_factory=dict)
    """Old values of what `edited` changed: title, body, target_branch, base_sha."""
