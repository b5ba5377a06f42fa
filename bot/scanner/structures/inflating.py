"""Compressed bytes read as if they were not: only as far as somebody asks, and never past a limit."""

from __future__ import annotations

import bz2
import lzma
import sys
import tempfile
import zlib
from collections.abc import Callable
from typing import Protocol

import lz4.frame

from bot.scanner.readers import BlobReader, UnreadableError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

ENDLESS = 2**50
"""The size of a stream whose length nobody knows before it is unpacked: larger than anything in it can claim."""
_STEP = 64 * 1024
_IN_MEMORY = 8 * 1024 * 1024
"""Bytes of content that are kept in memory; more go to a temporary file that has no name."""
_DICTIONARY = 100 * 1024 * 1024
"""Bytes of memory for the dictionary of an xz stream: `xz -9` needs 65 MiB (xz(1))."""
_FAULTS = (zlib.error, lzma.LZMAError, zstd.ZstdError, OSError, EOFError, ValueError, RuntimeError, MemoryError)


class Inflater(Protocol):
    """What bz2, lzma, zstd and lz4 offer, and `_Zlib` for zlib."""

    @property
    def eof(self) -> bool:
        """True once a stream has ended."""
        ...

    @property
    def needs_input(self) -> bool:
        """False while there is more to be had from the bytes that were given."""
        ...

    @property
    def unused_data(self) -> bytes | None:
        """What followed the end of the stream."""
        ...

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """At most `max_length` bytes more."""
        ...


class _Zlib:
    def __init__(self, bits: int) -> None:
        self._inflater = zlib.decompressobj(bits)

    @property
    def eof(self) -> bool:
        return self._inflater.eof

    @property
    def needs_input(self) -> bool:
        return not self._inflater.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._inflater.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        return self._inflater.decompress(self._inflater.unconsumed_tail + data, max_length)


def gzip() -> Inflater:
    """For one member of a gzip file (RFC 1952)."""
    return _Zlib(31)


def zlib_stream() -> Inflater:
    """For a zlib stream (RFC 1950)."""
    return _Zlib(15)


def deflate() -> Inflater:
    """For bare deflate (RFC 1951), as zip has it."""
    return _Zlib(-15)


def bzip2() -> Inflater:
    """For one stream of bzip2."""
    return bz2.BZ2Decompressor()


def xz() -> Inflater:
    """For one stream of xz, or an older .lzma file."""
    return lzma.LZMADecompressor(memlimit=_DICTIONARY)


def zstandard() -> Inflater:
    """For one frame of Zstandard (RFC 8878); the library refuses windows above 128 MiB."""
    return zstd.ZstdDecompressor()


def lz4_frame() -> Inflater:
    """For one frame of LZ4."""
    return lz4.frame.LZ4FrameDecompressor()  # type: ignore[no-any-return]


def zip_lzma(head: bytes) -> tuple[int, Inflater]:
    """For LZMA in a zip: the bytes before the stream, and its inflater (APPNOTE.TXT, 5.8.8).

    Raises UnreadableError.
    """
    length = int.from_bytes(head[2:4], "little")
    if length != 5 or len(head) < 9:
        raise UnreadableError("its LZMA properties are damaged")
    lc, rest = head[4] % 9, head[4] // 9
    dictionary = int.from_bytes(head[5:9], "little")
    if head[4] >= 225 or dictionary > _DICTIONARY:
        raise UnreadableError("its LZMA properties ask for too much memory")
    lzma1 = {"id": lzma.FILTER_LZMA1, "lc": lc, "lp": rest % 5, "pb": rest // 5, "dict_size": max(4096, dictionary)}
    return 9, lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[lzma1])


class Inflated:
    """A BlobReader of what a compressed stream holds; streams that stand one after the other are joined.

    What was inflated is kept, so `spend` must end it: it is told of every number of bytes before they are kept, and
    raises UnreadableError where they are too many.
    """

    def __init__(
        self, source: BlobReader, begin: Callable[[], Inflater], spend: Callable[[int], None], size: int | None = None
    ) -> None:
        self._source = source
        self._begin = begin
        self._spend = spend
        self._size = size
        self._inflater = begin()
        self._held = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - closed with this object
        self._length = 0
        self._taken = 0
        self.ended = False
        self.fault: str | None = None
        """Why it ended before its end, where it did."""

    def __del__(self) -> None:
        """Let the temporary file go with the reader: nobody else knows when the last part of it is read."""
        self._held.close()

    @property
    def size(self) -> int:
        """Length in bytes: what is known, what is claimed, or ENDLESS."""
        if self.ended:
            return self._length
        return max(self._length, ENDLESS if self._size is None else self._size)

    @property
    def taken(self) -> int:
        """Bytes of the source that were read."""
        return self._taken

    @property
    def held(self) -> int:
        """Bytes that were inflated."""
        return self._length

    def read(self, offset: int, length: int) -> bytes:
        """Bytes of the content. Raises UnreadableError where `spend` does."""
        self.inflate(min(offset + length, self.size))
        if offset >= self._length:
            return b""  # what lies behind the end of a stream of unknown length is no place of a file
        self._held.seek(offset)
        return self._held.read(length)

    def inflate(self, end: int) -> None:
        """Inflate the first `end` bytes, or all there are. Raises UnreadableError where `spend` does."""
        while self._length < end and not self.ended:
            self._step(end - self._length)

    def _step(self, wanted: int) -> None:
        data = b""
        if self._inflater.needs_input:
            data = self._source.read(self._taken, min(_STEP, max(4096, wanted)))
            self._taken += len(data)
        starved = self._inflater.needs_input and not data
        try:
            piece = b"" if starved else self._inflater.decompress(data, min(wanted, 4 * _STEP))
        except _FAULTS:
            self._end("it is damaged")
            return
        self._spend(len(piece))
        self._held.seek(self._length)
        self._held.write(piece)
        self._length += len(piece)
        if self._inflater.eof:
            self._next_stream()
        elif starved:
            self._end("it is cut off")

    def _next_stream(self) -> None:
        """Go on behind the end of a stream: another one may follow; zeros or other bytes are padding."""
        self._taken -= len(self._inflater.unused_data or b"")
        following = self._source.read(self._taken, 8)
        if not following or not any(following):
            self._end(None)
            return
        self._inflater = self._begin()
        try:
            self._inflater.decompress(following, 0)
        except _FAULTS:
            self._end(None)
            return
        self._inflater = self._begin()

    def _end(self, fault: str | None) -> None:
        self.ended = True
        self.fault = fault
