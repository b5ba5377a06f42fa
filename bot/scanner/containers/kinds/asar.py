"""Archives of Electron applications: a header in JSON, and the files behind it.

Source: README.md of electron/asar, "Format": two numbers, each in an envelope of Chromium's Pickle.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator

from bot.scanner.containers.allowance import Allowance
from bot.scanner.containers.kinds import Member
from bot.scanner.containers.kinds._parts import ReadAhead, part
from bot.scanner.readers import BoundedReader, UnreadableError

TITLE = "Electron archive (asar)"
SINGLE = False
MARK = rb"\x04\0\0\0.{12}\{"

_HEADER_LIMIT = 16 * 1024 * 1024


def members(_path: str, blob: BoundedReader, allowance: Allowance) -> Iterator[Member]:
    """The files that are packed, folder by folder."""
    size, length = int.from_bytes(blob.head[4:8], "little"), int.from_bytes(blob.head[12:16], "little")
    if not 0 < length <= size <= blob.size:
        return
    if length > _HEADER_LIMIT:
        raise UnreadableError("its header is longer than what is read here")
    try:
        tree = json.loads(blob.read(16, length))
    except (ValueError, RecursionError):
        return
    source = ReadAhead(blob)
    folders = [("", tree)]
    while folders:
        prefix, folder = folders.pop()
        files = folder.get("files") if isinstance(folder, dict) else None
        for name, entry in files.items() if isinstance(files, dict) else ():
            if not isinstance(entry, dict):
                continue
            if "files" in entry:
                folders.append((f"{prefix}{name}/", entry))
            elif isinstance(entry.get("size"), int) and str(entry.get("offset", "")).isdecimal():
                start = 8 + size + int(str(entry["offset"])[:20])
                open_ = functools.partial(part, source, start, entry["size"], allowance)
                yield Member(f"{prefix}{name}", open_)
