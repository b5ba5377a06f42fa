"""Where the parts of an executable end that its own headers speak of: what lies behind was appended.

Source: the ELF specification (System V ABI, chapters 4 and 5), Microsoft's "PE Format", Apple's mach-o/loader.h.
"""

from __future__ import annotations

import struct

from bot.scanner.structures.pages import DamagedError, Pages

_PART_LIMIT = 1_000
"""Sections, segments or load commands; a linked program has some tens."""
_SEGMENT, _SEGMENT_64 = 1, 0x19
_CODE_SIGNATURE = 0x1D
_NO_BITS = 8


def end_of_program(pages: Pages) -> int:
    """The offset behind the last part. Raises DamagedError where the headers do not fit, BudgetExceededError."""
    magic = pages.read(0, 4)
    try:
        if magic == b"\x7fELF":
            return _elf(pages)
        if magic[:2] == b"MZ":
            return _pe(pages)
        if magic in {b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe"}:
            return _macho(pages, wide=magic[0] == 0xCF)
    except struct.error as error:
        raise DamagedError from error
    raise DamagedError


def _elf(pages: Pages) -> int:
    kind, order = pages.read(4, 2)
    wide, endian = kind == 2, "<" if order == 1 else ">"
    if kind not in {1, 2} or order not in {1, 2}:
        raise DamagedError
    layout = f"{endian}QQIHHHHH" if wide else f"{endian}IIIHHHHH"
    segments, sections, _, _, segment_size, segment_count, section_size, section_count = struct.unpack(
        layout, pages.read(32 if wide else 28, struct.calcsize(layout))
    )
    if segment_count > _PART_LIMIT or section_count > 16 * _PART_LIMIT:
        raise DamagedError
    end: int = max(segments + segment_size * segment_count, sections + section_size * section_count)
    for number in range(segment_count):
        raw = pages.read(segments + number * segment_size, 56 if wide else 32)
        offset, size = (raw[8:16], raw[32:40]) if wide else (raw[4:8], raw[16:20])
        end = max(end, _number(offset, endian) + _number(size, endian))
    for number in range(section_count):
        raw = pages.read(sections + number * section_size, 64 if wide else 40)
        if _number(raw[4:8], endian) == _NO_BITS:
            continue
        offset, size = (raw[24:32], raw[32:40]) if wide else (raw[16:20], raw[20:24])
        end = max(end, _number(offset, endian) + _number(size, endian))
    return end


def _number(raw: bytes, endian: str) -> int:
    return int.from_bytes(raw, "little" if endian == "<" else "big")


def _pe(pages: Pages) -> int:
    header = pages.number(60, 4)
    if pages.read(header, 4) != b"PE\0\0":
        raise DamagedError
    count, optional = pages.number(header + 6, 2), pages.number(header + 20, 2)
    if count > _PART_LIMIT:
        raise DamagedError
    table = header + 24 + optional
    end = table + 40 * count
    for number in range(count):
        size, offset = struct.unpack("<II", pages.read(table + 40 * number + 16, 8))
        end = max(end, offset + size if offset else 0)
    return end


def _macho(pages: Pages, *, wide: bool) -> int:
    count, length = struct.unpack("<II", pages.read(16, 8))
    if count > _PART_LIMIT:
        raise DamagedError
    position = 32 if wide else 28
    end: int = position + length
    for _ in range(count):
        command, size = struct.unpack("<II", pages.read(position, 8))
        if size < 8:
            raise DamagedError
        if command == _SEGMENT_64:
            offset, stored = struct.unpack("<QQ", pages.read(position + 40, 16))
            end = max(end, offset + stored)
        elif command == _SEGMENT:
            offset, stored = struct.unpack("<II", pages.read(position + 32, 8))
            end = max(end, offset + stored)
        elif command == _CODE_SIGNATURE:
            offset, stored = struct.unpack("<II", pages.read(position + 8, 8))
            end = max(end, offset + stored)
        position += size
    return end
