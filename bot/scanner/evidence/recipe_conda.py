"""`about: license:` of a conda recipe: meta.yaml of conda-build, recipe.yaml of rattler-build.

Read line by line: the first is a template of Jinja, which is YAML only after it was filled in.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence

from bot.scanner.evidence._descriptions import STATEMENTS_LIMIT, recipes
from bot.scanner.tree import Tree
from rules.facts import Detection, LicenseEvidence
from rules.licenses.recipe_names import in_spdx

_NAME = re.compile(r"(meta|recipe)\.ya?ml")
_KEY = re.compile(r"^(?P<indent>[ ]*)(?:- )?(?P<key>[A-Za-z_]+)[ ]*:(?:[ \t]+(?P<value>\S.*))?$")
_COMMENT = re.compile(r"(^|[ \t])#.*")
_FOLDED = frozenset({">", "|", ">-", "|-", ">+", "|+"})


def find(path: str, _detection: Detection, tree: Tree) -> Iterable[LicenseEvidence]:
    """The licence of every `about` section of a recipe."""
    return recipes(path, tree, _NAME, _licenses, "about.license")


@functools.lru_cache(maxsize=32)
def _licenses(text: str) -> Sequence[tuple[int, str]]:
    return tuple(itertools.islice(_read(text), STATEMENTS_LIMIT))


def _read(text: str) -> Iterator[tuple[int, str]]:
    """Each `license` directly in an `about` section, with its line."""
    section: int | None = None
    within: int | None = None
    lines = text.split("\n")
    for number, line in enumerate(lines, start=1):
        found = _KEY.match(line[:1000])
        if found is None:
            continue
        indent = len(found["indent"])
        if section is None or indent <= section:
            section, within = (indent, None) if found["key"] == "about" and not found["value"] else (None, None)
            continue
        within = indent if within is None else within
        if found["key"] == "license" and indent == within:
            value = found["value"] or ""
            if value in _FOLDED:
                value = next((later.strip() for later in lines[number : number + 2] if later.strip()), "")
            if statement := _COMMENT.sub("", value).strip().strip("\"'").strip():
                yield number, in_spdx(statement, "conda")
