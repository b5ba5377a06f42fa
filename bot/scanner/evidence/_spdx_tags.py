"""SPDX 2 in the form of tags and values (SPDX 2.3, clause 6.1), line by line."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_VERSION = re.compile(r"^SPDXVersion:[ \t]*SPDX-2\.", re.MULTILINE)
_TAG = re.compile(r"(?P<tag>[A-Za-z]{1,40}):[ \t]*(?P<value>.*)")
_OPENING, _CLOSING = "<text>", "</text>"
_FILES = frozenset({"FileName", "PackageFileName"})
_SECTIONS = frozenset({"PackageName", "SnippetSPDXID", "LicenseID"})
"""Tags that end what was said of the file before."""
_CONCLUDED = frozenset({"LicenseConcluded", "PackageLicenseConcluded"})
_DECLARED = frozenset({"LicenseInfoInFile", "PackageLicenseDeclared"})
_CHECKSUM = re.compile(r"SHA256:[ \t]*(?P<digest>[0-9A-Fa-f]{64})")


@dataclass(frozen=True)
class TaggedLicense:
    """One value that states a licence."""

    tag: str
    text: str
    line: int


@dataclass(frozen=True)
class TaggedFile:
    """A file, or a package that names its file; filled while its tags are read."""

    name: str
    concluded: list[TaggedLicense] = field(default_factory=list)
    declared: list[TaggedLicense] = field(default_factory=list)
    digests: list[str] = field(default_factory=list)

    @property
    def sha256(self) -> frozenset[str]:
        """Digests in lower-case hexadecimals."""
        return frozenset(self.digests)


def is_tagged(text: str) -> bool:
    """True for a document in this form."""
    return _VERSION.search(text) is not None


def read(text: str, *, limit: int) -> Iterator[TaggedFile]:
    """At most so many of the files and packages."""
    return itertools.islice(_files(text), limit)


def _files(text: str) -> Iterator[TaggedFile]:
    current: TaggedFile | None = None
    for line, tag, value in _tags(text):
        if tag in _FILES or tag in _SECTIONS:
            if current is not None:
                yield current
            current = TaggedFile(value) if tag in _FILES and value else None
        elif current is not None and tag in _CONCLUDED:
            current.concluded.append(TaggedLicense(tag, value, line))
        elif current is not None and tag in _DECLARED:
            current.declared.append(TaggedLicense(tag, value, line))
        elif current is not None and tag.endswith("Checksum") and (found := _CHECKSUM.match(value)):
            current.digests.append(found["digest"].lower())
    if current is not None:
        yield current


def _tags(text: str) -> Iterator[tuple[int, str, str]]:
    """Line, tag and value; what stands in `<text>` over several lines is passed over."""
    within = False
    for number, line in enumerate(text.split("\n"), start=1):
        if within:
            within = _CLOSING not in line
            continue
        within = _OPENING in line and _CLOSING not in line.partition(_OPENING)[2]
        found = _TAG.match(line)
        if found is not None:
            yield number, found["tag"], found["value"].removeprefix(_OPENING).partition(_CLOSING)[0].strip()
