"""What comes out of the database: plain frozen records."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


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
    work: Mapping[str, str | int | None] | None = None
    """Fields of the ReviewRequested it led to; None for an ignored one."""
    merge_request_key: str | None = None
    finished_at: datetime | None = None


class FlagState(enum.StrEnum):
    """Life of a flag. (Waived and dismissed come with the commands that set them.)"""

    OPEN = "open"
    FIXED = "fixed"


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
