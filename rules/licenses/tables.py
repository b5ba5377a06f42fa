"""The tables of this folder, read once: licences and names that no dependency carries."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources

from rules.licenses.license import Category, View
from rules.safe_yaml import Value, load

_TABLE_LIMIT = 512 * 1024
"""Bytes; the tables are ours and have some ten kilobytes."""


@dataclass(frozen=True)
class Row:
    """What our table says of one licence; None and empty where it leaves the word to the dependencies."""

    id: str
    name: str | None
    category: Category | None
    fsf: View | None
    osi: View | None
    dfsg: View | None
    url: str | None
    conditions: str | None
    hub: tuple[str, ...]
    """Identifiers of the Hugging Face hub."""
    names: tuple[str, ...]
    also: tuple[str, ...]
    """Identifiers of ScanCode for the same licence."""
    urls: tuple[str, ...]
    source: str


@dataclass(frozen=True)
class Family:
    """A name that stands for several licences."""

    id: str
    spellings: tuple[str, ...]
    members: str
    """What must be known to tell which licence is meant, as the end of a sentence."""


@functools.cache
def license_rows() -> tuple[Row, ...]:
    """Our rows, in the order of the table."""
    return tuple(_row(identifier, entry) for identifier, entry in _entries("licenses.yml"))


@functools.cache
def families() -> tuple[Family, ...]:
    """The families, in the order of the table."""
    return tuple(
        Family(identifier, _texts(entry, "spellings"), str(entry["members"]))
        for identifier, entry in _entries("families.yml")
    )


def _row(identifier: str, entry: Mapping[str, Value]) -> Row:
    category = _text(entry, "category")
    return Row(
        id=identifier,
        name=_text(entry, "name"),
        category=None if category is None else Category(category),
        fsf=_view(entry, "fsf"),
        osi=_view(entry, "osi"),
        dfsg=_view(entry, "dfsg"),
        url=_text(entry, "url"),
        conditions=_text(entry, "conditions"),
        hub=_texts(entry, "hub"),
        names=_texts(entry, "names"),
        also=_texts(entry, "also"),
        urls=_texts(entry, "urls"),
        source=str(entry["source"]),
    )


def _entries(name: str) -> Iterator[tuple[str, Mapping[str, Value]]]:
    content = resources.files(__package__).joinpath(name).read_bytes()
    table, _ = load(content, limit=_TABLE_LIMIT)
    if not isinstance(table, dict):
        raise TypeError(f"{name} is no mapping of identifiers")
    for identifier, entry in table.items():
        if not isinstance(entry, dict):
            raise TypeError(f"{name}: {identifier} is no mapping")
        yield identifier, entry


def _text(entry: Mapping[str, Value], key: str) -> str | None:
    value = entry.get(key)
    return None if value is None else str(value)


def _texts(entry: Mapping[str, Value], key: str) -> tuple[str, ...]:
    value = entry.get(key, [])
    return tuple(str(item) for item in value) if isinstance(value, list) else ()


def _view(entry: Mapping[str, Value], key: str) -> View | None:
    value = entry.get(key)
    if isinstance(value, bool):  # YAML 1.1 reads a bare yes or no as a truth value
        return View.YES if value else View.NO
    return None if value is None else View(str(value))
