"""The tables of this folder, read once: licences and names that no dependency carries."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources

from rules.licenses.license import Category, LicenseText, View
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
    exact: tuple[str, ...]
    """Names of which every word counts."""
    also: tuple[str, ...]
    """Identifiers of ScanCode for the same licence."""
    urls: tuple[str, ...]
    source: str
    fsf_source: str | None
    """Who says so where the view is the table's; None where the row's source does. The same for the other view."""
    dfsg_source: str | None
    texts: tuple[LicenseText, ...]


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


@functools.cache
def compounds() -> Mapping[str, str]:
    """Expressions by the deprecated identifiers, in lower case, that stand for them."""
    return {identifier.lower(): str(expression) for identifier, expression in _table("compounds.yml").items()}


@functools.cache
def recipe_tables() -> Mapping[str, Mapping[str, str]]:
    """Expressions by the names that recipes give to licences, by the system of packages."""
    return {system: _expressions(entry.get("names"), system) for system, entry in _entries("recipe_names.yml")}


def _expressions(names: Value, system: str) -> Mapping[str, str]:
    if not isinstance(names, dict):
        raise TypeError(f"recipe_names.yml: {system} has no names")
    return {str(name): str(expression) for name, expression in names.items()}


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
        exact=_texts(entry, "exact"),
        also=_texts(entry, "also"),
        urls=_texts(entry, "urls"),
        source=str(entry["source"]),
        fsf_source=_text(entry, "fsf_source"),
        dfsg_source=_text(entry, "dfsg_source"),
        texts=tuple(_dated(item) for item in _list(entry, "texts")),
    )


def _dated(item: Value) -> LicenseText:
    if not isinstance(item, dict):
        raise TypeError("a dated text is a mapping of dated, note and words")
    return LicenseText(str(item["dated"]), str(item["note"]), _text(item, "words"))


def _table(name: str) -> Mapping[str, Value]:
    content = resources.files(__package__).joinpath(name).read_bytes()
    table, _ = load(content, limit=_TABLE_LIMIT)
    if not isinstance(table, dict):
        raise TypeError(f"{name} is no mapping of identifiers")
    return table


def _entries(name: str) -> Iterator[tuple[str, Mapping[str, Value]]]:
    for identifier, entry in _table(name).items():
        if not isinstance(entry, dict):
            raise TypeError(f"{name}: {identifier} is no mapping")
        yield identifier, entry


def _text(entry: Mapping[str, Value], key: str) -> str | None:
    value = entry.get(key)
    return None if value is None else str(value)


def _texts(entry: Mapping[str, Value], key: str) -> tuple[str, ...]:
    return tuple(str(item) for item in _list(entry, key))


def _list(entry: Mapping[str, Value], key: str) -> list[Value]:
    value = entry.get(key, [])
    return value if isinstance(value, list) else []


def _view(entry: Mapping[str, Value], key: str) -> View | None:
    value = entry.get(key)
    if isinstance(value, bool):  # YAML 1.1 reads a bare yes or no as a truth value
        return View.YES if value else View.NO
    return None if value is None else View(str(value))
