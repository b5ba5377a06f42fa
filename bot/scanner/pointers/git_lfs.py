"""Git LFS pointers (git-lfs, docs/spec.md)."""

from __future__ import annotations

import re

from rules.facts import Pointer

_VERSIONS = (
    "https://git-lfs.github.com/spec/v1",
    "https://hawser.github.com/spec/v1",  # before the project was renamed
    "http://git-media.io/v/2",
)
_OID = re.compile(r"sha256:([0-9a-f]{64})")
_LINE = re.compile(r"([a-z0-9.-]+) (.+)")


def parse(content: bytes) -> Pointer | None:
    """The pointer, None where the content is something else or a pointer that git-lfs itself would not take."""
    try:
        lines = content.decode("utf-8").rstrip("\n").split("\n")
    except UnicodeDecodeError:
        return None
    pairs = [match.groups() for line in lines if (match := _LINE.fullmatch(line))]
    if len(pairs) != len(lines) or pairs[0][0] != "version" or pairs[0][1] not in _VERSIONS:
        return None
    values = {str(key): str(value) for key, value in pairs}
    oid, size = _OID.fullmatch(values.get("oid", "")), values.get("size", "")
    if oid is None or not size.isascii() or not size.isdigit() or len(size) > 19:
        return None
    return Pointer("git-lfs", "sha256", oid.group(1), int(size))
