"""Where a branch stands, and everything that lies there."""

from __future__ import annotations

import pytest

from bot.forges.protocol import ForgeError, NotFoundError
from bot.scanner.tree import EntryKind
from tests.forges.conftest import BASE, ODD, Scene


def test_the_default_branch_is_found_without_its_name_and_another_one_by_it(scene: Scene) -> None:
    key, name = str(scene.repository.id), scene.repository.full_name
    stable = scene.world.commit(scene.repository, "stable/1.0#x%2F", {"a": b"1"}, "m")
    tip = scene.forge.tip(key, name)
    assert tip is not None
    assert (tip.repository_id, tip.repository, tip.branch) == (key, name, "main")
    assert tip.commit == scene.repository.git.resolve("main")
    assert tip.url == f"{scene.sandbox.url}/{name}"
    other = scene.forge.tip(key, name, "stable/1.0#x%2F")
    assert other is not None
    assert (other.branch, other.commit) == ("stable/1.0#x%2F", stable)
    assert scene.forge.tip(key, name, "nowhere") is None


def test_a_tip_is_asked_for_anew_each_time(scene: Scene) -> None:
    key, name = str(scene.repository.id), scene.repository.full_name
    scene.forge.tip(key, name)
    pushed = scene.world.commit(scene.repository, "main", {"more.txt": b"more\n"}, "More")
    tip = scene.forge.tip(key, name)
    assert tip is not None
    assert tip.commit == pushed
    scene.repository.default_branch = "trunk"
    trunk = scene.world.commit(scene.repository, "trunk", {"a": b"1"}, "m")
    tip = scene.forge.tip(key, name)
    assert tip is not None
    assert (tip.branch, tip.commit) == ("trunk", trunk)


def test_a_repository_that_is_not_there_is_an_error_and_no_empty_one(standing: Scene) -> None:
    with pytest.raises(NotFoundError):
        standing.forge.tip("999999", standing.repository.full_name)
    with pytest.raises(ForgeError):
        standing.nobody.tip(str(standing.repository.id), standing.repository.full_name)


def test_the_whole_tree_is_gone_through_and_its_files_are_read(scene: Scene) -> None:
    many: dict[str, bytes] = {f"many/deep/{number:03}.txt": b"%d\n" % number for number in range(130)}
    scene.world.commit(scene.repository, "main", many | {ODD: b"odd name\n"}, "Many")
    tip = scene.forge.tip(str(scene.repository.id), scene.repository.full_name)
    assert tip is not None
    tree = scene.forge.tip_tree(tip)
    found = {entry.path: entry for entry in tree.walk()}
    assert set(found) == {*BASE, *many, ODD}
    assert {entry.kind for entry in found.values()} == {EntryKind.FILE}
    assert found[ODD].oid == scene.repository.git.entry(tip.commit, ODD).oid  # type: ignore[union-attr]
    assert tree.open(found[ODD]).read(0, 100) == b"odd name\n"
    assert tree.entry("docs/a b/note.md") == found["docs/a b/note.md"]


def test_a_listing_that_github_cuts_short_is_gone_through_by_directories(github: Scene) -> None:
    tip = github.forge.tip(str(github.repository.id), github.repository.full_name)
    assert tip is not None
    github.world.limits.github.tree_entries = 6
    assert {entry.path for entry in github.forge.tip_tree(tip).walk()} == set(BASE)
    github.world.limits.github.tree_entries = 5
    with pytest.raises(ForgeError, match="only a part of the root"):
        list(github.forge.tip_tree(tip).walk())
