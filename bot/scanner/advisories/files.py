"""The files of a feed: one file, all of a folder, or the members of a zip, within limits."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FILE_LIMIT = 64 * 1024 * 1024
"""Bytes of one file or member. OSV's largest records have some megabytes; a plain list of this size has half a
million lines."""
FILES_LIMIT = 500_000
"""Files of one folder or archive; the whole of npm at osv.dev are some 200,000 records."""
TOTAL_LIMIT = 4 * 1024**3
"""Bytes that are read of one folder or archive altogether, so that an archive that was made to burst does not."""


@dataclass(frozen=True)
class Document:
    """The content of one file."""

    name: str
    """For problems: its path, or the archive's and its own within."""
    source: str
    """For findings: the name of the feed it belongs to."""
    content: bytes


@dataclass(frozen=True)
class Unusable:
    """Something that cannot be read. A value and no exception, so that the rest is read."""

    message: str
    """Names it and says why."""


def documents(path: Path) -> Iterator[Document | Unusable]:
    """Everything at a path that may hold advisories. Symbolic links within a folder are not followed."""
    try:
        if path.is_dir():
            yield from _limited(path, _in_folder(path))
        elif zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                yield from _limited(path, _in_archive(path, archive))
        else:
            yield _read(path, path.name)
    except (OSError, zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        yield Unusable(f"{path}: {_reason(error)}")


def _limited(path: Path, found: Iterator[Document | Unusable]) -> Iterator[Document | Unusable]:
    total = 0
    for number, document in enumerate(found):
        total += len(document.content) if isinstance(document, Document) else 0
        if number >= FILES_LIMIT or total > TOTAL_LIMIT:
            yield Unusable(f"{path}: only the first {number:,} files are used; it has more than are read")
            return
        yield document


def _in_folder(path: Path) -> Iterator[Document | Unusable]:
    for folder, folders, names in os.walk(path):
        folders.sort()
        for name in sorted(names):
            file = Path(folder, name)
            if name.endswith(".json") and not file.is_symlink():
                yield _read(file, path.name)


def _in_archive(path: Path, archive: zipfile.ZipFile) -> Iterator[Document | Unusable]:
    for member in archive.infolist():
        if not member.filename.endswith(".json"):
            continue
        name = f"{path}:{member.filename}"
        try:
            with archive.open(member) as stream:
                content = stream.read(FILE_LIMIT + 1)
        except Exception as error:  # zipfile and its decompressors raise what they like at damaged data
            yield Unusable(f"{name}: {_reason(error)}")
            continue
        yield _checked(Document(name, path.name, content))


def _read(path: Path, source: str) -> Document | Unusable:
    try:
        with path.open("rb") as stream:
            return _checked(Document(str(path), source, stream.read(FILE_LIMIT + 1)))
    except OSError as error:
        return Unusable(f"{path}: {_reason(error)}")


def _checked(document: Document) -> Document | Unusable:
    if len(document.content) > FILE_LIMIT:
        return Unusable(f"{document.name}: it has more than {FILE_LIMIT:,} bytes")
    return document


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
