"""7-Zip archives: LZMA, LZMA2, bzip2 and files as they are; what is packed otherwise or encrypted is not looked at.

Models were published in them so that scanners would pass them by ("nullifAI", ReversingLabs 2025).

py7zr reads the directory and unpacks, but not as it does by itself: 2.5 KB of a directory can name millions of files,
and it writes out 122 MiB at once, for some methods gigabytes. So the directory is measured before it is read, and the
streams are asked for a little at a time, of those methods alone that give no more than they are asked for.

Source: DOC/7zFormat.txt of the LZMA SDK.
"""

from __future__ import annotations

import functools
import io
import lzma
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any, cast

from py7zr import SevenZipFile
from py7zr.archiveinfo import Folder, HeaderStreamsInfo
from py7zr.exceptions import ArchiveError, PasswordRequired

from bot.scanner.containers.allowance import BYTES, RATIO, Allowance
from bot.scanner.containers.kinds import Member
from bot.scanner.containers.kinds._parts import part
from bot.scanner.readers import FAULTS, BlobReader, BoundedReader, BudgetExceededError, UnreadableError
from bot.scanner.structures.inflating import Inflated
from bot.scanner.structures.part import Part
from bot.scanner.structures.reader_file import ReaderFile

TITLE = "7-Zip archive"
SINGLE = False
MARK = rb"7z\xbc\xaf\x27\x1c"

_START = 32
"""Bytes of the signature header; places count from behind it."""
_DIRECTORY = 256 * 1024
"""Bytes of a directory that is read: some 3,000 names. One that says little else than their number costs 90 MB."""
_DIRECTORY_COST = 64
"""What a byte of it takes from the allowance: it costs as much time as that many inflated ones."""
_PACKED_DIRECTORY = b"\x17"
_COPY, _LZMA2, _LZMA, _BZIP2, _AES = b"\0", b"\x21", b"\3\1\1", b"\4\2\2", b"\6\xf1\7\1"
_COSTS = {_COPY: 1, _LZMA2: 2, _LZMA: 2, _BZIP2: 6}
"""The methods that unpack no more at once than is asked for, and what a byte takes from the allowance."""
_FILTERS = frozenset({b"\3", *(b"\3\3" + kind for kind in (b"\1\3", b"\2\5", b"\4\1", b"\5\1", b"\7\1", b"\x08\5"))})
"""Differences, and the addresses in programs of six processors: liblzma undoes them together with LZMA2."""
_FAULTS = (*FAULTS, ArchiveError, AssertionError, EOFError, OSError, lzma.LZMAError)
_BOMB = f"it grows more than {RATIO:,}-fold, as an archive bomb does"


def members(_path: str, blob: BoundedReader, allowance: Allowance) -> Iterator[Member]:
    """The files, in the archive's order: one that lies behind others in a stream can only be had after them."""
    with _edge():
        files = list(_files(blob, allowance))
    stream: _Stream | None = None
    for file in files:
        if stream is None or stream.folder is not file.folder:
            stream = _Stream(file.folder, Part(blob, file.start, file.packed), allowance)
        yield Member(file.name, functools.partial(stream.member, file))


@dataclass(frozen=True)
class _File:
    name: str
    folder: Folder
    """What 7-Zip calls a folder is a stream of packed bytes with one or more files in a row."""
    start: int
    packed: int
    offset: int
    """Where it begins in what the stream unpacks to."""
    size: int


@contextmanager
def _edge() -> Iterator[None]:
    """Where the errors of py7zr become ours. It raises many kinds on bytes that its author did not foresee."""
    try:
        yield
    except PasswordRequired as error:
        raise UnreadableError("it is encrypted") from error
    except _FAULTS as error:
        raise UnreadableError("it is damaged, cut off, or of a kind that is not read here") from error


def _files(blob: BoundedReader, allowance: Allowance) -> Iterator[_File]:
    """The files that are not empty."""
    _measure(blob, allowance)
    archive = SevenZipFile(cast(IO[bytes], ReaderFile(blob)))
    streams = archive.header.main_streams
    if streams is None:
        return
    positions = _START + streams.packinfo.packpos, streams.packinfo.packpositions
    places: dict[int, tuple[int, int]] = {}
    first = 0
    for folder in streams.unpackinfo.folders:
        begin, end = positions[1][first], positions[1][first + len(folder.packed_indices)]
        places[id(folder)] = positions[0] + begin, end - begin
        first += len(folder.packed_indices)
    offset, last = 0, None
    for file in archive.files:
        if file.emptystream or file.folder is None:
            continue
        offset, last = (offset if last is file.folder else 0), file.folder
        if file.uncompressed < 0:
            raise ValueError("a size below zero")
        yield _File(str(file.filename), file.folder, *places[id(file.folder)], offset, file.uncompressed)
        offset += file.uncompressed


def _measure(blob: BoundedReader, allowance: Allowance) -> None:
    """Refuse a directory that is too long, before anything of it is kept. Raises UnreadableError."""
    offset, length = struct.unpack("<QQ", blob.read(12, 16))
    raw = blob.read(_START + offset, length) if length <= _DIRECTORY else b""
    if raw.startswith(_PACKED_DIRECTORY):
        folders: list[Folder] = HeaderStreamsInfo.retrieve(io.BytesIO(raw[1:])).unpackinfo.folders
        for folder in folders:
            _check_method(folder)
        length = sum(max(folder.unpacksizes) for folder in folders)
    if length > _DIRECTORY:
        raise UnreadableError("its directory is longer than what is read here")
    allowance.inflate(length * _DIRECTORY_COST)


def _check_method(folder: Folder) -> bytes:
    """How a stream is packed. Raises UnreadableError for what is not unpacked here."""
    methods = [coder["method"] for coder in folder.coders]
    if _AES in methods:
        raise UnreadableError("it is encrypted")
    if _LZMA2 in methods:
        methods = [method for method in methods if method not in _FILTERS]
    if len(methods) != 1 or methods[0] not in _COSTS:
        raise UnreadableError("it is packed in a way that is not unpacked here")
    return bytes(methods[0])


class _Stream:
    """The files of one stream, unpacked as far as somebody asks for them."""

    def __init__(self, folder: Folder, packed: Part, allowance: Allowance) -> None:
        self.folder = folder
        self._packed = packed
        self._allowance = allowance
        self._unpacked: _Unpacked | None = None

    def member(self, file: _File) -> BlobReader:
        """A reader of one file. Raises UnreadableError."""
        with _edge():
            method = _check_method(self.folder)
            if method == _COPY:
                return part(self._packed, file.offset, file.size, self._allowance)
            if self._unpacked is None:
                size = self.folder.get_unpack_size()
                if size > BYTES and size > RATIO * self._packed.size:
                    raise UnreadableError(_BOMB)
                decompressor = _Decompressor(self.folder, self._packed.size)
                self._unpacked = _Unpacked(self._packed, decompressor, size, self._allowance, _COSTS[method])
        return Part(self._unpacked, file.offset, file.size)


class _Unpacked(Inflated):
    """What a stream unpacks to."""

    def __init__(self, packed: Part, decompressor: _Decompressor, size: int, allowance: Allowance, cost: int) -> None:
        super().__init__(packed, lambda: decompressor, self._pay, size)
        self._allowance = allowance
        self._cost = cost

    def read(self, offset: int, length: int) -> bytes:
        """Bytes of it. Raises UnreadableError where the stream is damaged, and where the allowance does."""
        raw = super().read(offset, length)
        if self.fault:
            raise UnreadableError(self.fault)
        return raw

    def _pay(self, count: int) -> None:
        try:
            self._allowance.inflate(count * self._cost)
        except BudgetExceededError as error:
            if self.held > RATIO * self.taken:
                raise UnreadableError(_BOMB) from error
            raise


class _Decompressor:
    """py7zr's own, which wants to read from a file, given its bytes a few at a time."""

    eof = False
    unused_data = b""

    def __init__(self, folder: Folder, size: int) -> None:
        self._inner: Any = folder.get_decompressor(size, reset=True)
        self._given = b""
        self.needs_input = True

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """At most `max_length` bytes more."""
        self._given += data
        piece = bytes(self._inner.decompress(self, max_length))
        self.needs_input = len(piece) < max_length
        return piece

    def read(self, size: int) -> bytes:
        """What was given and not yet read."""
        raw, self._given = self._given[:size], self._given[size:]
        return raw
