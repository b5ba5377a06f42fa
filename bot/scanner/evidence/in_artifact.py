"""What the weights say of themselves: the metadata fields that the format's module found."""

from __future__ import annotations

from collections.abc import Iterable

from bot.scanner.evidence._files import STATEMENT_LENGTH
from bot.scanner.tree import Tree
from rules.facts import Detection, EvidenceKind, LicenseEvidence
from rules.licenses.texts import identify_text

_NAME_ENDINGS = (".name", "_name")
_LINK_ENDINGS = (".link", "_link", ".url", "_url")


def find(path: str, detection: Detection, _tree: Tree) -> Iterable[LicenseEvidence]:
    """One piece of evidence for each field that holds a licence, with the name and link written beside it.

    A name or a link without a licence is a statement of its own.
    """
    said = {statement.field: _said(text) for statement in detection.licenses if (text := statement.text.strip())}
    fields = list(dict.fromkeys(_base(field) for field in said))
    for field in fields:
        name = _first(said, field, _NAME_ENDINGS)
        link = _first(said, field, _LINK_ENDINGS)
        statement = said.get(field) or name or link
        if statement:
            yield LicenseEvidence(
                kind=EvidenceKind.IN_ARTIFACT, path=path, statement=statement, field=field, name=name, link=link
            )


def _said(text: str) -> str:
    """The statement itself, or the licence that it is the text of: some formats carry the whole text."""
    identified = identify_text(text) if "\n" in text else None
    return identified or text[:STATEMENT_LENGTH]


def _base(field: str) -> str:
    for ending in (*_NAME_ENDINGS, *_LINK_ENDINGS):
        if field.endswith(ending):
            return field.removesuffix(ending)
    return field


def _first(said: dict[str, str], field: str, endings: tuple[str, ...]) -> str | None:
    return next((said[field + ending] for ending in endings if field + ending in said), None)
