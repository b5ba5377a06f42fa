"""CycloneDX bills of materials in JSON: components that are the weights, and their licences (specification 1.6)."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterable, Iterator

from bot.scanner.evidence._bills import ELEMENTS_LIMIT, Element, Elements, found_in_bills, object_of
from bot.scanner.evidence._descriptions import Description
from bot.scanner.evidence._json import Value, objects, words
from bot.scanner.evidence.sidecar import together
from bot.scanner.tree import Tree
from rules.facts import Detection, LicenseEvidence
from rules.licenses.texts import TEXT_LIMIT, identify_text

_MODEL = "machine-learning-model"


def find(path: str, _detection: Detection, tree: Tree) -> Iterable[LicenseEvidence]:
    """The licences of the components that are the weights, or of the model that the whole bill describes."""
    return found_in_bills(path, tree, lambda text: "CycloneDX" in text, _elements)


@functools.lru_cache(maxsize=8)
def _elements(bill: Description) -> Elements:
    found = object_of(bill) or {}
    metadata = found.get("metadata")
    subjects = objects(metadata.get("component")) if isinstance(metadata, dict) else []
    return Elements(
        element
        for component, is_subject in _components(subjects, objects(found.get("components")))
        if (element := _element(component, is_subject)) is not None
    )


def _components(
    subjects: list[dict[str, Value]], components: list[dict[str, Value]]
) -> Iterator[tuple[dict[str, Value], bool]]:
    waiting = [*((one, True) for one in subjects), *((one, False) for one in components)]
    for number, (component, is_subject) in enumerate(waiting):
        if number >= ELEMENTS_LIMIT:
            return
        yield component, is_subject
        waiting.extend((one, False) for one in objects(component.get("components")))


def _element(component: dict[str, Value], is_subject: bool) -> Element | None:
    choices = objects(component.get("licenses"))
    expression = next((words(choice.get("expression")) for choice in choices if choice.get("expression")), "")
    licenses = [one for choice in choices for one in objects(choice.get("license"))]
    said = [one for one in map(_said, licenses) if one[0]]
    statement = expression or (together(one[0] for one in said) if said else "")
    if not statement:
        return None
    name = words(component.get("name"))
    hashes = objects(component.get("hashes"))
    link = next((words(one.get("url")) for one in licenses if words(one.get("url"))), None)
    return Element(
        names=tuple(filter(None, (name, words(component.get("bom-ref"))))),
        sha256=frozenset(words(one.get("content")).lower() for one in hashes if one.get("alg") == "SHA-256"),
        statement=statement,
        field="licenses",
        line=None,
        near=(name, statement, *(one[0] for one in said)),
        link=None if expression else link,
        text_digest=said[0][1] if not expression and len(said) == 1 else None,
        is_subject=is_subject and component.get("type") == _MODEL,
    )


def _said(license_: dict[str, Value]) -> tuple[str, str | None]:
    """The licence by identifier, attached text, name or address, with the digest of a text that was read."""
    if identifier := words(license_.get("id")):
        return identifier, None
    attached = license_.get("text")
    if isinstance(attached, dict) and not attached.get("encoding"):
        content = words(attached.get("content"))
        identified = identify_text(content) if 0 < len(content) <= TEXT_LIMIT else None
        if identified:
            return identified, hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()
    return words(license_.get("name")) or words(license_.get("url")), None
