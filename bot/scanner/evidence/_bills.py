"""Bills of materials: which of their elements are the weights, by path, by digest or by name."""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from bot.scanner.evidence._descriptions import STATEMENTS_LIMIT, Description, descriptions, names_file, stated, weighed
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


def bills(path: str, tree: Tree) -> Iterator[Description]:
    """The bills of materials beside `path` and above it, of whatever format, the nearest first."""
    yield from descriptions(path, tree, _NAME, limit=JSON_LIMIT)


def object_of(bill: Description) -> dict[str, Value] | None:
    """The object that a bill in JSON holds; None for another format. Raises UnreadableJsonError."""
    return document(bill) if bill.text.lstrip("\ufeff \t\n\r").startswith("{") else None


def unreadable(bill: Description, path: str, error: UnreadableJsonError) -> Iterator[LicenseEvidence]:
    """That a bill which names the weights could not be read. Another one was about something else."""
    if names_file(bill.text, path):
        statement = f"{bill.named} could not be read: {error}"
        yield stated(EvidenceKind.MANIFEST, bill.entry, statement, line=None, field=None)


def evidence_of(bill: Description, elements: Iterable[Element], path: str, tree: Tree) -> Iterator[LicenseEvidence]:
    """What the elements that are the weights state: by their path, else by their digest, else by their name."""
    known = list(elements)
    found = _matching(known, bill, path, tree)
    named = bool(found)
    for element in (found or [element for element in known if element.is_subject])[:STATEMENTS_LIMIT]:
        evidence = stated(
            EvidenceKind.MANIFEST,
            bill.entry,
            element.statement,
            line=line_near(bill.text, *element.near) if element.near else element.line,
            field=element.field,
            link=element.link,
        )
        evidence = replace(evidence, text_digest=element.text_digest)
        yield weighed(evidence, bill.directory, names_weights=named or element.is_subject)


def _matching(elements: Sequence[Element], bill: Description, path: str, tree: Tree) -> list[Element]:
    place = posixpath.relpath(path, bill.directory or ".")
    by_path = [element for element in elements if any(_is_path(one, place) for one in element.names)]
    if by_path:
        return by_path
    if any(element.sha256 for element in elements) and (digest := _digest(path, tree)):
        by_digest = [element for element in elements if digest in element.sha256]
        if by_digest:
            return by_digest
    name = posixpath.basename(path)
    return [element for element in elements if name in element.names]


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
