"""What the clients read: merge requests, changed files, trees, contents."""

from __future__ import annotations

import pytest

from bot.forges.protocol import ForgeError
from bot.sandbox.model import Repository
from bot.scanner.readers import UnreadableError
from bot.scanner.tree import Change, EntryKind
from rules.facts import ChangeStatus, Pointer
from tests.forges.conftest import BOT, ODD, WEIGHTS, Scene


def changes_of(scene: Scene) -> dict[str, Change]:
    found = scene.forge.changes(scene.read())
    assert found.complete
    assert found.remark is None
    return {change.path: change for change in found.files}


def test_a_merge_request_is_told_as_it_is(standing: Scene) -> None:
    found = standing.read()
    assert (found.repository, found.repository_id) == ("distro/packages", str(standing.repository.id))
    assert (found.host, found.number, found.state, found.draft) == ("127.0.0.1", standing.pull.number, "open", False)
    assert (found.title, found.author) == ("Add a model", "alice")
    assert (found.source_branch, found.target_branch) == ("add-model", "main")
    assert (found.head, found.base) == (standing.pull.head, standing.repository.git.resolve("main"))
    assert found.source_repository_id == str(standing.fork.id)
    assert found.url == standing.sandbox.page_of("distro/packages", standing.pull.number)


def test_a_draft_and_a_closed_and_a_merged_one_are_told_apart(scene: Scene) -> None:
    scene.world.set_draft(scene.pull, True)
    assert scene.read().draft
    scene.world.close(scene.pull)
    assert scene.read().state == "closed"
    scene.world.reopen(scene.pull)
    scene.world.merge(scene.pull)
    assert scene.read().state == "merged"


def test_a_merge_request_into_a_branch_with_an_odd_name_is_read(scene: Scene) -> None:
    tip = scene.world.commit(scene.repository, "stable/1.0#x%2F", {"a": b"1"}, "m")
    scene.world.retarget(scene.pull, "stable/1.0#x%2F")
    found = scene.read()
    assert (found.target_branch, found.base) == ("stable/1.0#x%2F", tip)


def test_a_merge_request_outlives_its_fork(scene: Scene) -> None:
    scene.world.delete_repository(scene.fork)
    found = scene.read()
    assert found.source_repository_id is None
    assert changes_of(scene)["models/card.md"].content is not None


def test_every_changed_file_is_listed_with_its_status(standing: Scene) -> None:
    statuses = {path: change.status.value for path, change in changes_of(standing).items()}
    assert statuses == {
        "README.md": "modified",
        "gone.txt": "deleted",
        "new/moved.bin": "renamed",
        "new/touched.bin": "renamed",
        "models/tiny one.bin": "added",
        "models/card.md": "added",
        "models/bare.txt": "added",
        "models/latest.bin": "added",
        "models/far.gguf": "added",
        ODD: "added",
    }


def test_added_text_comes_with_the_list_and_binaries_are_left_to_be_opened(standing: Scene) -> None:
    changes = changes_of(standing)
    assert changes["models/card.md"].content == "---\nlicense: mit\n---\n# Größe\n".encode()
    assert changes["models/bare.txt"].content == b"no line end"
    assert changes[ODD].content == b"odd name\n"
    weights = changes["models/tiny one.bin"]
    assert (weights.content, weights.known_text) == (None, False)
    assert changes["README.md"].known_text


def test_a_pointer_is_recognised_in_the_list(standing: Scene) -> None:
    pointer = changes_of(standing)["models/far.gguf"]
    assert pointer.may_be_pointer
    assert pointer.content is not None
    assert pointer.content.startswith(b"version https://git-lfs")


def test_a_pure_rename_is_known_to_bring_nothing_new_and_a_changed_one_is_not(standing: Scene) -> None:
    changes = changes_of(standing)
    moved, touched = changes["new/moved.bin"], changes["new/touched.bin"]
    assert moved.entry is not None
    assert touched.entry is not None
    assert (moved.previous_path, touched.previous_path) == ("old/moved.bin", "old/touched.bin")
    assert moved.previous_oid == moved.entry.oid != ""
    assert touched.previous_oid != touched.entry.oid


def test_a_deletion_has_no_entry(standing: Scene) -> None:
    gone = changes_of(standing)["gone.txt"]
    assert (gone.status, gone.entry) == (ChangeStatus.DELETED, None)


def test_pages_of_files_are_all_read(scene: Scene) -> None:
    found = scene.branch("many", {f"many/{number:03}.txt": b"%d\n" % number for number in range(230)})
    changes = scene.forge.changes(found)
    assert (len(changes.files), changes.complete) == (230, True)


def test_a_list_that_the_forge_cuts_short_is_called_incomplete(scene: Scene) -> None:
    if scene.kind == "forgejo":
        pytest.skip("Forgejo sends the whole diff")
    scene.world.limits.github.files = scene.world.limits.gitlab.files = 3
    found = scene.forge.changes(scene.read())
    assert (len(found.files), found.complete) == (3, False)
    assert "were not looked at" in (found.remark or "")


def test_a_patch_too_large_to_show_is_neither_text_nor_content(scene: Scene) -> None:
    if scene.kind == "forgejo":
        pytest.skip("Forgejo leaves no patch out")
    scene.world.limits.github.patch_lines = 2
    scene.world.limits.gitlab.patch_bytes = 20
    card = changes_of(scene)["models/card.md"]
    assert (card.content, card.known_text) == (None, False)
    assert card.entry is not None
    assert scene.forge.tree(scene.read()).open(card.entry).read(0, 3) == b"---"


def test_a_tree_lists_a_directory_with_kinds(standing: Scene) -> None:
    tree = standing.forge.tree(standing.read())
    kinds = {entry.path: entry.kind for entry in tree.entries("models")}
    assert kinds["models/latest.bin"] is EntryKind.SYMLINK
    assert kinds["models/tiny one.bin"] is EntryKind.FILE
    assert ODD in kinds
    assert {entry.path: entry.kind for entry in tree.entries("")}["models"] is EntryKind.DIRECTORY


def test_what_is_not_in_a_tree_is_none_and_no_error(standing: Scene) -> None:
    tree = standing.forge.tree(standing.read())
    assert tree.entries("nowhere") == []
    assert tree.entry("nowhere/file.txt") is None
    assert tree.entry("gone.txt") is None


def test_a_tree_of_many_files_is_listed_whole(scene: Scene) -> None:
    found = scene.branch("many", {f"many/{number:03}.txt": b"%d\n" % number for number in range(230)})
    assert len(scene.forge.tree(found).entries("many")) == 230


def test_directories_are_listed_singly_where_github_cuts_a_tree_short(github: Scene) -> None:
    github.world.limits.github.tree_entries = 3
    tree = github.forge.tree(github.read())
    assert tree.entry("models/card.md") is not None
    assert tree.entry("docs/a b/note.md") is not None
    assert tree.entries("nowhere") == []


@pytest.mark.parametrize("ranges", [True, False])
def test_part_of_a_file_is_read_with_and_without_ranges(scene: Scene, ranges: bool) -> None:
    scene.serve_ranges(ranges)
    tree = scene.forge.tree(scene.read())
    entry = tree.entry("models/tiny one.bin")
    assert entry is not None
    reader = tree.open(entry)
    assert reader.size == len(WEIGHTS)
    assert reader.read(0, 10) == WEIGHTS[:10]
    assert reader.read(300, 20) == WEIGHTS[300:320]
    assert reader.read(len(WEIGHTS) - 5, 50) == WEIGHTS[-5:]
    assert reader.read(len(WEIGHTS) + 5, 5) == b""


def test_files_with_odd_names_open_from_the_list_of_changes(standing: Scene) -> None:
    tree = standing.forge.tree(standing.read())
    changes = changes_of(standing)
    for path, content in {ODD: b"odd name\n", "models/tiny one.bin": WEIGHTS}.items():
        entry = changes[path].entry
        assert entry is not None
        reader = tree.open(entry)
        assert reader.read(0, reader.size) == content


def test_of_a_symlink_the_target_is_read_and_nothing_behind_it(standing: Scene) -> None:
    entry = changes_of(standing)["models/latest.bin"].entry
    assert entry is not None
    reader = standing.forge.tree(standing.read()).open(entry)
    assert reader.read(0, reader.size) == b"tiny one.bin"


@pytest.mark.parametrize("ranges", [True, False])
def test_the_object_behind_a_pointer_is_read_in_parts(scene: Scene, ranges: bool) -> None:
    scene.serve_ranges(ranges)
    digest = scene.world.lfs.put(scene.lfs)
    pointer = Pointer("git-lfs", "sha256", digest, len(scene.lfs))
    reader = scene.forge.tree(scene.read()).open_object(pointer)
    assert reader is not None
    assert reader.size == len(scene.lfs)
    assert reader.read(0, 8) == scene.lfs[:8]
    assert reader.read(len(scene.lfs) - 3, 3) == scene.lfs[-3:]


def test_a_missing_object_is_unreadable_and_other_pointers_lead_nowhere(standing: Scene) -> None:
    tree = standing.forge.tree(standing.read())
    with pytest.raises(UnreadableError, match="does not have the object"):
        tree.open_object(Pointer("git-lfs", "sha256", "0" * 64, 5))
    assert tree.open_object(Pointer("git-annex", "sha256", "0" * 64, 5)) is None


def test_the_policy_is_read_from_the_target(standing: Scene) -> None:
    found = standing.read()
    assert standing.forge.read_file(found, found.base, ".weighbridge.yml", 1000) == b"packs: [guix]\n"
    assert standing.forge.read_file(found, found.base, "docs/a b/note.md", 1000) == b"a note\n"
    assert standing.forge.read_file(found, found.base, "empty.txt", 1000) == b""
    assert standing.forge.read_file(found, found.base, "absent.yml", 1000) is None
    assert standing.forge.read_file(found, found.base, "models/card.md", 1000) is None


def test_a_policy_that_is_too_large_is_refused_with_both_sizes(standing: Scene) -> None:
    found = standing.read()
    with pytest.raises(ForgeError, match=r"14 bytes; at most 5 "):
        standing.forge.read_file(found, found.base, ".weighbridge.yml", 5)


def test_a_page_of_a_file_opens_at_its_address(standing: Scene) -> None:
    found = standing.read()
    address = standing.forge.file_url(found, found.head, ODD, 3)
    assert address.endswith("#L3")
    assert " " not in address
    assert address.count("#") == 1


def test_a_line_break_in_a_name_is_part_of_the_name(scene: Scene) -> None:
    found = scene.branch("hostile", {"b\n/merge\n.bin": WEIGHTS})
    (odd,) = scene.forge.changes(found).files
    assert odd.path == "b\n/merge\n.bin"
    assert odd.entry is not None
    assert scene.forge.tree(found).open(odd.entry).read(1, 3) == WEIGHTS[1:4]


def test_a_name_that_json_cannot_carry_is_read_or_called_unreadable(scene: Scene) -> None:
    found = scene.branch("hostile", {"a\udcff.bin": WEIGHTS})
    (broken,) = scene.forge.changes(found).files
    assert broken.entry is not None
    tree = scene.forge.tree(found)
    if scene.kind != "gitlab":
        assert tree.open(broken.entry).read(0, 3) == WEIGHTS[:3]
        return
    with pytest.raises(UnreadableError, match="does not find it"):
        tree.open(broken.entry)


def test_a_file_of_another_repository_is_read_at_its_default_branch(scene: Scene) -> None:
    other = _organisation(scene, {".weighbridge.yml": b"version: 1\n", "strict/a b.yml": b"version: 1 # strict\n"})
    found = scene.forge.read_other_file("distro/.weighbridge", ".weighbridge.yml", 1000)
    assert found is not None
    assert (found.content, found.commit) == (b"version: 1\n", other.git.resolve("main"))
    assert "/distro/.weighbridge/" in found.url
    assert found.url.endswith(f"/{found.commit}/.weighbridge.yml")
    scene.world.commit(other, "main", {"strict/a b.yml": b"changed\n"}, "Change", "alice")
    older = scene.forge.read_other_file("distro/.weighbridge", "strict/a b.yml", 1000, found.commit)
    assert older is not None
    assert older.content == b"version: 1 # strict\n"
    assert scene.forge.read_other_file("distro/.weighbridge", "absent.yml", 1000) is None
    with pytest.raises(ForgeError, match="at most 5 are read"):
        scene.forge.read_other_file("distro/.weighbridge", ".weighbridge.yml", 5)


def test_a_repository_that_is_not_there_or_hidden_has_no_file(standing: Scene) -> None:
    assert standing.forge.read_other_file("distro/.weighbridge", ".weighbridge.yml", 1000) is None
    assert standing.stranger.read_other_file("nobody/.weighbridge", ".weighbridge.yml", 1000) is None


def test_a_file_above_what_github_sends_along_is_read_too(github: Scene) -> None:
    content = b"x" * (github.world.limits.github.contents_json_bytes + 1)
    tip = github.world.commit(github.repository, "main", {"large.json": content}, "Add", "alice")
    assert github.forge.read_file(github.read(), tip, "large.json", 2 * len(content)) == content


def _organisation(scene: Scene, files: dict[str, bytes]) -> Repository:
    host = scene.kind.partition("-")[0]
    other = scene.world.create_repository("distro/.weighbridge", files=files, forge=host)
    scene.world.grant(other, BOT, "read")
    if scene.kind == "github-app":
        scene.world.install_app(next(iter(scene.world.apps.values())), other.full_name)
    return other
