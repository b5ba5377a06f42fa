"""Model cards: `license` in the YAML front matter of a README.md or MODEL_CARD.md, as on the Hugging Face hub.

The nearest card counts: beside the weights, or in a directory above them up to the root, since on the hub one card at
the root speaks for weights in folders like `onnx/`. An ordinary README has no front matter, and one that has it for
another purpose (the settings of a Space, a dataset's card, a page of a site) is no model card.
"""

from __future__ import annotations

import codecs
import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass

from bot.scanner.evidence._files import STATEMENT_LENGTH, directories_above, once_per_tree, read, regular
from bot.scanner.evidence._front_matter import CARD_LIMIT, FRONT_MATTER_LIMIT, front_matter, is_of_another_purpose
from bot.scanner.tree import Entry, Tree
from rules.facts import Detection, EvidenceKind, LicenseEvidence
from rules.safe_yaml import Value, YamlError, load

_CARD = re.compile(r"(readme|model[-_]?card)\.(md|markdown)", re.IGNORECASE)
_SPEAKS = re.compile(rb"""(^|[{,])[ \t]*["']?licen[cs]e(_name|_link)?["']?[ \t]*:""", re.MULTILINE | re.IGNORECASE)
_WORDS = ("license", "licence")
"""Keys that state a licence, in any case: the hub reads the first only, people read both."""

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


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
    statement = _statement(read(source, tree, CARD_LIMIT).head) if source is not None else None
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
    if head.startswith(_UTF16):
        return _in_utf16(head)
    matter = front_matter(head)
    if matter is None:
        return None
    block, above = matter.block, matter.above
    spoken = _SPEAKS.search(block)
    line = 1 + above + (block.count(b"\n", 0, spoken.end()) if spoken else 0)
    if not matter.is_closed:
        # What lies beyond the limit is not read, and may speak of a licence.
        speaks = spoken is not None or len(head) >= CARD_LIMIT
        return _unread(f"no closing `---` in the first {len(head):,} bytes", line) if speaks else None
    try:
        card, lines = load(block, limit=FRONT_MATTER_LIMIT)
    except YamlError as error:
        return None if spoken is None else _unread(error.message, (error.line or 1) + above)
    if not isinstance(card, dict) or is_of_another_purpose(card):
        return None
    stated = {key: words for key, value in card.items() if key.lower() in _WORDS and (words := _words(value))}
    beside = {key: words for key in ("license_name", "license_link") if (words := _words(card.get(key)))}
    first = next(iter(stated | beside), None)
    if first is None:
        return None
    text_of_all = _words(list(stated.values())) or "other"
    return _Statement(text_of_all, lines[(first,)] + above, beside.get("license_name"), beside.get("license_link"))


def _unread(reason: str, line: int) -> _Statement:
    return _Statement(f"front matter could not be read: {reason}", line)


def _in_utf16(head: bytes) -> _Statement | None:
    """Some editors save UTF-16, which no reader of cards takes; a licence in it is not passed over."""
    text = head.decode("utf-16", "replace").encode("utf-8", "replace")
    if front_matter(text) is None or _SPEAKS.search(text) is None:
        return None
    return _unread("the file is UTF-16; save it as UTF-8.", 1)


def _words(value: Value | None) -> str | None:
    """A value as one statement. A list is read as terms that hold together, the stricter of its two readings."""
    if value is None:
        return None
    if isinstance(value, bool):  # `license: no`
        return "yes" if value else "no"
    if isinstance(value, list):
        items = list(dict.fromkeys(words for item in value if (words := _words(item))))
        return (
            " AND ".join(f"({item})" if len(items) > 1 and " or " in item.lower() else item for item in items) or None
        )
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_words(item) or ''}".strip() for key, item in value.items()) or None
    return str(value).strip() or None
