"""Bills of materials: which of their elements are the weights, by path, by digest or by name."""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from bot.scanner.evidence._descriptions import STATEMENTS_LIMIT, Description, descriptions, names_file, stated
from bot.scanner.evidence._files import once_per_tree
from bot.scanner.evidence._json import JSON_LIMIT, UnreadableJsonError, Value, document, line_near
from bot.scanner.pointers import pointers_in
from bot.scanner.tree import EntryKind, Tree
from rules.facts import EvidenceKind, LicenseEvidence

_NAME = re.compile(
    r"(.*[-_.])?(ai|ml|s)?bom\.json|.+\.(cdx|spdx3?)\.json|.+\.spdx|.+\.spdx3?\.jsonld|.+\.spdx\.tag", re.IGNORECASE
)
_DIGEST_LIMIT = 1024 * 1024
"""Bytes of weights in git that are digested to find them in a bill, since a forge sends them once more for it. Larger
ones are found by path, by name, or by the digest that their pointer holds."""

ELEMENTS_LIMIT = 100_000
"""Elements of one bill that are looked at."""


@dataclass(frozen=True)
class Element:
    """A file, package, component or model of a bill for which a licence is stated."""

    names: tuple[str, ...]
    """Paths and names that it goes by."""
    sha256: frozenset[str]
    """Digests in lower-case hexadecimals."""
    statement: str
    field: str
    line: int | None
    link: str | None = None
    text_digest: str | None = None
    is_subject: bool = False
    """True for a model that the whole bill is about."""
    near: tuple[str, ...] = ()
    """Where no line is known: a text of the bill, and texts after it, by which the line is found. Only elements that
    are the weights are looked for, since each look goes through the whole bill."""


def found_in_bills(
    path: str, tree: Tree, is_of_format: Callable[[str], bool], elements: Callable[[Description], Elements]
) -> Iterator[LicenseEvidence]:
    """What the bills of one format beside `path` and above it state, the nearest first.

    `is_of_format` tells a bill by its text, `elements` reads it: it should remember what it has read, and may raise
    UnreadableJsonError.
    """
    for bill in descriptions(path, tree, _NAME, limit=JSON_LIMIT):
        if not is_of_format(bill.text):
            continue
        try:
            found = elements(bill)
        except UnreadableJsonError as error:
            yield from _unreadable(bill, path, error)
        else:
            yield from _evidence_of(bill, found, path, tree)


def object_of(bill: Description) -> dict[str, Value] | None:
    """The object that a bill in JSON holds; None for another format. Raises UnreadableJsonError."""
    return document(bill) if bill.text.lstrip("\ufeff \t\n\r").startswith("{") else None


def _unreadable(bill: Description, path: str, error: UnreadableJsonError) -> Iterator[LicenseEvidence]:
    """That a bill which names the weights could not be read. Another one was about something else."""
    if names_file(bill.text, path):
        statement = f"{bill.named} could not be read: {error}"
        yield stated(EvidenceKind.MANIFEST, bill.entry, statement, line=None, field=None)


class Elements:
    """All elements of one bill, by what they are found by: a bill is asked about every file of weights below it."""

    def __init__(self, elements: Iterable[Element]) -> None:
        """Take in the elements, in the order of the bill."""
        self._by_name: dict[str, list[Element]] = {}
        self._by_digest: dict[str, list[Element]] = {}
        self.subjects: list[Element] = []
        for element in elements:
            for name in dict.fromkeys(map(posixpath.basename, element.names)):
                self._by_name.setdefault(name, []).append(element)
            for digest in element.sha256:
                self._by_digest.setdefault(digest, []).append(element)
            if element.is_subject:
                self.subjects.append(element)

    def of(self, path: str, directory: str, tree: Tree) -> list[Element]:
        """Those that are the weights: by their path, else by their digest, else by their name."""
        name, place = posixpath.basename(path), posixpath.relpath(path, directory or ".")
        alike = self._by_name.get(name, [])
        by_path = [element for element in alike if any(_is_path(one, place) for one in element.names)]
        if by_path or not self._by_digest:
            return by_path or [element for element in alike if name in element.names]
        by_digest = self._by_digest.get(_digest(path, tree) or "", [])
        return by_digest or [element for element in alike if name in element.names]


def _evidence_of(bill: Description, elements: Elements, path: str, tree: Tree) -> Iterator[LicenseEvidence]:
    """What the elements that are the weights state, or else the model that the whole bill is about."""
    found = elements.of(path, bill.directory, tree)
    for element in (found or elements.subjects)[:STATEMENTS_LIMIT]:
        evidence = stated(
            EvidenceKind.MANIFEST,
            bill.entry,
            element.statement,
            line=line_near(bill.text, *element.near) if element.near else element.line,
            field=element.field,
            link=element.link,
        )
        yield replace(evidence, text_digest=element.text_digest)


def _is_path(named: str, place: str) -> bool:
    """True where both name one place, as seen from the bill's directory or from further up or down."""
    plain = named.removeprefix("./").lstrip("/")
    return plain == place or ("/" in plain and (place.endswith(f"/{plain}") or plain.endswith(f"/{place}")))


@once_per_tree
def _digest(path: str, tree: Tree) -> str | None:
    """The SHA-256 of the weights where it can be had for little: from a pointer, or from a file that is not large."""
    entry = tree.entry(path)
    if entry is None or entry.kind is not EntryKind.FILE:
        return None
    reader = tree.open(entry)
    for pointer in pointers_in(path, reader):
        return pointer.digest.lower() if pointer.algorithm == "sha256" else None
    if reader.size > _DIGEST_LIMIT:
        return None
    return hashlib.sha256(reader.read(0, reader.size)).hexdigest()
