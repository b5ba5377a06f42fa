"""Zip archives by their central directory, read through a bounded reader."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Callable

from bot.scanner.readers import BlobReader, BoundedReader, UnreadableError
from bot.scanner.structures.inflating import Inflated, Inflater, bzip2, deflate, xz, zip_lzma, zstandard
from bot.scanner.structures.part import Part
from bot.scanner.structures.reader_file import ReaderFile

MEMBER_LIMIT = 20_000
"""Members of an archive that is read; the largest checkpoints have some thousands."""
DIRECTORY_LIMIT = 8 * 1024 * 1024
"""Bytes of a central directory that is read."""
INFLATED_LIMIT = 16 * 1024 * 1024
"""Bytes that one compressed member may grow to."""
_METHODS = {zipfile.ZIP_DEFLATED: deflate, zipfile.ZIP_BZIP2: bzip2, 93: zstandard, 95: xz}
"""By the number of the method (APPNOTE.TXT, 4.4.5); LZMA has properties in front."""
_SIGNATURES = (b"PK\x03\x04", b"PK\x05\x06")
_END = b"PK\x05\x06"
_END_LENGTH = 22
_LONGEST_COMMENT = 65_535
"""Bytes (APPNOTE.TXT, 4.3.16)."""


class Archive:
    """The members of a zip, and readers of them."""

    def __init__(self, blob: BoundedReader, archive: zipfile.ZipFile) -> None:
        self._blob = blob
        self._archive = archive
        self.all_members = [info for info in archive.infolist() if not info.filename.endswith("/")]
        """As the directory lists them; two may have the same name."""
        self.members = {info.filename: info for info in self.all_members}

    def named(self, ending: str) -> zipfile.ZipInfo | None:
        """The first member whose path ends so: `/data.pkl`, or is so without the slash."""
        for name, info in self.members.items():
            if name.endswith(ending) or name == ending.lstrip("/"):
                return info
        return None

    def text(self, name: str, limit: int) -> str | None:
        """The first `limit` bytes of a member as text; None where it is not there or cannot be read."""
        info = self.members.get(name)
        if info is None:
            return None
        try:
            reader = self.reader(info)
            return reader.read(0, min(reader.size, limit)).decode("utf-8", "replace")
        except UnreadableError:
            return None

    def reader(self, info: zipfile.ZipInfo, spend: Callable[[int], None] | None = None) -> BlobReader:
        """A reader of one member: in place where it is stored, inflated as far as it is read otherwise.

        `spend` is told of every number of bytes that is inflated and may refuse more by UnreadableError; without it,
        INFLATED_LIMIT is the end. Raises UnreadableError.
        """
        # A member that is encrypted is twelve bytes longer; loaders that do not look at the flag read the others.
        is_plain = info.compress_type == zipfile.ZIP_STORED and info.compress_size == info.file_size
        if info.flag_bits & 1 and not is_plain:
            raise UnreadableError(f"{info.filename[:80]} is encrypted")
        start = _start_of(self._blob, info)
        if info.compress_type == zipfile.ZIP_STORED:
            return Part(self._blob, start, info.file_size)
        if info.compress_type == zipfile.ZIP_LZMA:
            skipped, inflater = zip_lzma(self._blob.read(start, 16))
            packed = Part(self._blob, start + skipped, info.compress_size - skipped)
            return _Member(info, packed, lambda: inflater, spend)
        if info.compress_type not in _METHODS:
            raise UnreadableError(f"{info.filename[:80]} is compressed in a way that is not read here")
        packed = Part(self._blob, start, info.compress_size)
        return _Member(info, packed, _METHODS[info.compress_type], spend)


class _Member(Inflated):
    """A compressed member: as long as the directory says, no longer than it may grow."""

    def __init__(
        self,
        info: zipfile.ZipInfo,
        packed: Part,
        begin: Callable[[], Inflater],
        spend: Callable[[int], None] | None,
    ) -> None:
        super().__init__(packed, begin, spend or self._spend_alone, info.file_size)
        self._name = info.filename[:80]
        self._left = INFLATED_LIMIT

    def read(self, offset: int, length: int) -> bytes:
        raw = super().read(offset, length)
        if self.fault:
            raise UnreadableError(f"{self._name} cannot be inflated: {self.fault}")
        return raw

    def _spend_alone(self, count: int) -> None:
        self._left -= count
        if self._left < 0:
            raise UnreadableError(f"{self._name} is compressed and too large to be read here")


def open_zip(blob: BoundedReader) -> Archive | None:
    """The archive; None where the bytes are no zip or one that is too large or too damaged to be read.

    The directory is read once, however many recognisers ask.
    """
    if not blob.head.startswith(_SIGNATURES):
        return None
    if "zip" not in blob.kept:
        blob.kept["zip"] = _opened(blob)
    archive = blob.kept["zip"]
    return archive if isinstance(archive, Archive) else None


def _opened(blob: BoundedReader) -> Archive | None:
    try:
        if not _is_modest(blob):
            return None
        return Archive(blob, zipfile.ZipFile(ReaderFile(blob)))
    except (zipfile.BadZipFile, ValueError, OSError, EOFError, struct.error, NotImplementedError, UnreadableError):
        return None


def _is_modest(blob: BoundedReader) -> bool:
    """True where the end record promises no more members and bytes than are read here; zip64 is left to zipfile."""
    length = min(blob.size, _END_LENGTH + _LONGEST_COMMENT)
    tail = blob.read(blob.size - length, length)
    position = tail.rfind(_END)
    if position < 0 or position + _END_LENGTH > len(tail):
        return False
    members, directory = struct.unpack("<HI", tail[position + 10 : position + 16])
    if members == 0xFFFF or directory == 0xFFFFFFFF:
        return _is_modest_64(blob, blob.size - length + position)
    return bool(members <= MEMBER_LIMIT and directory <= DIRECTORY_LIMIT)


def _is_modest_64(blob: BoundedReader, end: int) -> bool:
    locator = blob.read(end - 20, 20)
    if locator[:4] != b"PK\x06\x07":
        return False
    record = blob.read(struct.unpack("<Q", locator[8:16])[0], 56)
    if record[:4] != b"PK\x06\x06" or len(record) < 56:
        return False
    members, directory = struct.unpack("<QQ", record[32:48])
    return bool(members <= MEMBER_LIMIT and directory <= DIRECTORY_LIMIT)


def _start_of(blob: BoundedReader, info: zipfile.ZipInfo) -> int:
    header = blob.read(info.header_offset, 30)
    if header[:4] != b"PK\x03\x04" or len(header) < 30:
        raise UnreadableError(f"{info.filename[:80]} has no header where the archive says")
    name, extra = struct.unpack("<HH", header[26:30])
    return int(info.header_offset + 30 + name + extra)
