"""The world keeps real git repositories and tells what happened in them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from bot.sandbox.diff import changed_files
from bot.sandbox.git import BareRepository, GitError, GitFile
from bot.sandbox.model import Access, Event, State
from bot.sandbox.world import World, WorldError


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    for login in ("alice", "bob"):
        world.create_user(login)
    world.create_repository("distro/packages", files={"a.txt": b"a\n", "dir/b.txt": b"b\n"})
    return world


def test_a_commit_can_add_change_delete_link_and_embed(world: World) -> None:
    submodule = "1" * 40
    sha = world.commit(
        "distro/packages",
        "work",
        {
            "a.txt": None,
            "dir/b.txt": b"changed\n",
            "run.sh": GitFile(b"#!/bin/sh\n", "100755"),
            "link": GitFile(b"dir/b.txt", "120000"),
            "vendor/x": GitFile(submodule.encode(), "160000"),
        },
        "Do everything",
        "alice",
    )
    git = world.repository("distro/packages").git
    entries = {entry.path: (entry.mode, entry.size) for entry in git.tree(sha, recursive=True) if entry.kind != "tree"}
    assert entries == {
        "dir/b.txt": ("100644", 8),
        "link": ("120000", 9),
        "run.sh": ("100755", 10),
        "vendor/x": ("160000", None),
    }
    commit = git.read_commit(sha)
    assert (commit.author_name, commit.message) == ("Alice", "Do everything")
    assert commit.parents == (git.resolve("main"),)


@pytest.mark.parametrize(
    "path", ['quo"te', "back\\slash", "tab\there", "line\nbreak", "ümläut", "bad\udcffbyte", "a b"]
)
def test_any_path_that_git_can_hold_comes_back_as_it_went_in(world: World, path: str) -> None:
    before = world.repository("distro/packages").git.resolve("main")
    assert before is not None
    sha = world.commit("distro/packages", "main", {f"dir/{path}": b"x\n"}, "Add", "alice")
    git = world.repository("distro/packages").git
    assert git.read(sha, f"dir/{path}") == b"x\n"
    assert [file.path for file in changed_files(git, before, sha)] == [f"dir/{path}"]


def test_a_merge_request_shows_only_what_its_branch_changed(world: World) -> None:
    world.commit("distro/packages", "work", {"new.txt": b"new\n"}, "Add", "alice")
    world.commit("distro/packages", "main", {"elsewhere.txt": b"other\n"}, "Go on", "bob")
    merge_request = world.open_merge_request("distro/packages", "work", author="alice")
    git = world.repository("distro/packages").git
    assert [file.path for file in changed_files(git, merge_request.base, merge_request.head)] == ["new.txt"]


def test_a_merge_request_from_a_fork_brings_its_objects_along(world: World) -> None:
    fork = world.fork("distro/packages", "alice")
    sha = world.commit(fork, "work", {"new.bin": b"\0" * 100}, "Add", "alice")
    world.open_merge_request("distro/packages", "work", author="alice", from_fork=fork)
    world.delete_repository(fork)
    target = world.repository("distro/packages").git
    assert target.read(sha, "new.bin") == b"\0" * 100
    assert "work" not in target.branches()
    assert target.line("rev-parse", "refs/pull/1/head") == sha


def test_numbers_are_counted_in_each_repository_and_ids_over_everything(world: World) -> None:
    other = world.create_repository("lab/experiments", files={"x": b"x"}, forge="gitlab")
    world.commit(other, "work", {"y": b"y"}, "Add", "alice")
    world.commit("distro/packages", "work", {"y": b"y"}, "Add", "alice")
    first = world.open_merge_request("distro/packages", "work", author="alice")
    second = world.open_merge_request(other, "work", author="alice")
    assert (first.number, second.number) == (1, 1)
    assert first.id != second.id


def test_listeners_hear_every_step_of_a_merge_request(world: World) -> None:
    heard: list[tuple[str, str]] = []

    def listen(event: Event) -> None:
        heard.append((event.kind, event.action))

    world.subscribe(listen)
    world.commit("distro/packages", "work", {"new.txt": b"new\n"}, "Add", "alice")
    merge_request = world.open_merge_request("distro/packages", "work", author="alice", draft=True)
    world.push(merge_request, {"more.txt": b"more\n"})
    world.set_draft(merge_request, False)
    world.set_draft(merge_request, False)
    world.comment(merge_request, "Fine", "bob")
    world.merge(merge_request, "bob")
    assert heard == [
        ("push", "pushed"),
        ("merge_request", "opened"),
        ("push", "pushed"),
        ("merge_request", "pushed"),
        ("merge_request", "ready"),
        ("note", "created"),
        ("merge_request", "merged"),
    ]
    assert merge_request.state is State.MERGED
    assert world.repository("distro/packages").git.branches()["main"] == merge_request.head


def test_a_push_to_a_closed_merge_request_changes_nothing_in_it(world: World) -> None:
    world.commit("distro/packages", "work", {"new.txt": b"new\n"}, "Add", "alice")
    merge_request = world.open_merge_request("distro/packages", "work", author="alice")
    world.close(merge_request)
    head = merge_request.head
    new = world.push(merge_request, {"more.txt": b"more\n"})
    assert merge_request.head == head
    world.reopen(merge_request)
    assert merge_request.head == new


def test_access_is_the_best_of_ownership_grant_and_publicity(world: World) -> None:
    private = world.create_repository("alice/secret", files={"x": b"x"}, private=True)
    public = world.repository("distro/packages")
    world.grant(private, "bob", "triage")
    assert world.role(private, "alice") is Access.ADMIN
    assert world.role(private, "bob") is Access.TRIAGE
    assert world.role(private, "distro") is Access.NONE
    assert world.role(public, "bob") is Access.READ


def test_what_cannot_be_is_said_plainly(world: World) -> None:
    with pytest.raises(WorldError, match="no branch 'nowhere'"):
        world.open_merge_request("distro/packages", "nowhere", author="alice")
    with pytest.raises(WorldError, match="no repository 'no/such'"):
        world.repository("no/such")
    with pytest.raises(WorldError, match="a repository 'distro/packages' already"):
        world.create_repository("distro/packages")
    with pytest.raises(WorldError, match="no account 'carol'"):
        world.create_token("carol")
    with pytest.raises(GitError, match="cat-file failed"):
        world.repository("distro/packages").git.blob("0" * 40)


def test_the_settings_of_whoever_runs_the_sandbox_do_not_reach_git(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "gitconfig"
    config.write_text("[core]\n\tautocrlf = true\n[init]\n\ttemplateDir = /nonexistent\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    world = World(tmp_path / "world")
    repository = world.create_repository("distro/packages", files={"a.txt": b"a\r\n"})
    assert repository.git.read("main", "a.txt") == b"a\r\n"


def test_the_repositories_are_whole(world: World) -> None:
    fork = world.fork("distro/packages", "alice")
    world.commit(fork, "work", {"new.bin": b"\0" * 100}, "Add", "alice")
    world.open_merge_request("distro/packages", "work", author="alice", from_fork=fork)
    for repository in world.repositories.values():
        subprocess.run(["git", "--git-dir", repository.git.path, "fsck", "--strict"], check=True, capture_output=True)


def test_a_large_file_is_read_from_its_middle(world: World) -> None:
    content = bytes(range(256)) * 4096
    sha = world.commit("distro/packages", "main", {"large.bin": content}, "Add", "alice")
    git: BareRepository = world.repository("distro/packages").git
    entry = git.entry(sha, "large.bin")
    assert entry is not None
    assert b"".join(git.open_blob(entry.oid)(500_000, 700_000)) == content[500_000:700_000]
