"""DVC: `.dvc` files and `dvc.lock`, which name files and folders that a remote storage keeps.

Source: DVC's documentation, ".dvc Files" and "dvc.yaml and dvc.lock files". The digest is MD5, also of a
folder, where it is of a listing and ends in `.dir`; paths are relative to `wdir`, which is relative to the file.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from rules.facts import Pointer
from rules.safe_yaml import Value, YamlError, load

MARK = b""
NAMES = r"\.dvc$|^dvc\.lock$"
LIMIT = 512 * 1024
"""Bytes. A lock file of a thousand outputs has some 200 KB."""

_OUTPUTS = 2_000
_DIGESTS = {"md5": r"[0-9a-f]{32}(\.dir)?", "etag": r".{1,100}", "checksum": r".{1,100}"}


def parse(path: str, content: bytes) -> tuple[Pointer, ...]:
    """The outputs that the file names."""
    try:
        document, _ = load(content, limit=LIMIT)
    except YamlError:
        return (_broken("it is not the YAML that DVC writes"),) if b"outs:" in content else ()
    if not isinstance(document, dict):
        return ()
    outputs = list(_outputs(document))[:_OUTPUTS]
    folder = posixpath.dirname(path)
    wdir = document.get("wdir", ".")
    start = posixpath.join(folder, wdir) if isinstance(wdir, str) else folder
    return tuple(_pointer(output, start) for output in outputs)


def _outputs(document: dict[str, Value]) -> Iterator[dict[str, Value]]:
    stages = document.get("stages")
    holders = [document, *(stages.values() if isinstance(stages, dict) else ())]
    for holder in holders:
        outs = holder.get("outs") if isinstance(holder, dict) else None
        yield from (out for out in outs if isinstance(out, dict)) if isinstance(outs, list) else ()


def _pointer(output: dict[str, Value], start: str) -> Pointer:
    name, size = output.get("path"), output.get("size")
    if not isinstance(name, str) or not name:
        return _broken("an output in it has no path")
    algorithm = next((kind for kind in _DIGESTS if kind in output), "md5")
    digest = output.get(algorithm)
    if isinstance(digest, int):  # YAML takes a digest without letters for a number
        digest = str(digest).zfill(32)
    is_digest = isinstance(digest, str) and re.fullmatch(_DIGESTS[algorithm], digest) is not None
    fault = None
    if not is_digest and output.get("cache", True):
        fault = f"the {algorithm} of {name[:80]} in it is missing or damaged"
    return Pointer(
        "dvc",
        algorithm,
        str(digest) if is_digest else "",
        size if isinstance(size, int) and 0 <= size < 2**63 else None,
        path=posixpath.normpath(posixpath.join(start, name)),
        fault=fault,
    )


def _broken(fault: str) -> Pointer:
    return Pointer("dvc", "md5", "", None, fault=fault)
