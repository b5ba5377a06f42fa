"""Model cards as they stand in a repository: the front matter, and the text below it by its sections.

The nearest card counts, beside the weights or above them up to the root, as for the licence that it states
(`bot.scanner.evidence.model_card`). A MODEL_CARD is one; a README is one where its front matter is that of a model, or
where it stands beside the weights and names them. An ordinary README is none.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bot.scanner.evidence._files import directories_above, once_per_tree, read, regular
from bot.scanner.evidence._front_matter import CARD_LIMIT, FRONT_MATTER_LIMIT, front_matter, is_of_another_purpose
from bot.scanner.tree import Entry, Tree
from rules.safe_yaml import Key, Value, YamlError, load

LINE_LIMIT = 2000
"""Characters of a line that are looked at."""
CARDS_LIMIT = 8
"""Cards and READMEs of one directory."""

_README = re.compile(r"readme\.(md|markdown)", re.IGNORECASE)
_MODEL_CARD = re.compile(r"model[-_]?card\.(md|markdown)", re.IGNORECASE)
_HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+(\S.*)")
_CODE = re.compile(r" {0,3}(```|~~~)")
_OF_MODELS = re.compile(
    rb"^(license|license_name|base_model|pipeline_tag|library_name|datasets|model-index)[ \t]*:", re.MULTILINE
)
"""Keys of a model's card (huggingface_hub, ModelCardData). They count where the rest of the YAML cannot be read too."""


@dataclass(frozen=True)
class Section:
    """The lines below one heading, down to the next of any level."""

    title: str
    line: int
    """One-based line of the heading; of the first line for what stands above all headings."""
    lines: Sequence[tuple[int, str]]
    """Each line with its number; blocks of code are left out."""


@dataclass(frozen=True)
class Card:
    """One card or README."""

    path: str
    matter: Mapping[str, Value] = field(default_factory=dict)
    """The front matter; empty where there is none, or none that can be read."""
    lines: Mapping[Key, int] = field(default_factory=dict)
    """The line of each key in the file."""
    body: str = ""
    """What stands below the front matter, as far as it was read."""
    sections: Sequence[Section] = ()
    is_of_model: bool = False
    """True where its name or its front matter says that it is about a model."""

    def line(self, *key: str | int) -> int | None:
        """The line of a key of the front matter."""
        return self.lines.get(key)


def card_of(path: str, tree: Tree) -> Card | None:
    """The card that is about the weights at a path, None where there is none. Raises UnreadableError."""
    name = posixpath.basename(path)
    for directory in directories_above(path):
        beside = directory == posixpath.dirname(path)
        for card in readmes(directory, tree):
            if card.is_of_model or (beside and len(name) > 3 and name in card.body):
                return card
    return None


def card_at(path: str, tree: Tree) -> Card:
    """The card or README at exactly a path, an empty one where there is none."""
    found = (card for card in readmes(posixpath.dirname(path), tree) if card.path == path)
    return next(found, Card(path))


@once_per_tree
def readmes(directory: str, tree: Tree) -> Sequence[Card]:
    """The cards and READMEs directly in a directory that have any content, model cards first."""
    entries = [entry for entry in tree.entries(directory) if _is_named(entry)]
    entries.sort(key=lambda entry: (_README.fullmatch(_name(entry)) is not None, entry.path))
    cards = (_card(entry, tree) for entry in entries[:CARDS_LIMIT])
    return [card for card in cards if card is not None]


def _is_named(entry: Entry) -> bool:
    return any(pattern.fullmatch(_name(entry)) for pattern in (_README, _MODEL_CARD))


def _name(entry: Entry) -> str:
    return posixpath.basename(entry.path)


def _card(entry: Entry, tree: Tree) -> Card | None:
    source = regular(entry, tree)
    head = read(source, tree, CARD_LIMIT).head if source is not None else b""
    if not head.strip():
        return None
    return _parsed(entry.path, head, _MODEL_CARD.fullmatch(_name(entry)) is not None)


def _parsed(path: str, head: bytes, is_named_card: bool) -> Card | None:
    found = front_matter(head)
    if found is None or not found.is_closed:
        text = head.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", "\n")
        return Card(path, body=text, sections=tuple(_sections(text, 1)), is_of_model=is_named_card)
    matter, lines = _read(found.block)
    if is_of_another_purpose(matter):
        return None
    body = found.body.decode("utf-8", "replace")
    is_of_model = is_named_card or _OF_MODELS.search(found.block) is not None
    lines = {key: line + found.above for key, line in lines.items()}
    return Card(path, matter, lines, body, tuple(_sections(body, found.first_line)), is_of_model)


def _read(block: bytes) -> tuple[Mapping[str, Value], Mapping[Key, int]]:
    """The values and the lines of their keys within the block; none where it is no mapping or cannot be read."""
    try:
        matter, lines = load(block, limit=FRONT_MATTER_LIMIT)
    except YamlError:
        return {}, {}
    return (matter, lines) if isinstance(matter, dict) else ({}, {})


def _sections(body: str, first: int) -> Iterator[Section]:
    title, line = "", first
    held: list[tuple[int, str]] = []
    in_code = False
    for number, text in enumerate(body.split("\n"), first):
        if _CODE.match(text):
            in_code = not in_code
        elif not in_code:
            heading = _HEADING.match(text[:LINE_LIMIT])
            if heading is None:
                held.append((number, text[:LINE_LIMIT].strip()))
            else:
                yield Section(title, line, tuple(held))
                title, line, held = heading[2].strip().rstrip("#").strip(), number, []
    yield Section(title, line, tuple(held))
