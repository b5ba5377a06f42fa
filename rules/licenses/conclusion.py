"""From all the places that state a licence to one conclusion."""

from __future__ import annotations

import functools
import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass

from rules.facts import Confidence, EvidenceKind, LicenseEvidence
from rules.licenses.normalise import Normalised, normalise, same_terms

_CONFIDENCE = {
    EvidenceKind.RECIPE: Confidence.PROBABLE,
    EvidenceKind.MANIFEST: Confidence.PROBABLE,
    EvidenceKind.DIRECTORY_LICENSE: Confidence.PROBABLE,
    EvidenceKind.PROSE: Confidence.POSSIBLE,
    EvidenceKind.REPOSITORY_LICENSE: Confidence.POSSIBLE,
}
"""Of conclusions from kinds of places that do not speak of the weights alone."""

_REASONS = {
    EvidenceKind.ATTESTATION: "a maintainer said so",
    EvidenceKind.IN_ARTIFACT: "the file says so itself",
    EvidenceKind.SIDECAR: "it is written for exactly this file",
    EvidenceKind.MODEL_CARD: "the model's card says so",
    EvidenceKind.MODEL_LICENSE: "a licence text that is the model's by its name says so",
    EvidenceKind.RECIPE: "the recipe of a package that brings the weights says so",
    EvidenceKind.MANIFEST: "a description of the work lists it for the weights",
    EvidenceKind.PROSE: "only a sentence says so, which was read by its wording",
    EvidenceKind.DIRECTORY_LICENSE: "it is the licence of the directory that holds the weights",
    EvidenceKind.REPOSITORY_LICENSE: "it is the licence of the whole repository, which may mean the code alone",
}

_OF_PACKAGE = re.compile(r"(?<![^/])debian/(?=copyright$)")
"""The folder of a description that speaks for the directory above it."""
_VERSION_OPEN = re.compile(r"-(only|or-later)\b")
_SAYS_WHICH = re.compile(r"only|later|\+", re.IGNORECASE)


@dataclass(frozen=True)
class LicenseConclusion:
    """What licence an artifact comes under, as far as it is written down."""

    expression: str | None
    """SPDX expression; None where nothing is stated, or where the strongest statement is not recognised."""
    source: LicenseEvidence | None
    """The evidence that decides; None where `expression` is."""
    evidence: tuple[LicenseEvidence, ...]
    """Everything that was found, strongest kind first."""
    unrecognised: tuple[LicenseEvidence, ...]
    """Evidence that names no known licence, families of licences among it."""
    conflicts: tuple[tuple[LicenseEvidence, str], ...]
    """Evidence that disagrees with `source`, each with the expression that it states."""
    only_from_repository: bool
    """True where nothing but the repository's own licence was found."""
    exclusions: tuple[LicenseEvidence, ...] = ()
    """Sentences that take the weights out of the licence of the code around them."""
    text_digest: str | None = None
    """SHA-256 of the licence's text where it was read: by the source, or by another place that agrees with it."""

    @property
    def confidence(self) -> Confidence | None:
        """How far the conclusion can be trusted; None where there is none.

        CERTAIN from a place that is written for the weights, PROBABLE from one about the work that they belong to,
        POSSIBLE from a sentence in prose or the repository's licence. Places that contradict it lower it by one.
        """
        if self.source is None:
            return None
        known = _CONFIDENCE.get(self.source.kind, Confidence.CERTAIN)
        return Confidence(max(Confidence.POSSIBLE, known - bool(self.conflicts)))

    @property
    def confidence_reason(self) -> str | None:
        """Why it can be trusted so far, as the end of "... because "; None where there is no conclusion."""
        if self.source is None:
            return None
        known = _CONFIDENCE.get(self.source.kind, Confidence.CERTAIN)
        reason = _REASONS[self.source.kind]
        return f"{reason}, and other places disagree" if self.conflicts and known > Confidence.POSSIBLE else reason


@dataclass(frozen=True)
class _Reading:
    evidence: LicenseEvidence
    meaning: Normalised


def conclude(evidence: Sequence[LicenseEvidence]) -> LicenseConclusion:
    """Weigh the evidence for one artifact.

    - The strongest kind of evidence decides. Where places of that kind disagree, the strictest of them does.
    - An unrecognised statement is never passed over for a weaker one: `license: other` in the model card with
      an MIT text at the root is unknown, not MIT. Beside a recognised one of the same kind it is no less
      unknown, since both claim to speak of the weights.
    - Every other recognised statement with other terms is a conflict. The repository's licence is none:
      it speaks of the code, and counts only where nothing else was found.
    - A sentence that takes the weights out of the licence of the code voids that licence, the repository's and those
      of directories from the sentence's own up. A LICENSE-MODEL is no licence of the code.

    Pure: the order in which the evidence is given does not matter. The same evidence, such as one card for hundreds
    of weights, is weighed once.
    """
    return _concluded(tuple(evidence))


@functools.lru_cache(maxsize=4096)
def _concluded(evidence: tuple[LicenseEvidence, ...]) -> LicenseConclusion:
    ordered = sorted(evidence, key=_order)
    exclusions = tuple(item for item in ordered if item.excludes)
    ordered = [item for item in ordered if not item.excludes and not _is_void(item, exclusions)]
    about_weights = [item for item in ordered if item.kind is not EvidenceKind.REPOSITORY_LICENSE]
    readings = [_Reading(item, normalise(item.statement, item.name, item.link)) for item in about_weights or ordered]
    strongest = [reading for reading in readings if reading.evidence.kind is readings[0].evidence.kind]
    source = None
    if all(reading.meaning.expression is not None for reading in strongest):
        source = max(strongest, key=_strictness, default=None)
    return LicenseConclusion(
        expression=source.meaning.expression if source else None,
        source=source.evidence if source else None,
        evidence=tuple(ordered),
        unrecognised=tuple(reading.evidence for reading in readings if reading.meaning.expression is None),
        conflicts=tuple(_conflicts(source, readings)) if source else (),
        only_from_repository=bool(ordered) and not about_weights,
        exclusions=exclusions,
        text_digest=_text_digest(source, readings) if source else None,
    )


def _text_digest(source: _Reading, readings: Sequence[_Reading]) -> str | None:
    agreeing = (one for one in readings if one.meaning.expression is not None and _agree(source, one))
    return next((one.evidence.text_digest for one in (source, *agreeing) if one.evidence.text_digest), None)


def _is_void(item: LicenseEvidence, exclusions: Sequence[LicenseEvidence]) -> bool:
    """True for a licence of code from which a sentence takes the weights out."""
    if item.kind is EvidenceKind.REPOSITORY_LICENSE:
        return bool(exclusions)
    if item.kind is not EvidenceKind.DIRECTORY_LICENSE:
        return False
    directory = posixpath.dirname(_OF_PACKAGE.sub("", item.path))
    places = (posixpath.dirname(exclusion.path) for exclusion in exclusions)
    return any(place == directory or not directory or place.startswith(f"{directory}/") for place in places)


def _order(item: LicenseEvidence) -> tuple[int, str, int, str, str]:
    return item.kind, item.path, item.line or 0, item.field or "", item.statement


def _strictness(reading: _Reading) -> int:
    """`max` keeps the first of equals, which is the first by path."""
    return max(license_.category.strictness for license_ in reading.meaning.licenses)


def _conflicts(source: _Reading, readings: Sequence[_Reading]) -> list[tuple[LicenseEvidence, str]]:
    return [
        (reading.evidence, reading.meaning.expression)
        for reading in readings
        if reading is not source and reading.meaning.expression is not None and not _agree(source, reading)
    ]


def _agree(one: _Reading, other: _Reading) -> bool:
    left, right = one.meaning.expression or "", other.meaning.expression or ""
    if same_terms(left, right):
        return True
    # The text of the GPL, and the hub's `gpl-3.0`, do not say whether a later version may be chosen.
    if all(_SAYS_WHICH.search(reading.evidence.statement) for reading in (one, other)):
        return False
    return same_terms(_VERSION_OPEN.sub("", left), _VERSION_OPEN.sub("", right))
