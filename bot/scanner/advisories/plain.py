"""A plain list of digests: a SHA-256 and the reason on each line, as `sha256sum` prints digests and names."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rules.surroundings import Advisory

_LINE = re.compile(r"\\?(?:sha256:)?([0-9A-Fa-f]{64})(?:[ \t]+\*?(.*))?")
"""`sha256sum` writes an asterisk before the name of a file read as binary, and a backslash before an escaped one."""
_REASON = 500
"""Characters of a reason that are kept."""


def entries(content: bytes, source: str) -> Iterator[tuple[frozenset[str], Advisory] | str]:
    """Digest and warning of each line; a sentence for each line that is neither this nor a comment."""
    for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), 1):
        written = line.strip("\ufeff \t\r")
        if not written or written.startswith("#"):
            continue
        match = _LINE.fullmatch(written)
        if match is None:
            yield f"line {number}: it does not begin with a SHA-256 in 64 hexadecimal digits"
            continue
        reason = (match[2] or "").strip()[:_REASON] or "no reason is given"
        yield frozenset({match[1].lower()}), Advisory(id=f"line {number}", summary=reason, source=source)
