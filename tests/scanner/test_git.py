from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.scanner.git import GitError, GitTree, Repository, local_changes, past_changes, staged_changes
from bot.scanner.git_objects import WHOLE_LIMIT, GitObjects
from bot.scanner.readers import UnreadableError
from bot.scanner.tree import Entry, EntryKind
from rules.facts import ChangeStatus, Pointer


def changed(repository: Repository, base: str, head: str) -> dict[str, Any]:
    return {change.path: change for change in local_changes(repository, base, head).files}


def test_a_range_is_compared_from_where_it_left_the_base(workshop: Any) -> None:
    workshop.commit(**{"a.txt": b"a", "gone.txt": b"gone"})
    workshop.git("checkout", "-q", "-b", "topic")
    (workshop.path / "gone.txt").unlink()
    head = workshop.commit(**{"a.txt": b"changed", "new.bin": b"\0new"})
    workshop.git("checkout", "-q", "main")
    base = workshop.commit(**{"elsewhere.txt": b"not of this branch"})
    found = changed(Repository(workshop.path), base, head)
    assert {path: change.status for path, change in found.items()} == {
        "a.txt": ChangeStatus.MODIFIED,
        "gone.txt": ChangeStatus.DELETED,
        "new.bin": ChangeStatus.ADDED,
    }
    assert found["gone.txt"].entry is None
    assert found["new.bin"].previous_oid is None
    assert found["a.txt"].previous_oid != found["a.txt"].entry.oid


def test_the_same_content_under_another_name_is_a_rename(workshop: Any) -> None:
    base = workshop.commit(**{"old.bin": b"weights", "copied.bin": b"stays"})
    workshop.git("mv", "old.bin", "new.bin")
    head = workshop.commit(**{"copy.bin": b"stays"})
    found = changed(Repository(workshop.path), base, head)
    assert set(found) == {"new.bin", "copy.bin"}
    assert found["new.bin"].status is ChangeStatus.RENAMED
    assert found["new.bin"].previous_path == "old.bin"
    assert found["new.bin"].previous_oid == found["new.bin"].entry.oid
    assert found["copy.bin"].status is ChangeStatus.ADDED


def test_names_that_no_encoding_and_no_shell_expects_survive(workshop: Any) -> None:
    base = workshop.commit()
    names = [b"line\nbreak", b'tab\tand "quote"', b"\xff\xfe.bin", b"-rf", b":(top)x", "größe".encode()]
    for name in names:
        workshop.write(b"d/" + name, b"content of " + name)
    head = workshop.commit()
    repository = Repository(workshop.path)
    found = changed(repository, base, head)
    assert {os.fsencode(path) for path in found} == {b"d/" + name for name in names}
    with GitTree(repository, head) as tree:
        for name in names:
            entry = tree.entry(os.fsdecode(b"d/" + name))
            assert entry is not None
            reader = tree.open(entry)
            assert reader.read(0, reader.size) == b"content of " + name


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_a_tree_is_walked_by_directory_in_either_hash(
    tmp_path: Path, new_workshop: Callable[..., Any], algorithm: str
) -> None:
    workshop = new_workshop(tmp_path / algorithm, f"--object-format={algorithm}")
    (workshop.path / "link").symlink_to("deep/model.bin")
    head = workshop.commit(**{"README": b"r", "deep/model.bin": b"weights", "deep/er/x": b"x"})
    with GitTree(Repository(workshop.path), head) as tree:
        kinds = {entry.path: entry.kind for entry in tree.entries("")}
        assert kinds == {"README": EntryKind.FILE, "deep": EntryKind.DIRECTORY, "link": EntryKind.SYMLINK}
        assert [entry.path for entry in tree.entries("deep")] == ["deep/er", "deep/model.bin"]
        assert tree.entries("nowhere") == ()
        assert tree.entries("README") == ()
        assert tree.entry("deep/er/none") is None
        entry = tree.entry("deep/model.bin")
        assert entry is not None
        assert tree.open(entry).read(2, 3) == b"igh"


def test_a_large_blob_is_read_at_any_place_and_never_whole_in_memory(workshop: Any) -> None:
    content = hashlib.sha256(b"seed").digest() * ((WHOLE_LIMIT + 1_000_000) // 32)
    head = workshop.commit(**{"big.bin": content})
    with GitTree(Repository(workshop.path), head) as tree:
        entry = tree.entry("big.bin")
        assert entry is not None
        reader = tree.open(entry)
        assert reader.size == len(content)
        assert reader.read(10, 100) == content[10:110]
        assert reader.read(len(content) - 22, 100) == content[-22:]
        assert reader.read(WHOLE_LIMIT - 5, 10) == content[WHOLE_LIMIT - 5 : WHOLE_LIMIT + 5]
        assert reader.read(len(content) + 5, 10) == b""


def test_a_missing_object_is_reported_and_the_next_question_is_answered(workshop: Any) -> None:
    workshop.commit(a=b"here")
    objects = GitObjects(Repository(workshop.path))
    with pytest.raises(UnreadableError, match="not in this repository"):
        objects.open_blob("0" * 39 + "1")
    assert objects.open_blob(workshop.git("rev-parse", "HEAD:a")).read(0, 9) == b"here"
    with pytest.raises(UnreadableError, match="is a tree"):
        objects.open_blob(workshop.git("rev-parse", "HEAD^{tree}"))
    objects.close()


def test_an_object_that_is_too_large_is_left_and_the_next_question_is_answered(workshop: Any) -> None:
    workshop.commit(large=b"x" * 1_000_000, small=b"y")
    objects = GitObjects(Repository(workshop.path))
    assert objects.read_at_most(workshop.git("rev-parse", "HEAD:large"), 999_999) is None
    assert objects.read_at_most(workshop.git("rev-parse", "HEAD:small"), 1) == b"y"
    objects.close()


def test_a_partial_clone_is_read_without_fetching(
    tmp_path: Path, workshop: Any, new_workshop: Callable[..., Any]
) -> None:
    workshop.git("config", "uploadpack.allowFilter", "true")
    head = workshop.commit(**{"model.bin": b"far away"})
    workshop.git("clone", "-q", "--bare", "--filter=blob:none", f"file://{workshop.path}", str(tmp_path / "partial"))
    with GitTree(Repository(tmp_path / "partial"), head) as tree:
        entry = tree.entry("model.bin")
        assert entry is not None
        with pytest.raises(UnreadableError, match="partial clone"):
            tree.open(entry)


def test_an_lfs_object_is_read_from_the_clone_where_it_was_downloaded(workshop: Any) -> None:
    head = workshop.commit()
    content = b"weights"
    digest = hashlib.sha256(content).hexdigest()
    with GitTree(Repository(workshop.path), head) as tree:
        assert tree.open_object(Pointer("git-lfs", "sha256", digest, len(content))) is None
        workshop.write(f".git/lfs/objects/{digest[:2]}/{digest[2:4]}/{digest}", content)
        reader = tree.open_object(Pointer("git-lfs", "sha256", digest, len(content)))
        assert reader is not None
        assert reader.read(0, 99) == content
        with pytest.raises(UnreadableError, match="where the pointer says"):
            tree.open_object(Pointer("git-lfs", "sha256", digest, 1))
        assert tree.open_object(Pointer("git-lfs", "sha256", "../../../../config", 1)) is None
        assert tree.open_object(Pointer("git-annex", "md5", digest, 1)) is None


def test_programs_named_in_a_hostile_configuration_do_not_run(workshop: Any, tmp_path: Path) -> None:
    base = workshop.commit(**{"a.bin": b"one", ".gitattributes": b"*.bin filter=evil diff=evil\n"})
    head = workshop.commit(**{"a.bin": b"two"})
    witness = tmp_path / "witness"
    program = f"touch {witness}; cat"
    for key in ("filter.evil.clean", "filter.evil.smudge", "filter.evil.process", "core.fsmonitor", "diff.external"):
        workshop.git("config", key, program)
    workshop.git("config", "diff.evil.textconv", program)
    workshop.git("config", "filter.evil.required", "true")
    # Same length and the index's own time: git must compare the bytes, and would run the filter for it.
    workshop.write("a.bin", b"xyz")
    os.utime(workshop.path / "a.bin", ns=(2**60, 2**60))
    repository = Repository(workshop.path)
    assert set(changed(repository, base, head)) == {"a.bin"}
    changes, tree = staged_changes(repository)
    tree.close()
    assert [change.path for change in changes.files] == ["a.bin"]
    assert not witness.exists()
    subprocess.run(["git", "status"], cwd=workshop.path, capture_output=True, check=False)
    assert witness.exists(), "the trap must be one that a careless git falls into"


def test_variables_of_a_surrounding_git_point_nowhere_else(
    workshop: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = workshop.commit(a=b"a")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_WORK_TREE", str(tmp_path))
    assert Repository(workshop.path).commit("HEAD") == head


def test_branches_without_a_common_ancestor_are_told_apart_from_a_fault(workshop: Any) -> None:
    base = workshop.commit(a=b"a")
    workshop.git("checkout", "-q", "--orphan", "other")
    head = workshop.commit(b=b"b")
    with pytest.raises(GitError, match="no common ancestor"):
        local_changes(Repository(workshop.path), base, head)


def test_what_is_no_repository_or_no_commit_is_named(workshop: Any, tmp_path: Path) -> None:
    with pytest.raises(GitError, match="no such directory"):
        Repository(tmp_path / "nowhere")
    with pytest.raises(GitError, match="not a git repository"):
        Repository(tmp_path)
    with pytest.raises(GitError, match="'--evil' names no commit"):
        Repository(workshop.path).commit("--evil")


def test_uncommitted_work_is_the_index_with_the_working_tree_over_it(workshop: Any) -> None:
    workshop.commit(**{"kept": b"k", "edited": b"old", "staged": b"old", ".gitignore": b"ignored\n"})
    workshop.write("staged", b"new in index")
    workshop.git("add", "staged")
    workshop.write("staged", b"edited again")
    workshop.write("edited", b"new on disk")
    workshop.write("sub/untracked", b"nobody told git")
    workshop.write("ignored", b"i")
    changes, tree = staged_changes(Repository(workshop.path))
    assert [change.path for change in changes.files] == ["staged", "edited", "sub/untracked"]
    contents = {}
    for change in changes.files:
        assert change.entry is not None
        contents[change.path] = tree.open(change.entry).read(0, 99)
    assert contents == {"staged": b"new in index", "edited": b"new on disk", "sub/untracked": b"nobody told git"}
    assert {entry.path for entry in tree.entries("")} == {".gitignore", "kept", "edited", "staged", "sub"}
    assert [entry.path for entry in tree.entries("sub")] == ["sub/untracked"]
    assert tree.entry("sub/untracked") is not None
    assert tree.entry("sub/none") is None
    tree.close()


def test_the_index_of_a_repository_without_commits_is_all_new(workshop: Any) -> None:
    workshop.write("first", b"1")
    workshop.git("add", "first")
    changes, tree = staged_changes(Repository(workshop.path))
    tree.close()
    assert [(change.path, change.status) for change in changes.files] == [("first", ChangeStatus.ADDED)]


def test_a_file_bound_for_lfs_is_seen_as_the_pointer_it_will_be(workshop: Any) -> None:
    workshop.commit(**{".gitattributes": b"*.bin filter=lfs diff=lfs merge=lfs -text\n"})
    workshop.write("model.bin", b"weights")
    changes, tree = staged_changes(Repository(workshop.path))
    (change,) = changes.files
    digest = hashlib.sha256(b"weights").hexdigest()
    assert change.content == f"version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize 7\n".encode()
    reader = tree.open_object(Pointer("git-lfs", "sha256", digest, 7))
    assert reader is not None
    assert reader.read(0, 9) == b"weights"
    tree.close()


def test_a_link_out_of_the_working_tree_is_not_followed(workshop: Any, tmp_path: Path) -> None:
    workshop.commit()
    (tmp_path / "secret").write_bytes(b"secret")
    (workshop.path / "model.bin").symlink_to(tmp_path / "secret")
    changes, tree = staged_changes(Repository(workshop.path))
    (change,) = changes.files
    assert change.entry is not None
    assert change.entry.kind is EntryKind.SYMLINK
    with pytest.raises(UnreadableError, match="not a regular file"):
        tree.open(change.entry)
    tree.close()


def test_a_bare_repository_has_nothing_staged(tmp_path: Path, new_workshop: Callable[..., Any]) -> None:
    with pytest.raises(GitError, match="bare"):
        staged_changes(Repository(new_workshop(tmp_path / "bare.git", "--bare").path))


def test_what_a_commit_brings_and_a_later_one_takes_away_is_past(workshop: Any) -> None:
    base = workshop.commit(**{"a.txt": b"a"})
    workshop.git("checkout", "-q", "-b", "topic")
    brought = workshop.commit(**{"m/model.bin": b"\0weights", "kept.bin": b"\0kept"})
    workshop.git("rm", "-q", "m/model.bin")
    workshop.commit(**{"a.txt": b"changed"})
    workshop.git("checkout", "-q", "main")
    base = workshop.commit(**{"theirs.bin": b"\0of the base"})
    workshop.git("checkout", "-q", "topic")
    workshop.git("merge", "-q", "--no-edit", "main")
    head = workshop.commit(**{"a.txt": b"changed again"})
    (change,) = [
        change for change in past_changes(Repository(workshop.path), base, head).files if change.path != "a.txt"
    ]
    assert (change.path, change.status, change.commit) == ("m/model.bin", ChangeStatus.ADDED, brought)
    assert change.entry is not None


def test_a_change_of_one_commit_has_no_past(workshop: Any) -> None:
    base = workshop.commit(**{"a.txt": b"a"})
    head = workshop.commit(**{"model.bin": b"\0weights"})
    assert past_changes(Repository(workshop.path), base, head).files == ()


def test_the_base_knows_which_blobs_it_holds(workshop: Any) -> None:
    commit = workshop.commit(**{"d/a.bin": b"one", "b.bin": b"two"})
    with GitTree(Repository(workshop.path), commit) as tree:
        entry = tree.entry("d/a.bin")
        assert entry is not None
        assert tree.holds([entry.oid, "1" * 40]) == {entry.oid}


def test_many_files_are_read_through_one_process_and_the_missing_are_told(workshop: Any) -> None:
    commit = workshop.commit(**{f"{number}.bin": b"%d" % number for number in range(300)})
    with GitTree(Repository(workshop.path), commit) as tree:
        entries = [*tree.entries(""), Entry("gone", EntryKind.FILE, "1" * 40), *tree.entries("")]
        contents = [
            reader.read(0, 10) if not isinstance(reader, UnreadableError) else None for reader in tree.open_all(entries)
        ]
    assert contents == [
        *(b"%s" % entry.path.removesuffix(".bin").encode() if entry.path != "gone" else None for entry in entries)
    ]
