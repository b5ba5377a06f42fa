"""SPDX documents of version 3 (JSON-LD): files and models in a graph, tied to their licences by relationships."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence

from bot.scanner.evidence._bills import ELEMENTS_LIMIT, Element, Elements, found_in_bills, object_of
from bot.scanner.evidence._descriptions import Description
from bot.scanner.evidence._json import Value, objects, words
from bot.scanner.evidence._spdx import UNSTATED, Lines, Texts
from bot.scanner.evidence.sidecar import together
from bot.scanner.tree import Tree
from rules.facts import Detection, LicenseEvidence

_BY_WEIGHT = ("hasConcludedLicense", "hasDeclaredLicense")
"""Relationships that state a licence; the first counts where both are there."""
_KINDS = frozenset({"software_File", "software_Package", "ai_AIPackage"})
_LISTED = "https://spdx.org/licenses/"
"""Before the identifier of a licence of the SPDX list."""
_NOTHING = ("NoAssertionLicense", "NoneLicense", "/NoAssertion", "/None", "/NoAssertionLicense", "/NoneLicense")
"""Endings of the types and individuals that stand for NOASSERTION and NONE (profile ExpandedLicensing)."""


def find(path: str, _detection: Detection, tree: Tree) -> Iterable[LicenseEvidence]:
    """The licence concluded for the weights, or else those declared for them, which hold together."""
    return found_in_bills(path, tree, lambda text: '"@graph"' in text and "spdx.org" in text, _elements)


@functools.lru_cache(maxsize=8)
def _elements(bill: Description) -> Elements:
    graph = objects((object_of(bill) or {}).get("@graph"))[:ELEMENTS_LIMIT]
    return Elements(_read(graph, bill.text))


def _read(graph: Sequence[dict[str, Value]], text: str) -> Iterator[Element]:
    texts, lines = Texts(), Lines(text)
    meanings = {identifier: _meaning(one, texts) for one in graph if (identifier := _id(one))}
    stated: dict[tuple[str, str], list[str]] = {}
    for one in graph:
        relationship = words(one.get("relationshipType"))
        if relationship in _BY_WEIGHT:
            said = [_target(target, meanings) for target in _listed(one.get("to"))]
            stated.setdefault((words(one.get("from")), relationship), []).extend(filter(None, said))
    for one in graph:
        name = words(one.get("name"))
        if _type(one) not in _KINDS or not name:
            continue
        line = lines.following(name)
        for relationship in _BY_WEIGHT:
            if licenses := stated.get((_id(one), relationship)):
                yield Element((name,), _sha256(one), together(licenses), relationship, line)
                break


def _meaning(one: Mapping[str, Value], texts: Texts) -> str:
    """The licence that an element is; empty for one that is none, or says that there is none."""
    kind = _type(one)
    if kind.endswith(_NOTHING):
        return "NOASSERTION"
    if expression := words(one.get("simplelicensing_licenseExpression")):
        return expression
    if _id(one).startswith(_LISTED):
        return _id(one).removeprefix(_LISTED)
    if kind.startswith(("simplelicensing_", "expandedlicensing_")):
        return texts.identified(words(one.get("simplelicensing_licenseText"))) or words(one.get("name"))
    return ""


def _target(target: str, meanings: Mapping[str, str]) -> str:
    """The licence that a relationship leads to, empty where it states nothing."""
    if target.endswith(_NOTHING):
        return ""
    meaning = meanings.get(target) or target.removeprefix(_LISTED)
    return "" if meaning in UNSTATED else meaning


def _listed(value: Value) -> list[str]:
    items = value if isinstance(value, list) else [value]
    return [words(item) for item in items if words(item)]


def _id(one: Mapping[str, Value]) -> str:
    return words(one.get("spdxId")) or words(one.get("@id"))


def _type(one: Mapping[str, Value]) -> str:
    return words(one.get("type")) or words(one.get("@type"))


def _sha256(one: Mapping[str, Value]) -> frozenset[str]:
    hashes = objects(one.get("verifiedUsing"))
    return frozenset(words(each.get("hashValue")).lower() for each in hashes if each.get("algorithm") == "sha256")
