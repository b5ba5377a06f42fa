"""What `git diff` writes, read file by file ("git-diff", Generating patch text with -p).

The bytes come from a forge, but names and lines in them from whoever proposes the change. A line of content always
begins with a sign and stands in a hunk that says how many lines it has, so none of them can pass for a header.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_BEGIN = b"diff --git "
_HUNK = re.compile(rb"@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_ESCAPED = re.compile(rb"\\([0-7]{3}|.)", re.DOTALL)
_ESCAPES = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"a": b"\a", b"b": b"\b", b"f": b"\f", b"v": b"\v"}
_WORDS = {
    b"new file mode ": "new",
    b"deleted file mode ": "deleted",
    b"new mode ": "mode",
    b"rename from ": "from",
    b"rename to ": "renamed",
    b"copy from ": "from",
    b"copy to ": "copied",
    b"index ": "index",
    b"--- ": "old",
    b"+++ ": "now",
}


@dataclass(frozen=True)
class FileDiff:
    """One file of a diff."""

    path: str
    """As it is now, or for a deletion as it was; bytes that are not UTF-8 are kept by surrogateescape."""
    letter: str
    """Git's status: A added, M modified, D deleted, R renamed, C copied, T type changed."""
    mode: str = ""
    """Git's mode of the new file (`100644`), empty where the diff does not tell it."""
    previous_path: str | None = None
    same_content: bool = False
    """True where only the name or the mode is new."""
    is_text: bool = False
    """True where git shows lines of it."""
    added: bytes | None = None
    """All the lines it adds, where it is new: its content, or None where git does not show it."""
    patch: str = ""
    """Its hunks, each byte a letter (Latin-1)."""


def read_diff(data: bytes, *, whole: bool) -> list[FileDiff]:
    """The files of a diff; with `whole` False the last one, which may be cut short, is left out.

    A change of type (a file becomes a symlink), which git writes as a deletion and an addition, is one file here.
    """
    files: list[FileDiff] = []
    start = data.find(_BEGIN) if data.startswith(_BEGIN) else data.find(b"\n" + _BEGIN) + 1
    if start == 0 and not data.startswith(_BEGIN):
        return []
    position = start
    while position < len(data):
        found, position = _file(data, position)
        if found is None or (position >= len(data) and not whole):
            continue
        last = files[-1] if files else None
        if last is not None and last.letter == "D" and found.letter == "A" and last.path == found.path:
            files.pop()
            found = FileDiff(found.path, "T", found.mode, is_text=found.is_text, added=found.added, patch=found.patch)
        files.append(found)
    return files


def _file(data: bytes, position: int) -> tuple[FileDiff | None, int]:
    """The file whose header begins here, and where the next one begins."""
    line, position = _line(data, position)
    told: dict[str, bytes] = {"git": line.removeprefix(_BEGIN)}
    while position < len(data) and not data.startswith((b"@@ ", _BEGIN), position):
        line, position = _line(data, position)
        for word, name in _WORDS.items():
            if line.startswith(word):
                told[name] = line.removeprefix(word)
        if line.startswith(b"Binary files "):
            told["binary"] = line
    begin = position
    added, position = _hunks(data, position)
    end = position
    while position < len(data) and not data.startswith(_BEGIN, position):
        _, position = _line(data, position)
    # What is left over is no text that git shows: a binary patch, or hunks that are not what they say.
    patch = data[begin:end] if end == position else b""
    return _worded(told, patch, added if end == position else None), position


def _hunks(data: bytes, position: int) -> tuple[bytes | None, int]:
    """The lines that the hunks add, None where they also take lines away or are broken; and where they end."""
    begin, added, pure = position, bytearray(), True
    while (match := _HUNK.match(data, position)) is not None:
        old = int(match.group(1) or 1)
        new = int(match.group(3) or 1)
        pure = pure and old == 0 and match.group(2) == b"1"
        _, position = _line(data, position)
        while (old > 0 or new > 0) and position < len(data):
            sign = data[position : position + 1]
            if sign not in b"+- \\":
                return None, begin
            line, position = _line(data, position)
            old -= sign in b"- "
            new -= sign in b"+ "
            if sign == b"+":
                added += line[1:] + b"\n"
        if data.startswith(b"\\", position):
            line, position = _line(data, position)
            del added[-1:]
        if old > 0 or new > 0:
            return None, begin
    return (bytes(added) if pure else None), position


def _worded(told: dict[str, bytes], patch: bytes, added: bytes | None) -> FileDiff | None:
    path = _path(told)
    if path is None:
        return None
    letter = "A" if "new" in told else "D" if "deleted" in told else "R" if "renamed" in told else "M"
    letter = "C" if "copied" in told else letter
    mode = told.get("new") or told.get("mode") or told.get("index", b"").partition(b" ")[2]
    is_text = patch.startswith(b"@@ ")
    # Of a new file without lines git says that it is binary, or it is empty.
    is_shown = letter == "A" and "binary" not in told and "index" in told and added is not None
    return FileDiff(
        path=_decoded(path),
        letter=letter,
        mode=mode.decode("ascii", "replace").strip(),
        previous_path=_decoded(_unquoted(told["from"])) if "from" in told else None,
        # Git names the contents wherever they differ.
        same_content=letter in "RCM" and "index" not in told and not is_text,
        is_text=is_text or is_shown,
        added=added if is_shown else None,
        patch=patch.decode("latin-1") if is_text else "",
    )


def _path(told: dict[str, bytes]) -> bytes | None:
    for name in ("renamed", "copied"):
        if name in told:
            return _unquoted(told[name])
    for name in ("now", "old"):
        # Git ends a name that has a space in it with a tab, as diff does.
        named = _unquoted(told.get(name, b"").removesuffix(b"\t"))
        if named[:2] in (b"a/", b"b/"):
            return named[2:]
    # Without lines to show, both names stand in one line; they are the same then, and quoted both or neither.
    line = told["git"]
    half = line[: (len(line) - 1) // 2]
    return _unquoted(half)[2:] if half and len(line) % 2 else None


def _unquoted(name: bytes) -> bytes:
    """A name as it is, where git wrote it in quotes because of the signs in it."""
    if len(name) < 2 or not (name.startswith(b'"') and name.endswith(b'"')):
        return name
    return _ESCAPED.sub(_sign, name[1:-1])


def _sign(match: re.Match[bytes]) -> bytes:
    word = match.group(1)
    return bytes([int(word, 8) & 0xFF]) if len(word) == 3 else _ESCAPES.get(word, word)


def _decoded(path: bytes) -> str:
    return path.decode("utf-8", "surrogateescape")


def _line(data: bytes, position: int) -> tuple[bytes, int]:
    end = data.find(b"\n", position)
    return (data[position:], len(data)) if end < 0 else (data[position:end], end + 1)
