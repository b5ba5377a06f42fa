"""Every pickle in a zip, under whatever name, whatever the archive says of it beside the truth.

A loader of PyTorch takes `data.pkl` and does not mind flags and check sums that Python's own reader minds; a scanner
that gives up on them is passed by (picklescan's advisories on flags, sizes and CRC).
"""

from __future__ import annotations

import copy
import re
from zipfile import ZipInfo

from bot.scanner.pickles.following import hidden_in, trace_all
from bot.scanner.pickles.nested import begins_as_pickle
from bot.scanner.pickles.traces import Allowance, Trace
from bot.scanner.readers import BlobReader, UnreadableError
from bot.scanner.structures.zips import Archive

_STORAGE = re.compile(r"(^|/)(data|constants|tensors)/[^/]+$")
_STORAGES = 32
_STORAGE_LIMIT = 128 * 1024
"""Bytes of storages that are looked at: they are numbers, no loader takes them for pickles, but some hide one there."""
_MEMBERS = 2_000
_ENCRYPTED = 1


def pickles_in(archive: Archive) -> tuple[list[Trace], list[str]]:
    """The pickles of an archive, followed, and why others could not be read."""
    traces: list[Trace] = []
    unread: list[str] = []
    allowance = Allowance()
    storages, left = 0, _STORAGE_LIMIT
    for count, info in enumerate(archive.all_members):
        named = info.filename.lower().endswith((".pkl", ".pickle"))
        stored = not named and _STORAGE.search(info.filename) is not None
        if stored:
            storages += 1
            if storages > _STORAGES or info.file_size > left:
                continue
            left -= info.file_size
        if count >= _MEMBERS and not named:
            continue
        try:
            reader = _reader(archive, info)
            if stored:
                traces += hidden_in(reader, allowance)
            elif named or begins_as_pickle(reader.read(0, 256)):
                found = trace_all(reader, allowance=allowance)
                traces += [each for each in found if named or each.names_danger or (each.whole and each.is_dangerous)]
        except UnreadableError as error:
            if named:
                unread.append(str(error))
    return traces, unread


def _reader(archive: Archive, info: ZipInfo) -> BlobReader:
    """A reader that believes the flag for encryption only where the bytes bear it out."""
    if not info.flag_bits & _ENCRYPTED:
        return archive.reader(info)
    bare = copy.copy(info)
    bare.flag_bits &= ~_ENCRYPTED
    try:
        reader = archive.reader(bare)
        if begins_as_pickle(reader.read(0, 256)):
            return reader
    except UnreadableError:
        pass
    return archive.reader(info)
