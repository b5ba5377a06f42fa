"""Git LFS pointers (git-lfs, docs/spec.md)."""

from __future__ import annotations

import re

from rules.facts import Pointer

MARK = rb"version http"
LIMIT = 1024
"""Bytes (git-lfs, docs/spec.md: "less than 1024 bytes")."""

_VERSIONS = (
    "https://git-lfs.github.com/spec/v1",
    "https://hawser.github.com/spec/v1",  # before the project was renamed
    "http://git-media.io/v/2",
)
_OID = re.compile(r"sha256:([0-9a-f]{64})")
_LINE = re.compile(r"([a-z0-9.-]+) (.+)")


def parse(_path: str, content: bytes) -> tuple[Pointer, ...]:
    """The pointer; one that git-lfs itself would not take has a fault."""
    lines = content.decode("utf-8", "replace").rstrip("\n").split("\n")
    if lines[0].rstrip("\r") not in {f"version {version}" for version in _VERSIONS}:
        return ()
    values = {match[1]: match[2] for line in lines if (match := _LINE.fullmatch(line.rstrip("\r")))}
    oid, size = _OID.fullmatch(values.get("oid", "")), values.get("size", "")
    counts = size.isascii() and size.isdigit() and len(size) <= 19
    return (
        Pointer(
            "git-lfs",
            "sha256",
            oid[1] if oid else "",
            int(size) if counts else None,
            fault=_fault(lines, oid is not None, counts),
        ),
    )


def _fault(lines: list[str], has_oid: bool, has_size: bool) -> str | None:
    if any(line.startswith(("<<<<<<<", "=======", ">>>>>>>")) for line in lines):
        return "it holds the marks of a merge conflict"
    if not has_oid:
        return "its line `oid sha256:` with 64 hexadecimal digits is missing or damaged"
    if not has_size:
        return "its line `size` with a number of bytes is missing or damaged"
    if any(line.endswith("\r") for line in lines):
        return "its lines end with carriage returns, which Git LFS does not take"
    if any(_LINE.fullmatch(line) is None for line in lines):
        return "it has lines that are no key and value"
    return None
