"""Phrases that several rules share."""

from __future__ import annotations

from collections.abc import Sequence

from rules.facts import EvidenceKind, LicenseEvidence
from rules.licenses import Category, License, View
from rules.text import code, enumeration, shell_path

_PLACES = {
    EvidenceKind.ATTESTATION: "a maintainer's statement",
    EvidenceKind.IN_ARTIFACT: "the file itself",
}

_CATEGORIES = {
    Category("permissive"): "permissive",
    Category("weak-copyleft"): "weak copyleft",
    Category("copyleft"): "copyleft",
    Category("public-domain"): "a public-domain dedication",
    Category("use-restricted"): "a licence that restricts what the weights may be used for",
    Category("non-commercial"): "a licence that forbids commercial use",
    Category("research-only"): "a licence for research only",
    Category("no-derivatives"): "a licence that forbids sharing changed copies, such as fine-tuned or quantised ones",
    Category("conditions-by-size"): "a licence whose terms depend on how many users or how much revenue one has",
    Category("proprietary"): "a proprietary licence",
    Category("none"): "no licence at all: nothing is permitted",
    Category("unknown"): "a licence of unknown kind",
}

_UNSUSPECTED = {Category(kind) for kind in ("permissive", "weak-copyleft", "copyleft", "public-domain", "unknown")}


def spot(path: str, line: int | None) -> str:
    """A place in the repository: `models/README.md`, line 3 (as Markdown)."""
    return code(path) if line is None else f"{code(path)}, line {line}"


def several(phrases: Sequence[str], most: int, conjunction: str = "and", rest: str = "more") -> str:
    """At most so many phrases, and how many there are besides: `a`, `b` and 7 more."""
    left = len(phrases) - most
    return enumeration([*phrases[:most], f"{left} {rest}"] if left > 0 else phrases, conjunction)


def place(evidence: LicenseEvidence) -> str:
    """Where a licence is written: `models/README.md`, line 3 (`license`) (as Markdown)."""
    where = _PLACES.get(evidence.kind) or spot(evidence.path, evidence.line)
    return f"{where} ({code(evidence.field)})" if evidence.field else where


def statement(evidence: LicenseEvidence) -> str:
    """What a place says, as Markdown: `other`, named `my-licence`."""
    said = code(evidence.statement)
    return f"{said}, named {code(evidence.name)}" if evidence.name else said


def license_name(license_: License) -> str:
    """A licence for people, linked where the catalogue has its text."""
    name = license_.name if license_.name == license_.id else f"{license_.name} ({code(license_.id)})"
    return f"[{license_.name}]({license_.url})" if license_.url else name


def license_kind(license_: License) -> str:
    """What kind of licence it is, as the end of a sentence."""
    return _CATEGORIES[license_.category]


def unevaluated(license_: License) -> bool:
    """True where nothing that is known here speaks against the licence, neither its kind nor a ruling.

    A licence that the OSI has not approved was mostly never submitted to it, so that view is not asked.
    """
    return license_.category in _UNSUSPECTED and View.NO not in (license_.fsf_free, license_.dfsg_free)


def sidecar_commands(path: str, identifier: str) -> tuple[str, ...]:
    """Shell lines that state a licence for one file in the way of REUSE; none where the path is unfit for a shell."""
    sidecar = shell_path(f"{path}.license")
    chosen = shell_path(f"SPDX-License-Identifier: {identifier}")
    if sidecar is None or chosen is None:
        return ()
    return (f"printf '%s\\n' {chosen} > {sidecar}", f"git add -- {sidecar}")


def write_chosen(path: str) -> str:
    """The step that goes with `sidecar_commands` where the licence is not known to this project."""
    return (
        f"Write the licence that the authors of the weights chose into {code(path + '.license')}, with its "
        "[SPDX identifier](https://spdx.org/licenses/) in place of `SPDX-ID`."
    )


def card_path(path: str) -> str:
    """Where a model card for an artifact belongs. At the root, README.md is about the whole repository."""
    directory = path.rpartition("/")[0]
    return f"{directory}/README.md" if directory else "MODEL_CARD.md"


def names(licenses: tuple[License, ...]) -> str:
    """Several licences as a phrase."""
    return enumeration([license_name(license_) for license_ in licenses])
