from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence

import pytest

from bot.scanner.evidence import gather
from bot.scanner.readers import BlobReader, BytesReader
from bot.scanner.tree import Entry, EntryKind
from rules.facts import Confidence, Detection, LicenseEvidence, LicenseStatement, LoadingSafety, LoadingVerdict, Pointer


class MemoryTree:
    """A commit's files in memory; a value that is a string is the target of a symbolic link."""

    def __init__(self, files: Mapping[str, bytes | str]) -> None:
        self._contents = {
            path: content.encode() if isinstance(content, str) else content for path, content in files.items()
        }
        self._links = {path for path, content in files.items() if isinstance(content, str)}
        self.reads: list[str] = []

    def entries(self, directory: str) -> Sequence[Entry]:
        prefix = f"{directory}/" if directory else ""
        names = dict.fromkeys(path[len(prefix) :].split("/")[0] for path in self._contents if path.startswith(prefix))
        return [entry for name in names if (entry := self.entry(prefix + name)) is not None]

    def entry(self, path: str) -> Entry | None:
        if path in self._contents:
            content = self._contents[path]
            kind = EntryKind.SYMLINK if path in self._links else EntryKind.FILE
            return Entry(path, kind, hashlib.sha1(content).hexdigest(), len(content))
        if any(other.startswith(f"{path}/") for other in self._contents):
            return Entry(path, EntryKind.DIRECTORY, "0" * 40)
        return None

    def open(self, entry: Entry) -> BlobReader:
        self.reads.append(entry.path)
        return BytesReader(self._contents[entry.path])

    def open_object(self, pointer: Pointer) -> BlobReader | None:
        return None


def detection(*licenses: LicenseStatement) -> Detection:
    return Detection(
        format="safetensors",
        title="safetensors",
        is_weight=True,
        confidence=Confidence.CERTAIN,
        loading=LoadingVerdict(LoadingSafety.SAFE),
        licenses=licenses,
    )


Gather = Callable[..., tuple[LicenseEvidence, ...]]


@pytest.fixture
def tree_of() -> Callable[[Mapping[str, bytes | str]], MemoryTree]:
    return MemoryTree


@pytest.fixture
def evidence() -> Gather:
    """All evidence for `path` in a tree of these files."""

    def gathered(
        path: str, files: Mapping[str, bytes | str], *licenses: LicenseStatement
    ) -> tuple[LicenseEvidence, ...]:
        return gather(path, detection(*licenses), MemoryTree(files))

    return gathered
