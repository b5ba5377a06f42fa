"""Model cards: `license` in the YAML front matter of a README.md or MODEL_CARD.md, as on the Hugging Face hub.

The nearest card counts: beside the weights, or in a directory above them up to the root, since on the hub one card at
the root speaks for weights in folders like `onnx/`. An ordinary README has no front matter, and one that has it for
another purpose (the settings of a Space, a dataset's card, a page of a site) is no model card.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass

from bot.scanner.evidence._files import STATEMENT_LENGTH, directories_above, once_per_tree, read, regular
from bot.scanner.tree import Entry, Tree
from rules.facts import Detection, EvidenceKind, LicenseEvidence
from rules.safe_yaml import Value, YamlError, load

FRONT_MATTER_LIMIT = 64 * 1024
"""Bytes; large cards on the hub, with hundreds of evaluation results, have some 30 KiB."""

_CARD_LIMIT = FRONT_MATTER_LIMIT + 16
_CARD = re.compile(r"(readme|model[-_]?card)\.(md|markdown)", re.IGNORECASE)
_FENCE = re.compile(rb"^---[ \t]*\r?$", re.MULTILINE)
_OPENING = re.compile(rb"(\xef\xbb\xbf)?---[ \t]*\r?\n")
_SPEAKS = re.compile(rb"^license(_name|_link)?[ \t]*:", re.MULTILINE)
_OTHER_PURPOSES = ("sdk", "app_file", "layout", "dataset_info", "annotations_creators")
"""Keys of a Space's settings, of a page of a static site, and of a dataset's card."""


@dataclass(frozen=True)
class _Statement:
    text: str
    line: int | None
    name: str | None = None
    link: str | None = None


def find(path: str, _detection: Detection, tree: Tree) -> Iterable[LicenseEvidence]:
    """What the cards of the nearest directory that has one state. Front matter that cannot be read states that."""
    for directory in directories_above(path):
        found = [evidence for entry in _cards(directory, tree) if (evidence := _evidence(entry, tree)) is not None]
        if found:
            return found
    return []


@once_per_tree
def _cards(directory: str, tree: Tree) -> list[Entry]:
    entries = (entry for entry in tree.entries(directory) if _CARD.fullmatch(entry.path.rpartition("/")[2]))
    return sorted(entries, key=lambda entry: entry.path)


def _evidence(entry: Entry, tree: Tree) -> LicenseEvidence | None:
    source = regular(entry, tree)
    statement = _statement(read(source, tree, _CARD_LIMIT).head) if source is not None else None
    if statement is None:
        return None
    return LicenseEvidence(
        kind=EvidenceKind.MODEL_CARD,
        path=entry.path,
        statement=statement.text[:STATEMENT_LENGTH],
        line=statement.line,
        field="license",
        name=statement.name and statement.name[:STATEMENT_LENGTH],
        link=statement.link and statement.link[:STATEMENT_LENGTH],
    )


@functools.lru_cache(maxsize=64)
def _statement(head: bytes) -> _Statement | None:
    """What the front matter states; None where there is none, or nothing of a licence in it."""
    opening = _OPENING.match(head)
    if opening is None:
        return None
    closing = _FENCE.search(head, opening.end())
    block = head[opening.end() : closing.start() if closing else len(head)]
    spoken = _SPEAKS.search(block)
    if spoken is None:
        return None
    line = 2 + block.count(b"\n", 0, spoken.start())
    if closing is None:
        return _Statement(f"front matter could not be read: no closing `---` in the first {len(head):,} bytes", line)
    try:
        card, lines = load(block, limit=FRONT_MATTER_LIMIT)
    except YamlError as error:
        return _Statement(f"front matter could not be read: {error.message}", (error.line or 1) + 1)
    if not isinstance(card, dict) or any(key in card for key in _OTHER_PURPOSES):
        return None
    text, name, link = _words(card.get("license")), _words(card.get("license_name")), _words(card.get("license_link"))
    if not (text or name or link):
        return None
    key = next(key for key in ("license", "license_name", "license_link") if _words(card.get(key)))
    return _Statement(text or "other", lines[(key,)] + 1, name, link)


def _words(value: Value | None) -> str | None:
    """A value as one statement. A list is read as terms that hold together, the stricter of its two readings."""
    if value is None:
        return None
    if isinstance(value, bool):  # `license: no`
        return "yes" if value else "no"
    if isinstance(value, list):
        items = [words for item in value if (words := _words(item))]
        return (
            " AND ".join(f"({item})" if len(items) > 1 and " or " in item.lower() else item for item in items) or None
        )
    return str(value).strip() or None
