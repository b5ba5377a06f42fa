from __future__ import annotations

import hashlib
import json
import posixpath
import struct
from collections.abc import Iterator, Sequence

import pytest

from bot.scanner import examine
from bot.scanner.detect import detect
from bot.scanner.formats import all_formats, format_gate
from bot.scanner.readers import BlobReader, BytesReader, UnreadableError
from bot.scanner.scan import WHOLE_CHANGE, collect
from bot.scanner.tree import Change, Changes, Entry, EntryKind, one_by_one
from rules.facts import ChangeStatus, Confidence, Facts, LoadingSafety, NotExamined, Pointer


def safetensors(*, metadata: dict[str, str] | None = None, size: int = 4096) -> bytes:
    header: dict[str, object] = {"w": {"dtype": "F32", "shape": [size // 4], "data_offsets": [0, size]}}
    if metadata:
        header["__metadata__"] = metadata
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + bytes(size)


def pointer_to(content: bytes) -> bytes:
    digest = hashlib.sha256(content).hexdigest()
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize {len(content)}\n".encode()


class Files:
    """A tree in memory; `objects` are what Git LFS holds. A None as content cannot be read."""

    def __init__(self, files: dict[str, bytes | None], objects: Sequence[bytes] = ()) -> None:
        self.files = files
        self.objects = {hashlib.sha256(content).hexdigest(): content for content in objects}
        self.opened: list[str] = []

    def oid(self, path: str) -> str:
        return hashlib.sha1(self.files[path] or path.encode()).hexdigest()

    def entries(self, directory: str) -> Sequence[Entry]:
        return [
            Entry(path, EntryKind.FILE, self.oid(path)) for path in self.files if posixpath.dirname(path) == directory
        ]

    def entry(self, path: str) -> Entry | None:
        return Entry(path, EntryKind.FILE, self.oid(path)) if path in self.files else None

    def open(self, entry: Entry) -> BlobReader:
        self.opened.append(entry.path)
        content = self.files[entry.path]
        if content is None:
            raise UnreadableError("the forge gives out no file above 100 MB")
        return BytesReader(content)

    def open_all(self, entries: Sequence[Entry]) -> Iterator[BlobReader | UnreadableError]:
        return one_by_one(self, entries)

    def holds(self, oids: Sequence[str]) -> frozenset[str]:
        return frozenset(oids) & {self.oid(path) for path in self.files}

    def open_object(self, pointer: Pointer) -> BlobReader | None:
        content = self.objects.get(pointer.digest)
        return None if content is None else BytesReader(content)

    def added(self, path: str) -> Change:
        return Change(path, ChangeStatus.ADDED, self.entry(path))


def look(tree: Files, *changes: Change, base: Files | None = None) -> Facts:
    return collect(Changes(files=changes or tuple(tree.added(path) for path in tree.files)), tree, base=base)


def test_weights_are_found_among_other_files_and_told_in_full() -> None:
    content = safetensors()
    tree = Files({"m/model.safetensors": content, "m/notes.txt": b"just words", "m/logo.png": b"\x89PNG\r\n\x1a\n123"})
    facts = look(tree)
    (artifact,) = facts.artifacts
    assert artifact.path == "m/model.safetensors"
    assert artifact.detection.format == "safetensors"
    assert artifact.detection.parameters == 1024
    assert artifact.size == artifact.size_in_git == len(content)
    assert artifact.sha256 == hashlib.sha256(content).hexdigest()
    assert artifact.oid == tree.oid("m/model.safetensors")
    assert artifact.expected_formats == ("safetensors",)
    assert facts.changed_files == 3
    assert facts.not_examined == ()


def test_an_lfs_pointer_stands_for_the_weights_behind_it() -> None:
    content = safetensors()
    facts = look(Files({"model.safetensors": pointer_to(content)}, objects=[content]))
    (artifact,) = facts.artifacts
    assert artifact.size == len(content)
    assert artifact.size_in_git == len(pointer_to(content))
    assert artifact.sha256 == hashlib.sha256(content).hexdigest()
    assert artifact.pointer is not None
    assert artifact.pointer.kind == "git-lfs"
    assert artifact.detection.confidence is Confidence.CERTAIN


def test_weights_behind_a_pointer_that_leads_nowhere_are_known_by_name_only_and_it_is_said() -> None:
    facts = look(Files({"model.safetensors": pointer_to(b"unknown"), "data.bin": pointer_to(b"other")}))
    (artifact,) = facts.artifacts
    assert artifact.detection.confidence is Confidence.POSSIBLE
    assert artifact.detection.format == "safetensors"
    assert artifact.detection.loading.safety is LoadingSafety.UNKNOWN
    assert artifact.size == len(b"unknown")
    assert {item.path for item in facts.not_examined} == {"model.safetensors", "data.bin"}
    assert all("could not be read" in item.reason for item in facts.not_examined)


def test_a_file_that_cannot_be_read_is_named_and_stops_no_other() -> None:
    facts = look(Files({"a.bin": None, "model.safetensors": safetensors()}))
    assert [artifact.path for artifact in facts.artifacts] == ["model.safetensors"]
    assert facts.not_examined == (NotExamined("a.bin", "the forge gives out no file above 100 MB"),)


def test_a_fault_of_ours_is_called_one_and_stops_no_other_file(monkeypatch: pytest.MonkeyPatch) -> None:
    real = detect

    def faulty(path: str, reader: BlobReader) -> object:
        if path == "a.bin":
            raise KeyError("nobody thought of this")
        return real(path, reader)

    monkeypatch.setattr(examine, "detect", faulty)
    facts = look(Files({"a.bin": b"\0bytes", "model.safetensors": safetensors()}))
    assert len(facts.artifacts) == 1
    assert "a fault in Weighbridge (KeyError)" in facts.not_examined[0].reason


def test_evidence_that_cannot_be_read_does_not_hide_the_weights() -> None:
    tree = Files({"model.safetensors": safetensors(), "model.safetensors.license": None})
    facts = look(tree, tree.added("model.safetensors"))
    assert len(facts.artifacts) == 1
    assert "where its licence is stated" in facts.not_examined[0].reason


def test_try_again_later_passes_through_to_whoever_can() -> None:
    class Later(Exception):
        pass

    class Limited(Files):
        def open(self, entry: Entry) -> BlobReader:
            raise Later

    with pytest.raises(Later):
        look(Limited({"model.safetensors": safetensors()}))


def test_what_the_repository_held_already_is_not_judged_again() -> None:
    tree = Files({"moved.safetensors": safetensors(), "mode.safetensors": safetensors()})
    oid = tree.oid("moved.safetensors")
    entry, other = tree.entry("moved.safetensors"), tree.entry("mode.safetensors")
    facts = look(
        tree,
        Change("moved.safetensors", ChangeStatus.RENAMED, entry, previous_path="old.safetensors", previous_oid=oid),
        Change("mode.safetensors", ChangeStatus.MODIFIED, other, previous_oid=oid),
        Change("gone.safetensors", ChangeStatus.DELETED, None, previous_oid=oid),
    )
    assert facts.artifacts == ()
    assert facts.not_examined == ()
    assert tree.opened == []


def test_a_rename_with_new_content_is_judged_and_keeps_its_old_name() -> None:
    tree = Files({"new.safetensors": safetensors()})
    change = Change(
        "new.safetensors", ChangeStatus.RENAMED, tree.entry("new.safetensors"), "old.safetensors", previous_oid="1" * 40
    )
    assert look(tree, change).artifacts[0].previous_path == "old.safetensors"


def test_text_the_forge_has_shown_is_not_fetched_unless_its_name_promises_weights_or_it_may_be_a_pointer() -> None:
    tree = Files({"readme.md": b"text", "model.gguf": b"text", "maybe.bin": pointer_to(b"x")})
    look(
        tree,
        Change("readme.md", ChangeStatus.ADDED, tree.entry("readme.md"), known_text=True),
        Change("model.gguf", ChangeStatus.ADDED, tree.entry("model.gguf"), known_text=True),
        Change("maybe.bin", ChangeStatus.ADDED, tree.entry("maybe.bin"), known_text=True, may_be_pointer=True),
    )
    assert tree.opened == ["model.gguf", "maybe.bin"]


def test_content_that_came_with_the_list_is_not_fetched() -> None:
    content = safetensors()
    tree = Files({"model.safetensors": pointer_to(content)}, objects=[content])
    change = Change(
        "model.safetensors",
        ChangeStatus.ADDED,
        tree.entry("model.safetensors"),
        content=pointer_to(content),
        known_text=True,
    )
    assert len(look(tree, change).artifacts) == 1
    assert tree.opened == []


def test_a_name_that_promises_weights_over_unknown_content_is_not_passed_over_in_silence() -> None:
    facts = look(Files({"model.safetensors": b"\x00\xffnothing that is known" * 9}))
    assert facts.artifacts == ()
    assert "its name promises" in facts.not_examined[0].reason


def test_links_and_submodules_are_noted_and_not_followed() -> None:
    tree = Files({"model.gguf": b"/srv/models/model.gguf", "m/latest.gguf": b"../model.safetensors", "latest": b"/srv"})
    facts = look(
        tree,
        Change("vendor", ChangeStatus.ADDED, Entry("vendor", EntryKind.SUBMODULE, "1" * 40)),
        *(Change(path, ChangeStatus.ADDED, Entry(path, EntryKind.SYMLINK, tree.oid(path))) for path in tree.files),
    )
    assert [item.path for item in facts.not_examined] == ["vendor", "model.gguf"]
    assert facts.artifacts == ()


def test_an_incomplete_list_of_changes_is_said() -> None:
    remark = "GitHub lists 3,000 of the 3,504 changed files."
    facts = collect(Changes(files=(), complete=False, remark=remark), Files({}))
    assert facts.not_examined == (NotExamined(WHOLE_CHANGE, remark),)


def test_ignored_paths_are_left_alone_and_progress_counts_every_file() -> None:
    tree = Files({"tests/model.safetensors": safetensors(), "model.safetensors": safetensors()})
    seen: list[tuple[int, int]] = []
    facts = collect(
        Changes(files=tuple(tree.added(path) for path in tree.files)),
        tree,
        ignores=lambda path: path.startswith("tests/"),
        progress=lambda done, total: seen.append((done, total)),
    )
    assert [artifact.path for artifact in facts.artifacts] == ["model.safetensors"]
    assert seen == [(1, 2), (2, 2)]


def test_weights_beyond_the_limit_get_no_digest_rather_than_a_download() -> None:
    tree = Files({"model.safetensors": safetensors()})
    facts = collect(Changes(files=(tree.added("model.safetensors"),)), tree, hash_limit=100)
    assert facts.artifacts[0].sha256 is None


def test_a_fault_in_one_format_hides_no_weights_that_another_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(path: str, blob: object) -> None:
        raise IndexError("nobody thought of this")

    monkeypatch.setattr(all_formats()["onnx"], "recognise", broken)
    monkeypatch.setattr(all_formats()["onnx"], "MARK", b"")
    format_gate.cache_clear()
    monkeypatch.setattr(all_formats()["onnx"], "NAMES", r"bin$", raising=False)
    facts = look(Files({"a.bin": safetensors(), "b.bin": b"\0\1\2\3" * 9}))
    format_gate.cache_clear()
    assert [artifact.path for artifact in facts.artifacts] == ["a.bin"]
    assert [entry.path for entry in facts.not_examined] == ["b.bin"]
    assert "a fault in Weighbridge (IndexError)" in facts.not_examined[0].reason
