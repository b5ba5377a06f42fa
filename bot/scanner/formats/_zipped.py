"""Texts out of zips in which a format keeps its description."""

from __future__ import annotations

from bot.scanner.readers import UnreadableError
from bot.scanner.structures.zips import Archive


def member_text(archive: Archive, name: str, limit: int) -> str | None:
    """The first `limit` bytes of a member as text; None where it is not there or cannot be read."""
    info = archive.members.get(name)
    if info is None:
        return None
    try:
        reader = archive.reader(info)
        return reader.read(0, min(reader.size, limit)).decode("utf-8", "replace")
    except UnreadableError:
        return None
