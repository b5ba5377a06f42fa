"""What licences ask of whoever passes weights on, and the phrases that show that it was done."""

from __future__ import annotations

import functools
import itertools
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

from license_expression import LicenseExpression, LicenseSymbol, LicenseWithExceptionSymbol, Licensing

from rules.licenses.normalise import parse_expression
from rules.safe_yaml import Value, load

_TABLE_LIMIT = 256 * 1024
"""Bytes; the table is ours and has some ten kilobytes."""

CHOICES_LIMIT = 64
"""Combinations of licences that are told apart in one expression; real ones have two or three."""

_GRAMMAR = Licensing()
_SIGNS = str.maketrans({"©": "(c)", "’": "'", "‘": "'", **dict.fromkeys('"“”„«»*_`>#\\', " ")})
"""Signs that printers and Markdown vary: quotation marks, emphasis, quoted lines."""


@dataclass(frozen=True)
class Duties:
    """What one licence asks for."""

    license: str
    """Its identifier in the catalogue."""
    text: bool
    """A copy of the licence goes along."""
    notice: str | None
    """The sentence that the file called Notice holds, as the licence prints it."""
    displays: tuple[str, ...]
    """Phrases of which readers must see one."""
    display_for_derived: bool
    """True where only models made from the licensed one owe the display."""
    prefix: str | None
    """What the names of derived models begin with."""
    restrictions: str | None
    """The clauses with uses that must be forbidden to others as well."""
    changes: bool
    """Changed files say that they were changed."""
    attribution: bool
    """The authors are named, with the licence or its address."""
    source: str


def duties_of(identifier: str) -> Duties | None:
    """What a licence asks for, None where that was not looked up. It is the catalogue's spelling that counts."""
    return _table().get(identifier.lower())


@functools.cache
def phrases() -> tuple[str, ...]:
    """Every phrase that shows a duty to be done, in the order of the table: sentences of notices, and displays."""
    words = (phrase for duties in _table().values() for phrase in (duties.notice, *duties.displays) if phrase)
    return tuple(dict.fromkeys(words))


def phrases_in(text: str) -> tuple[str, ...]:
    """Those of `phrases` that a text holds; case, line breaks, quotation marks and Markdown's signs do not count."""
    folded = _folded(text)
    return tuple(phrase for phrase, pattern in _patterns() if pattern in folded)


@functools.cache
def licenses_by_notice() -> Mapping[str, str]:
    """The licence whose notice it is, by each sentence of `phrases` that is one."""
    return {duties.notice: duties.license for duties in _table().values() if duties.notice}


@functools.lru_cache(maxsize=1024)
def choices(expression: str) -> tuple[tuple[str, ...], ...]:
    """The sets of licences of which one has to be kept: `A AND (B OR C)` is (A, B) or (A, C), without exceptions."""
    parsed = parse_expression(expression)
    return () if parsed is None else tuple(dict.fromkeys(_sides(parsed)))


def _sides(node: LicenseExpression) -> list[tuple[str, ...]]:
    if isinstance(node, LicenseWithExceptionSymbol):
        node = node.license_symbol
    if isinstance(node, LicenseSymbol):
        return [(node.key,)]
    parts = [_sides(part) for part in node.args]
    if isinstance(node, _GRAMMAR.OR):
        return [side for part in parts for side in part][:CHOICES_LIMIT]
    product = itertools.islice(itertools.product(*parts), CHOICES_LIMIT)
    return [tuple(dict.fromkeys(itertools.chain.from_iterable(sides))) for sides in product]


@functools.cache
def _patterns() -> tuple[tuple[str, str], ...]:
    return tuple((phrase, _folded(phrase).rstrip(" .")) for phrase in phrases())


def _folded(text: str) -> str:
    words = unicodedata.normalize("NFKC", text.translate(_SIGNS)).casefold()
    return re.sub(r"\s+", " ", words).strip()


@functools.cache
def _table() -> Mapping[str, Duties]:
    table, _ = load(resources.files(__package__).joinpath("duties.yml").read_bytes(), limit=_TABLE_LIMIT)
    if not isinstance(table, list):
        raise TypeError("duties.yml is no list of rows")
    return {str(identifier).lower(): _duties(str(identifier), row) for row in table for identifier in _licenses(row)}


def _licenses(row: Value) -> list[Value]:
    named = row.get("licenses") if isinstance(row, dict) else None
    if not isinstance(named, list):
        raise TypeError("duties.yml: a row names no licences")
    return named


def _duties(identifier: str, row: Value) -> Duties:
    if not isinstance(row, dict):
        raise TypeError(f"duties.yml: {identifier} is no mapping")
    display = row.get("display")
    return Duties(
        license=identifier,
        text=bool(row.get("text")),
        notice=_words(row, "notice"),
        displays=tuple(str(phrase) for phrase in display) if isinstance(display, list) else (),
        display_for_derived=row.get("display-for") == "derived",
        prefix=_words(row, "prefix"),
        restrictions=_words(row, "restrictions"),
        changes=bool(row.get("changes")),
        attribution=bool(row.get("attribution")),
        source=str(row["source"]),
    )


def _words(row: Mapping[str, Value], key: str) -> str | None:
    value = row.get(key)
    return None if value is None else str(value)
