"""The policy file's schema: what may be written in `.weighbridge.yml` and, with a header of metadata, in a pack."""

from __future__ import annotations

import datetime
import enum
from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from rules.facts import Confidence
from rules.findings import Severity


class _Strict(BaseModel):
    """Every key is known; names are written with hyphens."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=lambda name: name.replace("_", "-"), str_strip_whitespace=True
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


_WrittenSeverity: TypeAlias = Annotated[SeverityWord, BeforeValidator(_yaml_off)]


class CitationEntry(_Strict):
    """Where a criterion comes from."""

    title: str = Field(min_length=1, max_length=200)
    url: str | None = Field(default=None, pattern=r"^https://[^\s<>\"`)]{1,500}$")
    note: str | None = Field(default=None, max_length=500)


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


class LicensesEntry(_Strict):
    """Licences by SPDX id, category or view; see `rules.policy_licenses`."""

    accept: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    inherit: bool = True
    """Whether what this file leaves open is decided by the pack."""


class PackEntry(_Strict):
    """The header of a pack."""

    title: str
    summary: str
    status: PackStatus
    date: datetime.date
    source: str = Field(pattern=r"^https://\S+$")
    note: str | None = None
    """What a reader must know of the guideline's standing."""
    otherwise: CitationEntry
    """Cited for rules that the pack does not speak of."""


class PolicyFile(_Strict):
    """All of a policy file."""

    version: Literal[1]
    extends: str | None = None
    """The pack that decides what this file leaves open."""
    mode: Mode | None = None
    ignore: tuple[str, ...] = ()
    """Globs of paths that are not judged (`rules.globs`)."""
    block_from: ConfidenceWord | None = None
    """The least confidence of a detection at which a finding may block."""
    licenses: LicensesEntry = LicensesEntry()
    rules: Mapping[str, Annotated[RuleEntry, BeforeValidator(_short_form)]] = {}


class PackFile(PolicyFile):
    """All of a pack: a policy file with a header."""

    pack: PackEntry


def confidence_named(word: str) -> Confidence:
    """The confidence that a word of the policy file means."""
    return Confidence[word.upper()]
