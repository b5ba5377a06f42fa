"""Executables that carry weights behind their program: llamafiles, whose zip holds a GGUF, and others like them.

Source: llamafile's README ("How llamafile works": the weights are stored, not packed, in a zip at the file's end);
APPNOTE.TXT 4.3 for the zip's directory, whose offsets count from the executable's first byte or from the zip's;
DecompressGzip in src/neural/loader.cc of lc0, which reads a network from behind its own program.
"""

from __future__ import annotations

import dataclasses
import struct
from collections.abc import Callable, Iterator

from bot.scanner.formats import ggml, gguf, leela_chess, nnue, safetensors
from bot.scanner.formats._executable import end_of_program
from bot.scanner.readers import BoundedReader, BudgetExceededError, UnreadableError
from bot.scanner.structures.pages import DamagedError, Pages
from bot.scanner.structures.part import part_of
from bot.scanner.wording import decoded, shown
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "executable with weights inside (llamafile)"
SUFFIXES = (".llamafile",)
MARK = rb"\x7fELF|MZ|[\xcf\xce]\xfa\xed\xfe"
LEAST = 4096

HEADER_LIMIT = 16 * 1024 * 1024
"""Bytes that may be read of the weights themselves: their header, or the beginning of a packed network."""
MEMBER_LIMIT = 2_000
DIRECTORY_LIMIT = 1024 * 1024
_STRUCTURE_LIMIT = 1024 * 1024
_TAIL = 4096
"""Bytes at the end in which the zip's last record stands; those who append weights write no long comment."""
_GAP = 64 * 1024
"""Bytes of padding between a program and what was appended."""
_END, _LOCATOR, _END_64, _ENTRY = b"PK\x05\x06", b"PK\x06\x07", b"PK\x06\x06", b"PK\x01\x02"
_KINDS: tuple[Callable[[str, BoundedReader], Detection | None], ...] = (
    gguf.recognise,
    safetensors.recognise,
    ggml.recognise,
    leela_chess.recognise,
    nnue.recognise,
)


def recognise(path: str, blob: BoundedReader) -> Detection | None:
    """An executable with weights behind it; None for other executables."""
    try:
        for name, part in _appended(blob):
            found = _weights(name or path, part)
            if found is not None:
                return _described(found, name)
    except (UnreadableError, DamagedError):
        return None
    return None


def _weights(name: str, part: BoundedReader) -> Detection | None:
    for recognise_kind in _KINDS:
        try:
            found = recognise_kind(name, part)
        except UnreadableError:
            continue
        if found is not None and found.is_weight and found.confidence is Confidence.CERTAIN:
            return found
    return None


def _described(found: Detection, name: str) -> Detection:
    reasons = ("it is a program that runs itself, and its weights are inside",)
    loading = LoadingVerdict(LoadingSafety.EXECUTES_CODE, reasons)
    if found.loading.safety is LoadingSafety.DANGEROUS:
        loading = LoadingVerdict(LoadingSafety.DANGEROUS, (*found.loading.reasons, *reasons))
    metadata = {**found.metadata, "weights": found.title}
    if name:
        metadata["member"] = shown(name, 120)
    changed = dataclasses.replace(found, format="llamafile", title=TITLE, loading=loading)
    return dataclasses.replace(changed, metadata=metadata, companions=())


def _appended(blob: BoundedReader) -> Iterator[tuple[str, BoundedReader]]:
    """What may be weights: the stored members of a zip at the end, else the bytes behind the program."""
    has_zip = False
    for name, start, size in _members(blob):
        has_zip = True
        yield name, part_of(blob, start, size, HEADER_LIMIT)
    if has_zip:
        return
    try:
        end = end_of_program(Pages(blob, _STRUCTURE_LIMIT))
    except BudgetExceededError:
        return
    if not 0 < end < blob.size - 8:
        return
    gap = blob.read(end, min(_GAP, blob.size - end))
    padding = len(gap) - len(gap.lstrip(b"\0"))
    for start in dict.fromkeys((end, end + padding)):
        yield "", part_of(blob, start, blob.size - start, HEADER_LIMIT)


def _members(blob: BoundedReader) -> Iterator[tuple[str, int, int]]:
    """Name, first byte and length of the stored members of a zip at the end, the largest first."""
    tail_start = max(0, blob.size - _TAIL)
    tail = blob.read(tail_start, blob.size - tail_start)
    place = tail.rfind(_END)
    if place < 0 or len(tail) - place < 22:
        return
    length, offset = struct.unpack("<II", tail[place + 12 : place + 20])
    directory_end = tail_start + place
    if offset == 0xFFFF_FFFF or length == 0xFFFF_FFFF:
        wide = _wide_end(blob, tail, place, tail_start)
        if wide is None:
            return
        length, offset, directory_end = wide
    if length > DIRECTORY_LIMIT or length > directory_end:
        return
    directory = blob.read(directory_end - length, length)
    shift = directory_end - length - offset
    entries = sorted(_entries(directory), key=lambda entry: -entry[2])
    for name, local, size in entries[:20]:
        header = blob.read(local + shift, 30) if local + shift >= 0 else b""
        if header[:4] == b"PK\x03\x04" and len(header) == 30:
            skipped = sum(struct.unpack("<HH", header[26:30]))
            yield name, local + shift + 30 + skipped, size


def _wide_end(blob: BoundedReader, tail: bytes, place: int, tail_start: int) -> tuple[int, int, int] | None:
    """Length and offset of the directory and where it ends, from the records for large archives."""
    locator = tail.rfind(_LOCATOR, 0, place)
    record = tail.rfind(_END_64, 0, locator) if locator >= 0 else -1
    if record < 0 or len(tail) - record < 56:
        return None
    length, offset = struct.unpack("<QQ", tail[record + 40 : record + 56])
    return (length, offset, tail_start + record) if length < blob.size and offset < blob.size else None


def _entries(directory: bytes) -> Iterator[tuple[str, int, int]]:
    """Name, local header and length of the members that are stored as they are."""
    position = 0
    for _ in range(MEMBER_LIMIT):
        entry = directory[position : position + 46]
        if entry[:4] != _ENTRY or len(entry) < 46:
            return
        method = int.from_bytes(entry[10:12], "little")
        packed, size, name, extra, comment = struct.unpack("<IIHHH", entry[20:34])
        local = int.from_bytes(entry[42:46], "little")
        rest = directory[position + 46 : position + 46 + name + extra]
        if 0xFFFF_FFFF in {packed, size, local}:
            packed, size, local = _wide(rest[name:], packed, size, local)
        if method == 0 and packed == size:
            yield decoded(rest[:name], 120), local, size
        position += 46 + name + extra + comment


def _wide(extra: bytes, packed: int, size: int, local: int) -> tuple[int, int, int]:
    """The numbers of an entry of a large archive, from its extra field 1 (4.5.3); in this order where they are full."""
    position = 0
    while position + 4 <= len(extra):
        kind, length = struct.unpack("<HH", extra[position : position + 4])
        if kind == 1:
            field = extra[position + 4 : position + 4 + length]
            values = [int.from_bytes(field[place : place + 8], "little") for place in range(0, len(field) - 7, 8)]
            numbers = iter(values)
            size = next(numbers, size) if size == 0xFFFF_FFFF else size
            packed = next(numbers, packed) if packed == 0xFFFF_FFFF else packed
            local = next(numbers, local) if local == 0xFFFF_FFFF else local
        position += 4 + length
    return packed, size, local
