"""Chat templates (Jinja) as models carry them: whether one reaches for more than laying out a conversation."""

from __future__ import annotations

import re
from collections.abc import Iterator

_CLOSING = {"{{": "}}", "{%": "%}"}
_OPENING = re.compile(r"\{[{%]")
_STRING = re.compile(r"'[^']*'|\"[^\"]*\"")
_HIDDEN = re.compile(r"__[A-Za-z]\w*__|\|\s*attr\b")
"""Python's own attributes, and the filter that reaches attributes by names put together of pieces."""
_HALF_HIDDEN = re.compile(r"__[A-Za-z]|[A-Za-z]__")
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U000([0-9a-fA-F]{5})|([0-3][0-7]{2}))")
"""Letters of a text in a template by their numbers, as Python writes them."""
_WORDS = re.compile(
    r"\bimport\b|\bos\.\w+|\bpopen\b|\bsubprocess\b|\beval\b|\bexec\b|\bmro\b|\blipsum\b|\bcycler\b|\bjoiner\b"
)
"""Names by which templates leave Jinja's sandbox; as words of a prompt they mean nothing."""


def suspicious(template: str) -> str | None:
    """The first thing in a template that no layout of a conversation needs, None where there is none."""
    if match := _HIDDEN.search(template) or _HIDDEN.search(_ESCAPE.sub(_unescaped, template)):
        return match.group()
    for block in _blocks(template):
        if match := _HALF_HIDDEN.search(block) or _WORDS.search(_STRING.sub("''", block)):
            return match.group()
    return None


def _unescaped(match: re.Match[str]) -> str:
    return chr(int(match[1] or match[2] or match[3], 16)) if match[4] is None else chr(int(match[4], 8))


def _blocks(template: str) -> Iterator[str]:
    """Expressions and statements, without the text between them."""
    position = 0
    while opening := _OPENING.search(template, position):
        end = template.find(_CLOSING[opening.group()], opening.end())
        if end < 0:
            yield template[opening.end() :]
            return
        yield template[opening.end() : end]
        position = end + 2
