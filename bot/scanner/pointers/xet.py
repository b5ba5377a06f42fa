"""Pointers of git-xet: TOML behind a first line that names the version, with the size and a Merkle hash.

Source: xet-core, `pointer_file.rs`. (The hub's newer Xet storage shows Git LFS pointers in git.)
"""

from __future__ import annotations

import re
import tomllib

from rules.facts import Pointer

MARK = rb"# xet version \d"
LIMIT = 4096
"""Bytes. Real ones have some 120."""


def parse(_path: str, content: bytes) -> tuple[Pointer, ...]:
    """The pointer."""
    try:
        values = tomllib.loads(content.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError):
        return (_broken("it is not the TOML that git-xet writes"),)
    digest, size = values.get("hash"), values.get("filesize")
    if not isinstance(digest, str) or not re.fullmatch("[0-9a-f]{64}", digest):
        return (_broken("its `hash` is missing or damaged"),)
    if not isinstance(size, int) or not 0 <= size < 2**63:
        return (_broken("its `filesize` is missing or damaged"),)
    return (Pointer("xet", "xet", digest, size),)


def _broken(fault: str) -> Pointer:
    return Pointer("xet", "xet", "", None, fault=fault)
