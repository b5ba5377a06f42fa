"""`license=()` of a PKGBUILD, the recipe of a package for Arch Linux (PKGBUILD(5))."""

from __future__ import annotations

import functools
import itertools
import re
import shlex
from collections.abc import Iterable, Sequence

from bot.scanner.evidence._descriptions import STATEMENTS_LIMIT, line_of, recipes
from bot.scanner.evidence.sidecar import together
from bot.scanner.tree import Tree
from rules.facts import Detection, LicenseEvidence

_NAME = re.compile(r"PKGBUILD")
_LICENSE = re.compile(r"^[ \t]*license=(?:\((?P<several>[^()]{0,1000})\)|(?P<one>[^\s()]{1,300}))", re.MULTILINE)
_CUSTOM = "custom:"
"""Before the name of a licence that the distribution does not ship."""


def find(path: str, _detection: Detection, tree: Tree) -> Iterable[LicenseEvidence]:
    """Each array of licences, those of split packages too. The licences of one array hold together."""
    return recipes(path, tree, _NAME, _licenses, "license")


@functools.lru_cache(maxsize=32)
def _licenses(text: str) -> Sequence[tuple[int, str]]:
    found = itertools.islice(_LICENSE.finditer(text), STATEMENTS_LIMIT)
    arrays = ((line_of(text, one.start()), _words(one["several"] or one["one"] or "")) for one in found)
    return [(line, together(word.removeprefix(_CUSTOM) or word for word in words)) for line, words in arrays if words]


def _words(array: str) -> list[str]:
    try:
        return shlex.split(array, comments=True)
    except ValueError:
        return array.split()
