"""Words for reports: foreign text made harmless in Markdown, sizes and counts for people."""

from __future__ import annotations

import re
import shlex
import unicodedata
from collections.abc import Sequence

CODE_LIMIT = 200
"""Characters of foreign text that a report shows; the rest is cut with an ellipsis."""

_BINARY_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")
_COUNT_UNITS = ("", " K", " M", " B", " T")


def code(text: str, limit: int = CODE_LIMIT) -> str:
    """Text from outside as one Markdown code span that stays on its line.

    Line breaks, control and direction-changing characters and undecodable bytes are shown as
    escapes, so that no part of the text can start a line, close the span or reorder its neighbours.
    Inside a code span forges expand no mention, link or command.
    """
    # Most text needs nothing of this, which is told a hundred times faster than sign by sign.
    if 0 < len(text) <= limit and text.isprintable() and "`" not in text and text[0] != " " != text[-1]:
        return f"`{text}`"
    head = text[: limit + 1]
    shown = head if head.isprintable() else "".join(_visible(character) for character in head)
    if len(shown) > limit:
        shown = shown[: limit - 1] + "…"
    if not shown.strip(" "):
        shown = "(empty)" if not shown else f"({len(shown)} spaces)"
    longest = max((len(run) for run in re.findall(r"`+", shown)), default=0) if "`" in shown else 0
    fence = "`" * (longest + 1)
    padding = " " if shown[0] in "` " or shown[-1] in "` " else ""
    return f"{fence}{padding}{shown}{padding}{fence}"


def size(count: int) -> str:
    """Bytes as people write them, in binary units with at most one decimal: `50 MiB`, `4.7 GiB`."""
    return _scaled(count, 1024, tuple(f" {unit}" for unit in _BINARY_UNITS))


def quantity(count: int) -> str:
    """A large number in short: `7.2 M`, `8 B` (10^9, as model names have it)."""
    return _scaled(count, 1000, _COUNT_UNITS)


def enumeration(items: Sequence[str], conjunction: str = "and") -> str:
    """Items as a phrase: `a`, `a and b`, `a, b and c`."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {conjunction} {items[-1]}"


def printable(text: str) -> str:
    """Foreign text on one line: control characters and bytes that are no UTF-8 are escaped (`\\n`, `\\udcff`)."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode() for character in text
    )


def shell_path(path: str) -> str | None:
    """A path quoted for a POSIX shell, None where it is one that nobody should paste.

    Line breaks and invisible characters could turn one command into two, or into another one; a leading
    hyphen reads as an option, a leading colon as git's pathspec magic (gitglossary, "pathspec").
    """
    if path.startswith(("-", ":")) or not path.isprintable():
        return None
    return shlex.quote(path)


def _visible(character: str) -> str:
    if character == " ":
        return character
    if "\udc80" <= character <= "\udcff":
        return f"\\x{ord(character) - 0xDC00:02x}"
    if unicodedata.category(character)[0] in "CZ":
        return character.encode("unicode_escape").decode("ascii")
    return character


def _scaled(count: int, step: int, units: Sequence[str]) -> str:
    value = float(count)
    index = 0
    while round(value, 1) >= step and index < len(units) - 1:
        value /= step
        index += 1
    digits = 0 if index == 0 or value >= 100 else 1
    return f"{value:.{digits}f}".removesuffix(".0") + units[index]
