"""The weights of a change as a Markdown table, and what there is to know of each beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from bot.reports.words import counted, licence, loading, models, place_name, prose, stores
from rules.facts import Artifact, EvidenceKind, LicenseEvidence, Previous
from rules.licenses import conclude
from rules.text import code, quantity, size

OPEN_ROWS = 15
"""Rows that a table shows unfolded: about a screen."""

_PLACES = 8
"""Places with a statement about the licence that are told."""

_PARTS = 8
"""Further files of a model that are named."""

_HEADER = ("| File | Format | Size | Parameters | SHA-256 | Licence |", "|---|---|--:|--:|---|---|")


def table(artifacts: Sequence[Artifact], link: Callable[[LicenseEvidence], str | None]) -> str:
    """A row for each artifact; `link` gives the address of the place that states a licence."""
    rows = "\n".join((*_HEADER, *(_row(artifact, link) for artifact in artifacts)))
    if len(artifacts) <= OPEN_ROWS:
        return rows
    return folded(models(artifacts), rows)


def details(artifacts: Sequence[Artifact]) -> str:
    """The full digest of each artifact, what loading it runs, and what its header says."""
    listed = "\n".join(f"- {code(artifact.path)}: {'; '.join(_particulars(artifact))}" for artifact in artifacts)
    return folded("Digests and details", listed)


def folded(title: str, content: str) -> str:
    """Content under a title that opens it; both forges render Markdown inside where blank lines set it off."""
    return f"<details>\n<summary>{title}</summary>\n\n{content}\n\n</details>"


def _row(artifact: Artifact, link: Callable[[LicenseEvidence], str | None]) -> str:
    detection = artifact.detection
    cells = (
        code(artifact.path) + (f" and {counted(len(artifact.parts), 'more file')}" if artifact.parts else ""),
        prose(detection.title)
        + ("" if detection.confidence.label == "certain" else f" ({detection.confidence.label})"),
        _size(artifact),
        quantity(detection.parameters) if detection.parameters is not None else "not known",
        f"`{artifact.sha256[:12]}`" if artifact.sha256 else "not computed",
        licence(artifact, lambda evidence: _place(evidence, link)),
    )
    # A pipe ends a cell even inside a code span; only the backslash before it keeps it in.
    return f"| {' | '.join(cell.replace(chr(92) + '|', '|').replace('|', chr(92) + '|') for cell in cells)} |"


def _size(artifact: Artifact) -> str:
    known = artifact.size or (artifact.size_in_git and artifact.pointer is None)
    told = size(artifact.size) if known else "not known"
    return f"{told} in {prose(stores(artifact.pointer.kind))}" if artifact.pointer else told


def _place(evidence: LicenseEvidence, link: Callable[[LicenseEvidence], str | None]) -> str:
    name = place_name(evidence)
    url = None if evidence.kind in {EvidenceKind.IN_ARTIFACT, EvidenceKind.ATTESTATION} else link(evidence)
    return f"[{name}]({url})" if url else name


def _particulars(artifact: Artifact) -> Iterator[str]:
    detection = artifact.detection
    yield f"SHA-256 `{artifact.sha256}`" if artifact.sha256 else f"git object `{artifact.oid}`"
    yield loading(artifact)
    if artifact.pointer:
        yield f"{size(artifact.size_in_git)} of it are in git"
    if artifact.pointer and artifact.pointer.path:
        yield f"stands for {code(artifact.pointer.path)}"
    if artifact.previous:
        yield _before(artifact, artifact.previous)
    if artifact.parts:
        named = ", ".join(f"{code(part.path)} ({size(part.size)})" for part in artifact.parts[:_PARTS])
        rest = len(artifact.parts) - _PARTS
        yield f"with {named}" + (f" and {counted(rest, 'more file')}" if rest > 0 else "")
    for name, value in sorted(detection.metadata.items()):
        yield f"{prose(name.replace('_', ' '))} {code(value)}"
    if detection.base_models:
        yield "base model " + ", ".join(code(name) for name in detection.base_models[:5])
    yield from _licence(artifact)
    yield from (prose(remark.rstrip(".")) for remark in detection.remarks[:5])


def _licence(artifact: Artifact) -> Iterator[str]:
    """How far the licence that was concluded can be trusted, and everything that was read about it."""
    conclusion = conclude(artifact.evidence)
    if conclusion.expression is not None and conclusion.confidence is not None:
        read = f" (text with SHA-256 `{conclusion.text_digest}`)" if conclusion.text_digest else ""
        trust = f"{conclusion.confidence.label}, because {prose(conclusion.confidence_reason or '')}"
        yield f"licence {code(conclusion.expression)}{read}: {trust}"
    for evidence in artifact.evidence[:_PLACES]:
        yield f"{place_name(evidence)} says {code(evidence.statement)}"


def _before(artifact: Artifact, previous: Previous) -> str:
    """What the file was before: `replaces 12 MiB (SHA-256 `0123…`), 3 MiB more than before`."""
    name = f"SHA-256 `{previous.sha256}`" if previous.sha256 else f"git object `{previous.oid}`"
    if previous.size is None:
        return f"replaces {name}"
    now = artifact.files[0].size
    growth = "as large as before" if now == previous.size else f"{size(abs(now - previous.size))} "
    if now != previous.size:
        growth += "more than before" if now > previous.size else "less than before"
    return f"replaces {size(previous.size)} ({name}), {growth}"
