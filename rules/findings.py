"""What the rules say: findings with their severity, remedy and source, and the judgement they add up to."""

from __future__ import annotations

import datetime
import enum
import hashlib
from dataclasses import dataclass

from rules.facts import Facts


class Severity(enum.IntEnum):
    """How much a finding weighs. A policy may also switch a rule off, which is no severity."""

    INFO = 1
    WARNING = 2
    BLOCKING = 3

    @property
    def label(self) -> str:
        """The word for reports and policy files: `info`, `warning` or `blocking`."""
        return self.name.lower()


@dataclass(frozen=True)
class Citation:
    """Where a criterion of a guideline comes from."""

    title: str
    url: str | None = None
    note: str | None = None
    """What a reader must know about its standing: an opinion, a draft, an addition of ours."""
    criterion: str | None = None
    """Identifier of the criterion in its pack, None for what no pack lists."""


@dataclass(frozen=True)
class Remedy:
    """What to do about a finding."""

    steps: tuple[str, ...]
    """Sentences in Markdown, in the order to try them; each is enough on its own unless it says otherwise."""
    commands: tuple[str, ...] = ()
    """Shell lines that carry out the first step, with this change's own paths, quoted for a shell."""


@dataclass(frozen=True)
class PolicyOrigin:
    """Which policy ruled, so that a reader can look it up."""

    name: str
    """`.weighbridge.yml`, or `pack guix` where a repository has none."""
    pack: str
    """Identifier of the pack it builds on."""
    commit: str | None = None
    """Commit the file was read at, None for the server's default and for files given by hand."""
    url: str | None = None
    remarks: tuple[str, ...] = ()
    """What went wrong with it, one sentence each; shown in the report."""
    stack: tuple[str, ...] = ()
    """The files that it builds on, nearest first: `policies/house.yml`, `example/.weighbridge`, `pack guix`."""


@dataclass(frozen=True)
class Finding:
    """What one rule says of one artifact, or of the merge request as a whole."""

    rule: str
    """Identifier of the rule: `license-missing`."""
    severity: Severity
    path: str | None
    """The artifact's path; None where the finding speaks of the whole merge request."""
    title: str
    """What is wrong, in one line of plain Markdown."""
    why: str
    """Why it matters, in one or two sentences."""
    remedy: Remedy
    citation: Citation | None = None
    policy_line: int | None = None
    """Line that set the severity in the file that `policy_source` names, None where the rule's own default holds."""
    policy_source: str | None = None
    """The file that set the severity: `.weighbridge.yml`, `pack guix`."""
    policy_url: str | None = None
    """Where a person can read that file."""

    @property
    def fingerprint(self) -> str:
        """Identity of the finding across pushes: 16 hexadecimal digits from the rule and the path."""
        return hashlib.sha256(f"{self.rule}\0{self.path or ''}".encode("utf-8", "surrogateescape")).hexdigest()[:16]


@dataclass(frozen=True)
class Waived:
    """A finding that somebody made an exception for."""

    finding: Finding
    reason: str
    until: datetime.date
    """The last day on which the exception holds."""
    source: str
    """Where it is written: `.weighbridge.yml`."""
    line: int | None = None


class Outcome(enum.StrEnum):
    """What a judgement means for the merge request."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    BLOCKED = "blocked"
    UNDECIDED = "undecided"
    """Something could not be looked at and nothing else blocks."""


class OnError(enum.StrEnum):
    """What a policy asks for where a change could not be judged, or not be seen whole."""

    NEUTRAL = "neutral"
    """A verdict that is neither red nor green."""
    FAIL = "fail"
    """A red one, so that nothing is merged unseen."""


@dataclass(frozen=True)
class Labels:
    """Labels of the forge that a policy wants on merge requests; None for none."""

    weights: str | None = None
    """On those that bring weights."""
    blocked: str | None = None
    """On those that are blocked."""


@dataclass(frozen=True)
class Proposal:
    """A policy that a merge request brings, tried on its own change. It decides nothing."""

    name: str
    problems: tuple[ProposalProblem, ...] = ()
    """What is wrong with it; the rest is empty then."""
    outcome: Outcome | None = None
    observed: bool = False
    findings: tuple[Finding, ...] = ()
    changes: tuple[str, ...] = ()
    """How it differs from the one in force, one clause each."""


@dataclass(frozen=True)
class ProposalProblem:
    """One mistake in a policy that a merge request brings."""

    path: str
    line: int | None
    key: str
    message: str


@dataclass(frozen=True)
class Judgement:
    """The whole answer to a change: its facts, the findings, strongest first, and the policy that ruled."""

    facts: Facts
    findings: tuple[Finding, ...]
    policy: PolicyOrigin
    outcome: Outcome
    observed: bool = False
    """True in observe mode: findings are reported with their severity and nothing blocks."""
    waived: tuple[Waived, ...] = ()
    """Findings that do not count, because of a waiver."""
    known: tuple[str, ...] = ()
    """Paths of weights that the baseline holds: they were there before the policy and are not judged."""
    on_error: OnError = OnError.NEUTRAL
    """What the verdict is where the outcome is UNDECIDED."""
    threads_from: Severity | None = Severity.BLOCKING
    """Findings of this severity or above get a thread of their own beside the summary; None for no threads."""
    labels: Labels = Labels()
    proposal: Proposal | None = None
    """What the policy would decide that the merge request itself proposes, where it changes the policy."""

    def of(self, severity: Severity) -> tuple[Finding, ...]:
        """The findings of exactly this severity, in report order."""
        return tuple(finding for finding in self.findings if finding.severity is severity)
