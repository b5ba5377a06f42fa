"""`License:` of a spec file, the recipe of an RPM package. Each package that a spec builds may have its own."""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterable, Sequence

from bot.scanner.evidence._descriptions import STATEMENTS_LIMIT, line_of, recipes
from bot.scanner.tree import Tree
from rules.facts import Detection, LicenseEvidence
from rules.licenses.recipe_names import in_spdx

_NAME = re.compile(r".+\.spec")
_LICENSE = re.compile(r"^Licen[sc]e[ \t]*:[ \t]*(?P<license>[^\n]{1,300})", re.MULTILINE | re.IGNORECASE)
_IS_SPEC = re.compile(r"^(Name[ \t]*:|%description\b|%package\b)", re.MULTILINE | re.IGNORECASE)
"""PyInstaller and RSpec have files with the same ending."""


def find(path: str, _detection: Detection, tree: Tree) -> Iterable[LicenseEvidence]:
    """The licence of every package that the spec files describe."""
    return recipes(path, tree, _NAME, _licenses, "License")


@functools.lru_cache(maxsize=32)
def _licenses(text: str) -> Sequence[tuple[int, str]]:
    if _IS_SPEC.search(text) is None:
        return ()
    found = itertools.islice(_LICENSE.finditer(text), STATEMENTS_LIMIT)
    return [
        (line_of(text, one.start()), in_spdx(statement, "fedora"))
        for one in found
        if (statement := one["license"].strip())
    ]
