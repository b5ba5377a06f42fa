"""`license` of a Guix package whose definition names the weights, by the names of `(guix licenses)`."""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bot.scanner.evidence._descriptions import (
    STATEMENTS_LIMIT,
    descriptions,
    line_of,
    names_file,
    stated,
    weighed,
)
from bot.scanner.evidence.sidecar import together
from bot.scanner.tree import Tree
from rules.facts import Detection, EvidenceKind, LicenseEvidence
from rules.licenses.recipe_names import recipe_names

_NAME = re.compile(r".+\.scm")
_WORK = "guix.scm"
"""The file that describes the package of the repository that it lies in, by custom."""

_TOKEN = re.compile(
    r'(?P<left_out>;[^\n]*|#\|(?:[^|]|\|(?!#))*(?:\|#|\Z)|\s+)|(?P<text>"(?:[^"\\]|\\.?)*(?:"|\Z))'
    r'|(?P<open>[(\[])|(?P<close>[)\]])|(?P<name>#\\.[^\s()\[\]";]*|[^\s()\[\]";]+)',
    re.DOTALL,
)
_PACKAGES = frozenset({"package", "package/inherit"})
_BY_ADDRESS = frozenset({"non-copyleft", "bsd-style", "x11-style", "fsf-free", "fsdg-compatible"})
"""Procedures that make a licence of an address, and say no more of its terms."""

_EXPRESSION_LIMIT = 1000
"""Characters of the licence of a package that are read; longer ones are computed."""


@dataclass(frozen=True)
class _Package:
    """One definition at the top of a file that holds a package with a licence."""

    text: str
    statement: str
    link: str | None
    line: int


def find(path: str, _detection: Detection, tree: Tree) -> Iterable[LicenseEvidence]:
    """The licences of the packages that name the weights, and of the package that guix.scm describes."""
    for described in descriptions(path, tree, _NAME):
        is_work = described.named == _WORK
        if not is_work and not names_file(described.text, path):
            continue
        told = ((package, names_file(package.text, path)) for package in _packages(described.text))
        meant = (pair for pair in told if pair[1] or is_work)
        for package, names_weights in itertools.islice(meant, STATEMENTS_LIMIT):
            evidence = stated(
                EvidenceKind.RECIPE,
                described.entry,
                package.statement,
                line=package.line,
                field="license",
                link=package.link,
            )
            yield weighed(evidence, described.directory, names_weights=names_weights)


@functools.lru_cache(maxsize=32)
def _packages(text: str) -> tuple[_Package, ...]:
    return tuple(_read(text))


def _read(text: str) -> Iterator[_Package]:
    """Each licence of a package, with the whole definition around it. What is not balanced is left out."""
    forms: list[tuple[str, int]] = []  # the head of each open form, and where it began
    licenses: list[tuple[int, int]] = []  # where the licences of the definition at the top stand
    head_next = False
    for token in _TOKEN.finditer(text):
        if token["left_out"]:
            continue
        if token["open"]:
            forms.append(("", token.start()))
            head_next = True
            continue
        if token["name"] and head_next and forms:
            forms[-1] = (token["name"], forms[-1][1])
        head_next = False
        if token["close"] and forms:
            head, start = forms.pop()
            if head == "license" and forms and forms[-1][0] in _PACKAGES and len(licenses) < STATEMENTS_LIMIT:
                licenses.append((start, token.end()))
            if not forms:
                yield from _of_definition(text, start, token.end(), licenses)
                licenses = []


def _of_definition(text: str, start: int, end: int, licenses: list[tuple[int, int]]) -> Iterator[_Package]:
    definition = text[start:end]
    for begin, close in licenses:
        statement, link = _statement(text[begin + 1 : min(close - 1, begin + _EXPRESSION_LIMIT)])
        if statement:
            yield _Package(definition, statement, link, line_of(text, begin))


def _statement(form: str) -> tuple[str, str | None]:
    """What `license EXPRESSION` says, and the address in it; a computed licence as it is written."""
    words = [token for token in _TOKEN.finditer(form) if not token["left_out"] and not token["open"]]
    names = [token["name"].rpartition(":")[2] for token in words if token["name"]][1:]
    link = next((token["text"].strip('"') for token in words if token["text"]), None)
    if names[:1] == ["list"]:
        names = names[1:]
    elif len(names) > 1 and "(" in form:
        return " ".join(form.removeprefix("license").split()), link
    if any(name in _BY_ADDRESS for name in names):
        link = link if link and "://" in link else None
    return together(recipe_names("guix").get(name, name) for name in names) if names else "", link
