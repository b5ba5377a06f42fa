"""Text out of a file's metadata, made fit to be shown: short, on one line, without control characters."""

from __future__ import annotations

LIMIT = 200
"""Characters of one value. Metadata is a hint for people, not a place to keep a novel."""


def shown(value: object, limit: int = LIMIT) -> str:
    """A value from a stranger's file as one short line."""
    text = " ".join(str(value)[: 4 * limit].split())
    text = "".join(character for character in text if character.isprintable())
    return text if len(text) <= limit else text[: limit - 1] + "…"


def decoded(raw: bytes, limit: int = LIMIT) -> str:
    """Bytes that should be UTF-8 as one short line; others appear as replacement characters."""
    return shown(raw[: 8 * limit].decode("utf-8", "replace"), limit)


def tally(counts: dict[str, int], most: int = 6) -> str:
    """Names with their counts, the most frequent first: `F32 (12), F16 (3)`."""
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    words = [f"{shown(name, 40)} ({count:,})" for name, count in ordered[:most]]
    if len(ordered) > most:
        words.append(f"{len(ordered) - most} more")
    return shown(", ".join(words))
