"""What comes out of the database: plain frozen records."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from rules.findings import Finding


class DeliveryState(enum.StrEnum):
    """Life of a delivery."""

    RECEIVED = "received"
    """Stored, and not yet with the job engine."""
    DISPATCHED = "dispatched"
    """With the job engine, which will finish it."""
    DONE = "done"
    IGNORED = "ignored"
    """It asks nothing of us; the remark says why."""
    FAILED = "failed"


@dataclass(frozen=True)
class Delivery:
    """One webhook call that was accepted."""

    id: str
    """`github:` or `gitlab:` and the forge's own id of the delivery."""
    forge: str
    event: str
    """The forge's name of the event, with its action: `pull_request.opened`."""
    state: DeliveryState
    received_at: datetime
    remark: str = ""
    work: Mapping[str, Any] | None = None
    """The work it led to, as `bot.intake.events.to_plain` writes it; None for an ignored one."""
    merge_request_key: str | None = None
    finished_at: datetime | None = None


class FlagState(enum.StrEnum):
    """Life of a flag. (Waived and dismissed come with the commands that set them.)"""

    OPEN = "open"
    FIXED = "fixed"
    GONE = "gone"
    """Its merge request was closed, or its repository was deleted or taken away from us."""


class Look(enum.StrEnum):
    """What a later look at an admitted artifact found of its licence."""

    SAME = "same"
    CHANGED = "changed"
    GONE = "gone"
    """The artifact lies in the repository no longer, or something else lies in its place."""
    UNREADABLE = "unreadable"
    """Something could not be read, so that nothing is known."""
    INSIDE = "inside"
    """The weights state it themselves, or a maintainer did: it does not change with the files around them."""


@dataclass(frozen=True)
class MergeRequestRecord:
    """A merge request as it was when it was last judged."""

    key: str
    forge: str
    host: str
    repository: str
    number: int
    title: str
    author: str
    url: str
    target_branch: str
    head: str
    state: str
    outcome: str
    policy: str
    judged_at: datetime
    open_flags: int


@dataclass(frozen=True)
class FlagRecord:
    """A finding kept from the day it was raised."""

    id: int
    rule: str
    severity: str
    path: str | None
    title: str
    state: FlagState
    opened_at: datetime
    closed_at: datetime | None
    reopened: int
    """How often it came back after it was fixed."""
    merge_request: MergeRequestRecord
    on_repository: bool = False
    """True where it is about what the merge request brought and lies in the repository now."""


@dataclass(frozen=True)
class ArtifactRecord:
    """One artifact of a merge request at its last judged head."""

    path: str
    format: str
    confidence: str
    size: int
    parameters: int | None
    sha256: str | None
    license: str | None
    loading: str
    looked_at: datetime | None = None
    """When it was last looked at again, after it was merged; None where it never was."""
    look: Look | None = None
    look_remark: str = ""
    """What was found then: Markdown where something changed, plain text otherwise."""


@dataclass(frozen=True)
class AdmittedArtifact:
    """One artifact that a merged merge request brought under a known licence."""

    id: int
    path: str
    license: str
    """SPDX expression that was concluded when it was judged."""
    looked_at: datetime | None


@dataclass(frozen=True)
class Admitted:
    """A merged merge request and what it brought."""

    merge_request: MergeRequestRecord
    since: datetime
    judgement: str
    """Its last judgement as JSON."""
    artifacts: tuple[AdmittedArtifact, ...]


@dataclass(frozen=True)
class LookResult:
    """What a later look at one artifact found."""

    artifact_id: int
    look: Look
    remark: str
    """Markdown where something changed, plain text otherwise."""
    fingerprint: str
    """Identity of the artifact's flag."""
    head: str
    """The commit that was looked at; empty where there was none."""
    finding: Finding | None = None
    """What the policy makes of it: it opens the flag, and None closes it."""


@dataclass(frozen=True)
class Holding:
    """Weights that lie in a repository."""

    path: str
    format: str
    confidence: str
    size: int
    parameters: int | None
    sha256: str | None
    license: str | None
    loading: str


@dataclass(frozen=True)
class Inventory:
    """What weights lie on the default branch of a repository."""

    repository_key: str
    """Forge, host and id."""
    forge: str
    host: str
    repository: str
    branch: str
    commit: str
    """What was looked through; the next look at the same commit finds the same."""
    files: int
    holdings: tuple[Holding, ...]
    remark: str | None = None
    """What could not be looked at, as a sentence."""
    taken_at: datetime | None = None


@dataclass(frozen=True)
class KnownRepository:
    """A repository in which something was judged or found."""

    forge: str
    host: str
    id: str
    name: str
    """Full name as it was last known."""

    @property
    def key(self) -> str:
        """Forge, host and id."""
        return f"{self.forge}:{self.host}:{self.id}"


@dataclass(frozen=True)
class KeptPolicy:
    """A policy that could be used, with all files of its repository that it was made of."""

    files: Mapping[str, str]
    """By path; bytes that are no UTF-8 are lone surrogates."""
    commit: str | None
    """Where the files stood."""
    url: str | None


@dataclass(frozen=True)
class MergeRequestReport:
    """All that is kept of one merge request."""

    merge_request: MergeRequestRecord
    flags: tuple[FlagRecord, ...]
    artifacts: tuple[ArtifactRecord, ...]
    judgement: str
    """The last judgement as JSON, as `weighbridge scan --format json` prints it."""


@dataclass(frozen=True)
class PostedThread:
    """A comment of ours on one file of a merge request."""

    id: str
    """The forge's own id; empty where it takes no comment on this place."""
    path: str
    line: int | None
    text: str
    """Digest of what it says."""
    settled: bool = False


@dataclass(frozen=True)
class Posted:
    """What we wrote on a merge request, so that nothing needs to be looked for and nothing is written twice."""

    complete: bool = True
    """False from before a write until after it: a worker that died between has to look at what is there."""
    summary: str | None = None
    """Id of the summary comment; None where there is none, or somebody deleted it."""
    summary_url: str | None = None
    summary_text: str = ""
    """Digest of what it says."""
    summary_state: str = ""
    """`findings`, `pass` or `cleared`: what the comment told last."""
    summary_findings: str = ""
    """Digest of the findings it told last."""
    deleted_at: str | None = None
    """Digest of the findings at which somebody deleted the summary: it stays away until they change."""
    verdict_head: str | None = None
    verdict_text: str = ""
    """Commit and digest of the last verdict."""
    threads: Mapping[str, PostedThread] = field(default_factory=dict)
    """By the fingerprint of the finding."""
    told: tuple[str, ...] = ()
    """Fingerprints of the blocking findings that people were told of."""
    labels: tuple[str, ...] = ()
    """Labels that we put on it."""


@dataclass(frozen=True)
class Allowance:
    """What a forge lets one account of ours ask for, as its answers told last; None where it did not say."""

    allowed: int | None = None
    """Requests of one window of time."""
    remaining: int | None = None
    """Those of them that may still be made."""
    anew_at: datetime | None = None
    """When the next window begins."""
    not_before: datetime | None = None
    """When the forge, which refused a request, wants to be asked again."""
