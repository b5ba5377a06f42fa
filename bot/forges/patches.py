"""What a forge's unified diff already tells about a file, so that its content need not be fetched."""

from __future__ import annotations

import re

_HUNK = re.compile(r"@@ -\d+(?:,\d+)? \+(\d+)(?:,(\d+))? @@")
_POINTER_MARKS = ("version https://git-lfs", "version https://hawser", "oid sha256:", "/annex/objects/")


def added_content(patch: str, additions: int) -> bytes | None:
    """The whole content of an added file from its patch; None where the patch does not show all of it.

    `additions` is the number of lines the forge counts. The patch of an added file is one hunk of added lines.
    """
    header, _, rest = patch.partition("\n")
    match = _HUNK.match(header)
    if match is None or match.group(1) != "1":
        return None
    lines = rest.split("\n")
    ends_bare = bool(lines) and lines[-1].startswith("\\ No newline")
    if ends_bare:
        lines.pop()
    if len(lines) != additions or not all(line.startswith("+") for line in lines):
        return None
    text = "\n".join(line[1:] for line in lines)
    return (text if ends_bare else text + "\n").encode("utf-8", "surrogatepass")


def may_be_pointer(patch: str) -> bool:
    """True where the shown lines look like those of a pointer to an object stored elsewhere."""
    return any(mark in patch for mark in _POINTER_MARKS)
