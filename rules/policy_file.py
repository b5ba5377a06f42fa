"""The policy file's schema: what may be written in `.weighbridge.yml` and, with a header of metadata, in a pack."""

from __future__ import annotations

import datetime
import enum
from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from rules.facts import ChangeStatus, Confidence
from rules.findings import OnError, Severity


class _Strict(BaseModel):
    """Every key is known; names are written with hyphens."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=lambda name: name.replace("_", "-"),
        str_strip_whitespace=True,
        defer_build=True,
    )


class Mode(enum.StrEnum):
    """What findings may do to a merge request."""

    ENFORCE = "enforce"
    """Blocking findings block."""
    OBSERVE = "observe"
    """Everything is reported and nothing blocks."""


class PackStatus(enum.StrEnum):
    """What standing a guideline has in its community."""

    POLICY = "policy"
    ANSWER = "answer"
    """Somebody with a say answered a question."""
    OPINION = "opinion"
    DRAFT = "draft"
    WITHDRAWN = "withdrawn"
    OURS = "ours"
    """This project's own."""


_OFF = "off"
_SEVERITIES = {severity.label: severity for severity in Severity}
SEVERITY_WORDS = (_OFF, *_SEVERITIES)

SeverityWord: TypeAlias = Literal["off", "info", "warning", "blocking"]
ConfidenceWord: TypeAlias = Literal["possible", "probable", "certain"]
OutcomeWord: TypeAlias = Literal["pass", "blocked", "undecided"]


def severity_named(word: SeverityWord) -> Severity | None:
    """The severity that a word means, None for `off`."""
    return None if word == _OFF else _SEVERITIES[word]


def _yaml_off(value: object) -> object:
    """YAML 1.1 reads a bare `off` as false."""
    return _OFF if value is False else value


def _short_form(value: object) -> object:
    """`rule: warning` is short for `rule: {severity: warning}`."""
    value = _yaml_off(value)
    return {"severity": value} if isinstance(value, str) else value


def _no_truth(value: object) -> object:
    """To Python, true is 1."""
    return str(value).lower() if isinstance(value, bool) else value


def _as_list(value: object) -> object:
    """One word is short for a list of it."""
    return [value] if isinstance(value, str) else value


_WrittenSeverity: TypeAlias = Annotated[
    SeverityWord, BeforeValidator(_yaml_off, json_schema_input_type=SeverityWord | Literal[False])
]
_Words: TypeAlias = Annotated[tuple[str, ...], BeforeValidator(_as_list, json_schema_input_type=str | tuple[str, ...])]
_Glob: TypeAlias = Annotated[str, Field(min_length=1)]
"""Of a path (`rules.globs`)."""
_Globs: TypeAlias = Annotated[
    tuple[_Glob, ...], BeforeValidator(_as_list, json_schema_input_type=_Glob | tuple[_Glob, ...])
]
_Address: TypeAlias = Annotated[str, Field(pattern=r"^https://[^\s<>\"`)]{1,500}$")]


class CitationEntry(_Strict):
    """Where a criterion comes from."""

    title: str = Field(min_length=1, max_length=200)
    url: _Address | None = None
    note: str | None = Field(default=None, max_length=500)


class CriterionEntry(_Strict):
    """One point of a guideline, for the rules that carry it out."""

    title: str = Field(min_length=1, max_length=200)
    summary: str
    """What the source says of it, in this project's words."""
    source: _Address
    date: datetime.date
    status: PackStatus
    note: str | None = Field(default=None, max_length=500)
    """What a reader must know: what of it is this project's reading, what could not be verified."""


class RuleEntry(_Strict):
    """What a policy says of one rule; what it leaves out is inherited."""

    severity: _WrittenSeverity | None = None
    cases: Mapping[str, _WrittenSeverity] = {}
    """Severity of single cases. A severity without its cases applies to all of them."""
    options: Mapping[str, object] = {}
    """Checked against the rule's own options."""
    confidence: ConfidenceWord | None = None
    """The least confidence of a detection at which the rule speaks; every one where nobody says."""
    citation: CitationEntry | None = None
    criterion: str | None = None
    """In a pack: the identifier of the criterion that the rule carries out, in place of a citation."""


class LicensesEntry(_Strict):
    """Licences by SPDX id, category or view; see `rules.policy_licenses`."""

    accept: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    review: tuple[str, ...] = ()
    """Neither accepted nor denied: a person decides each time."""
    inherit: bool = True
    """Whether what this file leaves open is decided by the pack."""


_WrittenRules: TypeAlias = Mapping[
    str,
    Annotated[
        RuleEntry,
        BeforeValidator(_short_form, json_schema_input_type=SeverityWord | Literal[False] | RuleEntry),
    ],
]


class ScopeEntry(_Strict):
    """What holds for some weights only. All of its conditions must be met; one that is not there always is."""

    name: str | None = Field(default=None, min_length=1, max_length=100)
    paths: _Globs = ()
    """Globs, one of which the path must fit."""
    except_paths: _Globs = Field(default=(), alias="except")
    """Globs, none of which the path may fit."""
    confidence: Annotated[
        tuple[ConfidenceWord, ...],
        BeforeValidator(_as_list, json_schema_input_type=ConfidenceWord | tuple[ConfidenceWord, ...]),
    ] = ()
    """Confidences of the detection that it is for."""
    status: Annotated[
        tuple[ChangeStatus, ...],
        BeforeValidator(_as_list, json_schema_input_type=ChangeStatus | tuple[ChangeStatus, ...]),
    ] = ()
    licenses: LicensesEntry = LicensesEntry()
    rules: _WrittenRules = {}

    @property
    def is_conditional(self) -> bool:
        """False where it would hold for everything."""
        return bool(self.paths or self.except_paths or self.confidence or self.status)


class WaiverEntry(_Strict):
    """An exception that somebody answers for, for a time. A rule about the whole change takes no path and no digest."""

    rule: str
    path: _Glob | None = None
    """A glob; every path where only the digest is given."""
    sha256: str | None = Field(default=None, pattern=r"^[0-9a-fA-F]{64}$")
    """Of the weights: the waiver follows them wherever they move, and falls when they change."""
    reason: str = Field(min_length=10, max_length=1000)
    until: datetime.date
    """The last day on which it holds."""


class ExpectationEntry(_Strict):
    """What an example expects."""

    outcome: OutcomeWord | None = None
    findings: Mapping[str, _WrittenSeverity] | None = None
    """By rule: exactly these and no others."""
    includes: Mapping[str, _WrittenSeverity] = {}
    """By rule: at least these; `off` for a rule that must keep silent."""


class ExampleEntry(_Strict):
    """An example that the policy must judge as it says, so that a guideline is tested like code."""

    name: str = Field(min_length=1, max_length=200)
    given: Mapping[str, object] | tuple[Mapping[str, object], ...]
    """One artifact or several, as `rules.examples` reads them."""
    change: Mapping[str, object] = {}
    """Facts about the merge request as a whole: `author`, `approvals`, ..."""
    expect: ExpectationEntry


class LabelsEntry(_Strict):
    """Labels of the forge; a name that the repository does not have yet is made by some forges, refused by others."""

    weights: str | None = Field(default=None, min_length=1, max_length=50, pattern=r"^[^,\n]+$")
    blocked: str | None = Field(default=None, min_length=1, max_length=50, pattern=r"^[^,\n]+$")


class PolicyFile(_Strict):
    """All of a policy file."""

    version: Annotated[Literal[1], BeforeValidator(_no_truth, json_schema_input_type=Literal[1])]
    extends: _Words = ()
    """Packs by name and files by path, which decide what this file leaves open; a later one goes before an earlier."""
    mode: Mode | None = None
    ignore: tuple[_Glob, ...] = ()
    """Globs of paths that are not judged (`rules.globs`)."""
    block_from: ConfidenceWord | None = None
    """The least confidence of a detection at which a finding may block."""
    on_error: OnError | None = None
    """What the verdict is where the change could not be judged or seen whole: `neutral` where nobody says."""
    threads: _WrittenSeverity | None = None
    """From which severity on a finding gets a thread on its file; `blocking` where nobody says."""
    labels: LabelsEntry = LabelsEntry()
    licenses: LicensesEntry = LicensesEntry()
    rules: _WrittenRules = {}
    scopes: tuple[ScopeEntry, ...] = ()
    """Exceptions for some weights; a later scope goes before an earlier one, each before the rest of the file."""
    waivers: tuple[WaiverEntry, ...] = ()
    locked: _Words = ()
    """In an organisation's file: dotted keys that its repositories may not set (`rules.license-missing`, `licenses`),
    `*` for all of them."""
    open: _Words = ()
    """In an organisation's file: keys that repositories may set though `locked` covers them."""
    tests: tuple[ExampleEntry, ...] = ()


class PackEntry(_Strict):
    """The header of a pack."""

    title: str
    summary: str
    """What the guideline says, in this project's words."""
    status: PackStatus
    date: datetime.date
    source: _Address
    note: str | None = None
    """What a reader must know of the guideline's standing, and what of it could not be verified."""
    criteria: Mapping[str, CriterionEntry] = {}
    """The points of the guideline by an identifier that rules refer to."""
    otherwise: CitationEntry
    """Cited for rules that the pack does not speak of."""


class PackFile(PolicyFile):
    """All of a pack: a policy file with a header."""

    pack: PackEntry


def confidence_named(word: str) -> Confidence:
    """The confidence that a word of the policy file means."""
    return Confidence[word.upper()]
