"""`meta.license` of a derivation of Nix, by the names of nixpkgs (`lib/licenses.nix` there)."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable

from bot.scanner.evidence._descriptions import STATEMENTS_LIMIT, descriptions, line_of, names_file, stated, weighed
from bot.scanner.evidence.sidecar import together
from bot.scanner.tree import Tree
from rules.facts import Detection, EvidenceKind, LicenseEvidence

_NAME = re.compile(r".+\.nix")
_COMMENT = re.compile(r"(?:^|(?<=\s))#[^\n]*")
_LICENSE = re.compile(
    r"(?<![\w'-])license\s{0,20}=(?!=)\s{0,200}(?:with\s{1,20}[\w.]{1,100}\s{0,20};\s{0,200})?(?P<value>[^;]{1,500});"
)
_OWN = re.compile(r'\b(?:spdxId|fullName|shortName)\s{0,20}=\s{0,20}"(?P<text>[^"\n]{1,300})"')
"""The name of a licence that a derivation describes by itself, as a set of attributes."""
_COMPUTED = re.compile(r"\b(if|let|map|optional|optionals)\b|\+\+|[{}$]")
_WORD = re.compile(r'"(?P<text>[^"\n]{1,300})"|(?P<name>[A-Za-z_][\w\'-]*(?:\.[\w\'-]+)*)')

_OTHERS = {
    "asl20": "Apache-2.0",
    "boost": "BSL-1.0",
    "bsd0": "0BSD",
    "bsdOriginal": "BSD-4-Clause",
    "bsl11": "BUSL-1.1",
    "cddl": "CDDL-1.0",
    "fdl13Plus": "GFDL-1.3-or-later",
    "fdl13Only": "GFDL-1.3-only",
    "mspl": "MS-PL",
    "ofl": "OFL-1.1",
    "psfl": "Python-2.0",
    "publicDomain": "public domain",
    "upl": "UPL-1.0",
}
"""Names that are not an SPDX identifier without its dots and hyphens."""

_VERSION = re.compile(r"(?<=\d)(?=\d)")


def find(path: str, _detection: Detection, tree: Tree) -> Iterable[LicenseEvidence]:
    """Every `license` of the Nix files. The licences of a list hold together, as nixpkgs reads them."""
    for described in descriptions(path, tree, _NAME):
        text = described.text
        names_weights = names_file(text, path)
        plain = _COMMENT.sub(lambda comment: " " * len(comment[0]), text)
        for found in itertools.islice(_LICENSE.finditer(plain), STATEMENTS_LIMIT):
            if statement := _statement(found["value"], plain[found.start("value") : found.start("value") + 1000]):
                line = line_of(text, found.start())
                evidence = stated(EvidenceKind.RECIPE, described.entry, statement, line=line, field="meta.license")
                yield weighed(evidence, described.directory, names_weights=names_weights)


def _statement(value: str, following: str) -> str:
    """The licences by their identifiers; a computed value as it is written."""
    if value.startswith("{"):
        own = _OWN.search(following.partition("}")[0])
        return own["text"] if own is not None else " ".join(value.split())
    if _COMPUTED.search(value):
        return " ".join(value.split())
    found = [word["text"] or _identifier(word["name"]) for word in _WORD.finditer(value)]
    return together(found) if found else ""


def _identifier(name: str) -> str:
    last = name.rpartition(".")[2]
    if last in _OTHERS:
        return _OTHERS[last]
    return _VERSION.sub(".", last).replace("Plus", "+").replace("Only", "-only")
