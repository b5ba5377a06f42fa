"""`meta.license` of a derivation of Nix, by the names of nixpkgs (`lib/licenses.nix` there)."""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterable, Sequence

from bot.scanner.evidence._descriptions import STATEMENTS_LIMIT, line_of, recipes
from bot.scanner.evidence.sidecar import together
from bot.scanner.tree import Tree
from rules.facts import Detection, LicenseEvidence
from rules.licenses import normalise
from rules.licenses.recipe_names import recipe_names

_NAME = re.compile(r".+\.nix")
_COMMENT = re.compile(r"(?:^|(?<=\s))#[^\n]*")
_LICENSE = re.compile(
    r"(?<![\w'-])license\s{0,20}=(?!=)\s{0,200}(?:with\s{1,20}[\w.]{1,100}\s{0,20};\s{0,200})?(?P<value>[^;]{1,500});"
)
_OWN = re.compile(r'\b(?:spdxId|fullName|shortName)\s{0,20}=\s{0,20}"(?P<text>[^"\n]{1,300})"')
"""The name of a licence that a derivation describes by itself, as a set of attributes."""
_COMPUTED = re.compile(r"\b(if|let|map|optional|optionals)\b|\+\+|[{}$]")
_WORD = re.compile(r'"(?P<text>[^"\n]{1,300})"|(?P<name>[A-Za-z_][\w\'-]*(?:\.[\w\'-]+)*)')

_EXCEPTION = "exception-alone"
"""The family of names (families.yml) of exceptions."""
_VERSION = re.compile(r"(?<=\d)(?=\d)")


def find(path: str, _detection: Detection, tree: Tree) -> Iterable[LicenseEvidence]:
    """Every `license` of the Nix files. The licences of a list hold together, as nixpkgs reads them."""
    return recipes(path, tree, _NAME, _licenses, "meta.license")


@functools.lru_cache(maxsize=32)
def _licenses(text: str) -> Sequence[tuple[int, str]]:
    plain = _COMMENT.sub(lambda comment: " " * len(comment[0]), text)
    found = itertools.islice(_LICENSE.finditer(plain), STATEMENTS_LIMIT)
    values = ((one.start(), one["value"], plain[one.start("value") : one.start("value") + 1000]) for one in found)
    return [
        (line_of(text, start), statement)
        for start, value, following in values
        if (statement := _statement(value, following))
    ]


def _statement(value: str, following: str) -> str:
    """The licences by their identifiers; a computed value as it is written."""
    if value.startswith("{"):
        own = _OWN.search(following.partition("}")[0])
        return own["text"] if own is not None else " ".join(value.split())
    if _COMPUTED.search(value):
        return " ".join(value.split())
    found = [word["text"] or _identifier(word["name"]) for word in _WORD.finditer(value)]
    # An exception stands in the list beside its licence, and only adds permissions.
    licenses = [name for name in found if normalise(name).family != _EXCEPTION]
    return together(licenses or found) if found else ""


def _identifier(name: str) -> str:
    last = name.rpartition(".")[2]
    known = recipe_names("nix").get(last)
    if known is not None or normalise(last).family is not None:
        return known or last
    return _VERSION.sub(".", last).replace("Plus", "+").replace("Only", "-only")
