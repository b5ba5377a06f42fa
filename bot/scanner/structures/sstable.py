"""Sorted tables of keys and values, as LevelDB writes them and TensorFlow after it.

Source: doc/table_format.md of LevelDB; tensorflow/core/lib/io/format.cc of TensorFlow.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.scanner.readers import BoundedReader, BudgetExceededError
from bot.scanner.structures.pages import DamagedError
from bot.scanner.structures.pieces import Pieces

MAGIC = (0xDB4775248B80FB57).to_bytes(8, "little")
FOOTER = 48
"""Bytes of a footer: two handles, padding, the magic number."""
ENTRY_LIMIT = 200_000
BLOCK_LIMIT = 20_000
_KEY_LIMIT = 4096
_BLOCK_SIZE_LIMIT = 4 * 1024 * 1024
"""Bytes of one block that is read; TensorFlow's have some 256 KiB."""
_TRAILER = 5
"""Bytes behind a block: how it is compressed, and a checksum."""


def ends_as_table(blob: BoundedReader) -> bool:
    """True where a table's footer stands at the end."""
    return blob.size > FOOTER and blob.read(blob.size - len(MAGIC), len(MAGIC)) == MAGIC


def entries(blob: BoundedReader, budget: int) -> Iterator[tuple[bytes, bytes]]:
    """Every key and value of a table, in order.

    What came before an error stands: DamagedError for what is no table or is compressed, BudgetExceededError at a cap.
    """
    pieces = Pieces(blob, budget)
    footer = blob.read(blob.size - FOOTER, FOOTER)
    _, offset = _handle(footer, 0)
    (index, size), _ = _handle(footer, offset)
    count = 0
    for number, (_, value) in enumerate(_block(pieces, index, size)):
        if number >= BLOCK_LIMIT:
            raise BudgetExceededError("it has more blocks than are read here")
        (start, length), _ = _handle(value, 0)
        for entry in _block(pieces, start, length):
            count += 1
            if count > ENTRY_LIMIT:
                raise BudgetExceededError("it has more entries than are read here")
            yield entry


def first_entries(raw: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The entries that the first bytes of a table hold, whose end is not known."""
    position, key = 0, b""
    while position < len(raw):
        try:
            key, value, position = _entry(raw, position, key)
        except DamagedError:
            return
        yield key, value


def _block(pieces: Pieces, start: int, size: int) -> Iterator[tuple[bytes, bytes]]:
    if size > _BLOCK_SIZE_LIMIT:
        raise BudgetExceededError("a block is larger than what is read here")
    raw = pieces.read(start, size + _TRAILER)
    if len(raw) < size + _TRAILER or raw[size] != 0 or size < 4:
        raise DamagedError
    # A list of places at which keys are written in full, and its length.
    end = size - 4 - 4 * int.from_bytes(raw[size - 4 : size], "little")
    if end < 0:
        raise DamagedError
    position, key = 0, b""
    while position < end:
        key, value, position = _entry(raw, position, key)
        if position > end:
            raise DamagedError
        yield key, value


def _entry(raw: bytes, position: int, before: bytes) -> tuple[bytes, bytes, int]:
    """Key, value and the place after them; a key shares its beginning with the one before."""
    shared, position = varint(raw, position)
    unshared, position = varint(raw, position)
    length, position = varint(raw, position)
    if shared > len(before) or unshared > _KEY_LIMIT or shared > _KEY_LIMIT:
        raise DamagedError
    end = position + unshared + length
    if end > len(raw):
        raise DamagedError
    return before[:shared] + raw[position : position + unshared], raw[position + unshared : end], end


def _handle(raw: bytes, position: int) -> tuple[tuple[int, int], int]:
    """Where a block is and how long, and the place after."""
    start, position = varint(raw, position)
    size, position = varint(raw, position)
    return (start, size), position


def varint(raw: bytes, position: int) -> tuple[int, int]:
    """A number, and the place after it. Raises DamagedError where the bytes end within it."""
    number = 0
    for shift in range(0, 64, 7):
        if position >= len(raw):
            break
        byte = raw[position]
        position += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, position
    raise DamagedError
