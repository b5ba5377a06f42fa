"""SPDX documents of version 2, in JSON or as tags and values: files and packages of one file, with their licences."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping

from bot.scanner.evidence import _spdx_tags
from bot.scanner.evidence._bills import ELEMENTS_LIMIT, Element, Elements, found_in_bills, object_of
from bot.scanner.evidence._descriptions import Description
from bot.scanner.evidence._json import Value, objects, words
from bot.scanner.evidence._spdx import UNSTATED, Lines, Texts
from bot.scanner.evidence.sidecar import together
from bot.scanner.tree import Tree
from rules.facts import Detection, LicenseEvidence


def find(path: str, _detection: Detection, tree: Tree) -> Iterable[LicenseEvidence]:
    """The licence concluded for the weights, or else those declared for them, which hold together."""
    return found_in_bills(path, tree, lambda text: "SPDX-2." in text, _elements)


@functools.lru_cache(maxsize=8)
def _elements(bill: Description) -> Elements:
    if _spdx_tags.is_tagged(bill.text):
        return Elements(_tagged(bill.text))
    found = object_of(bill) or {}
    is_version_2 = words(found.get("spdxVersion")).startswith("SPDX-2.")
    return Elements(_read(found, bill.text) if is_version_2 else ())


def _tagged(text: str) -> Iterator[Element]:
    for file in _spdx_tags.read(text, limit=ELEMENTS_LIMIT):
        for licenses in (file.concluded, file.declared):
            stated = [one for one in licenses if one.text not in UNSTATED]
            if stated:
                statement = together(one.text for one in stated)
                yield Element((file.name,), file.sha256, statement, stated[0].tag, stated[0].line)
                break


def _read(found: Mapping[str, Value], text: str) -> Iterator[Element]:
    extracted = objects(found.get("hasExtractedLicensingInfos"))[:ELEMENTS_LIMIT]
    texts, lines = Texts(), Lines(text)
    own = {words(one.get("licenseId")): _own(one, texts) for one in extracted}
    for group, name_key, declared in (
        ("files", "fileName", "licenseInfoInFiles"),
        ("packages", "packageFileName", "licenseDeclared"),
    ):
        lines.start(group)
        for one in objects(found.get(group))[:ELEMENTS_LIMIT]:
            name = words(one.get(name_key))
            line = lines.following(name) if name else None
            for field in ("licenseConcluded", declared):
                value = one.get(field)
                stated = [words(item) for item in (value if isinstance(value, list) else [value])]
                stated = [own.get(item) or item for item in stated if item not in UNSTATED]
                if name and stated:
                    yield Element((name,), _sha256(one), together(stated), field, line)
                    break


def _own(extracted: Mapping[str, Value], texts: Texts) -> str:
    """What a `LicenseRef-` of the document stands for: the licence that its text is, or else its name."""
    name = words(extracted.get("name"))
    return texts.identified(words(extracted.get("extractedText"))) or ("" if name in UNSTATED else name)


def _sha256(file: Mapping[str, Value]) -> frozenset[str]:
    checksums = objects(file.get("checksums"))
    return frozenset(words(one.get("checksumValue")).lower() for one in checksums if one.get("algorithm") == "SHA256")
