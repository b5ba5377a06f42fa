"""Zip archives: wheels, jars, eggs, nupkg, apk, docx and all other kinds.

Source: APPNOTE.TXT 6.3.10 of PKWARE.
"""

from __future__ import annotations

import functools
import zipfile
from collections.abc import Iterator

from bot.scanner.containers.allowance import BYTES, RATIO, Allowance
from bot.scanner.containers.kinds import Member
from bot.scanner.formats import formats_by_suffix
from bot.scanner.formats.torchscript import is_example
from bot.scanner.readers import BlobReader, BoundedReader, UnreadableError
from bot.scanner.structures.zips import Archive, open_zip

TITLE = "ZIP archive"
SINGLE = False
MARK = rb"PK(?:\x03\x04|\x05\x06|00PK)"

_HEADER = 30
"""Bytes of a local header without the name (4.3.7)."""


def members(_path: str, blob: BoundedReader, allowance: Allowance) -> Iterator[Member]:
    """The members by the central directory: those whose names promise weights first, then the largest.

    So where the allowance ends, what was not looked at are small files of other names. What the formats know to be
    no part of a model is left out: the inputs that a program of TorchScript was traced with.
    """
    archive = open_zip(blob)
    if archive is None:
        raise UnreadableError("its directory is damaged, cut off, or longer than what is read here")
    if _overlap(archive):
        raise UnreadableError("its members overlap, as those of an archive bomb do")
    promising = tuple(formats_by_suffix())
    rank = [(not info.filename.lower().endswith(promising), -info.file_size, info) for info in archive.all_members]
    for _, _, info in sorted(rank, key=lambda row: row[:2]):
        if is_example(archive, info.filename):
            continue  # its format has followed the pickle and says what it calls
        yield Member(info.filename, functools.partial(_open, archive, info, allowance))


def _open(archive: Archive, info: zipfile.ZipInfo, allowance: Allowance) -> BlobReader:
    if info.file_size > BYTES and info.file_size > RATIO * max(1, info.compress_size):
        raise UnreadableError(f"it grows more than {RATIO:,}-fold, as an archive bomb does")
    return archive.reader(info, allowance.inflate)


def _overlap(archive: Archive) -> bool:
    """True where two members share bytes: the trick of small archives that unpack to petabytes.

    Source: David Fifield, A better zip bomb, WOOT 2019.
    """
    end = 0
    for start, length in sorted((info.header_offset, info.compress_size) for info in archive.all_members):
        if start < end:
            return True
        end = start + _HEADER + length
    return False
