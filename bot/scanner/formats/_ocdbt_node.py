"""A leaf of OCDBT's tree: keys, and the short values among theirs.

Source: "ocdbt Key-Value Store driver" in the documentation of TensorStore ("B+tree node format").
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.scanner.readers import BytesReader
from bot.scanner.structures.inflating import Inflated, zstandard
from bot.scanner.structures.pages import DamagedError
from bot.scanner.structures.sstable import varint

HEADER, CHECKSUM = 14, 4
"""Bytes before a node's body (magic number, length, version, compression) and behind it."""
INFLATED_LIMIT = 8 * 1024 * 1024
"""Bytes of an unpacked body; that of a model of a thousand arrays has less than one million."""
ENTRY_LIMIT = 100_000
_FILE_LIMIT = 100_000
_KEY_LIMIT = 4096


def entries(node: bytes) -> Iterator[tuple[bytes, bytes | None]]:
    """The keys of a leaf in order, relative to the node, with their values; None for those kept elsewhere.

    Raises DamagedError for inner nodes, for what is no node, and for bodies larger than what is read here.
    """
    body = _Body(_inflated(node))
    if body.byte() != 0:
        raise DamagedError
    _pass_files(body)
    count = body.number()
    if not 0 < count <= ENTRY_LIMIT:
        raise DamagedError
    shared = [0, *body.numbers(count - 1)]
    added = body.numbers(count)
    names = []
    name = b""
    for common, length in zip(shared, added, strict=True):
        if common > len(name) or common + length > _KEY_LIMIT:
            raise DamagedError
        name = name[:common] + body.take(length)
        names.append(name)
    lengths, kinds = body.numbers(count), body.numbers(count)
    elsewhere = sum(kind == 1 for kind in kinds)
    body.numbers(2 * elsewhere)  # which file, and where in it
    for name, length, kind in zip(names, lengths, kinds, strict=True):
        yield name, body.take(length) if kind == 0 else None


def _inflated(node: bytes) -> bytes:
    body = node[HEADER:-CHECKSUM]
    if node[HEADER - 1] == 0:
        return body
    inflated = Inflated(BytesReader(body), zstandard, lambda _: None)
    raw = inflated.read(0, INFLATED_LIMIT)
    if not inflated.ended or inflated.fault:
        raise DamagedError
    return raw


def _pass_files(body: _Body) -> None:
    """The table of files: lengths of what the paths share, of what they add, and of their bases, then what they add."""
    count = body.number()
    if count > _FILE_LIMIT:
        raise DamagedError
    body.numbers(max(0, count - 1))
    added = body.numbers(count)
    body.numbers(count)
    body.take(sum(added))


class _Body:
    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._position = 0

    def byte(self) -> int:
        return self.take(1)[0]

    def number(self) -> int:
        number, self._position = varint(self._raw, self._position)
        return number

    def numbers(self, count: int) -> list[int]:
        return [self.number() for _ in range(count)]

    def take(self, length: int) -> bytes:
        piece = self._raw[self._position : self._position + length]
        if len(piece) < length:
            raise DamagedError
        self._position += length
        return piece
