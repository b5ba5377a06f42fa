"""git-annex: a key in the target of a symbolic link, or in a small file where the content is unlocked.

Source: git-annex, doc/internals/key_format.mdwn and doc/internals/pointer_file.mdwn.
"""

from __future__ import annotations

import re

from rules.facts import Pointer

MARK = rb"[^\n]{0,300}/annex/objects/"
LIMIT = 32 * 1024
"""Bytes (doc/internals/pointer_file.mdwn: longer files are none)."""

_KEY = re.compile(r"([A-Z0-9_]+)((?:-[a-zA-Z]\d+)*)--(.+)")
_SIZE = re.compile(r"-s(\d{1,19})(?!\d)")
_DIGEST_LENGTHS = {"SHA1": 40, "SHA224": 56, "SHA256": 64, "SHA384": 96, "SHA512": 128, "MD5": 32}
_WITHOUT_DIGEST = ("WORM", "URL")


def parse(_path: str, content: bytes) -> tuple[Pointer, ...]:
    """The pointer that a link's target or a pointer file is."""
    line, _, _ = content.decode("utf-8", "replace").partition("\n")
    _, found, place = line.rstrip("\r").partition("/annex/objects/")
    if not found or any(ord(character) < 32 for character in line.rstrip("\r")):
        return ()
    match = _KEY.fullmatch(place.rpartition("/")[2])
    if match is None:
        return (Pointer("git-annex", "", "", None, fault="its key is not one that git-annex writes"),)
    backend, fields, name = match.groups()
    size = _SIZE.search(fields)
    algorithm, digest, fault = _digest(backend, name)
    return (Pointer("git-annex", algorithm, digest, int(size[1]) if size else None, fault=fault),)


def _digest(backend: str, name: str) -> tuple[str, str, str | None]:
    """Algorithm and digest of a key; a backend that ends in E keeps the file's ending behind the digest."""
    if backend.startswith(_WITHOUT_DIGEST):
        return backend.lower(), name[:200], None
    kind = backend.removesuffix("E")
    length = _DIGEST_LENGTHS.get(kind)
    digest = name.partition(".")[0]
    if length is not None and not re.fullmatch(f"[0-9a-f]{{{length}}}", digest):
        return kind.lower(), "", f"its key's {kind} digest is damaged"
    return kind.lower(), digest[:200], None
