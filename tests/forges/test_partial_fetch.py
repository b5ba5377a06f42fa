"""The complete list of changes from a partial fetch, and what keeps the fetch within its bounds."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from bot.forges import partial_fetch
from bot.forges.fetched import Store
from bot.forges.git_remote import Bounds, FetchError, Remote, fetch
from bot.forges.partial_fetch import PartialFetch, Sought
from bot.sandbox import model
from bot.sandbox.git import Content
from bot.sandbox.server import Sandbox
from bot.scanner.tree import Change
from rules.facts import ChangeStatus

BIG = bytes(range(256)) * 1024
MANY = 3_500
MEGABYTE = 1024 * 1024


@dataclass
class Place:
    """A private repository with a merge request, and where its parts are fetched to."""

    sandbox: Sandbox
    target: model.Repository
    token: str
    root: Path

    @property
    def remote(self) -> Remote:
        return Remote(f"{self.sandbox.url}/{self.target.full_name}.git", lambda: ("x-access-token", self.token))

    def sought(self, head: str, **other: str | None) -> Sought:
        base = self.target.git.resolve("main") or ""
        asked = Sought("github-127.0.0.1-1", self.remote, head, base, self.target.git.merge_base(base, head))
        return replace(asked, **other)

    def fetcher(self, limit: int = 64 * MEGABYTE, seconds: float = 20.0) -> PartialFetch:
        return PartialFetch(Store(self.root, limit), seconds)

    def commit(self, branch: str, changes: dict[str, Content]) -> str:
        """Commit to `main`, or to a branch that no other test has."""
        name = branch if branch == "main" else f"{self.root.parent.name}-{branch}"
        return self.sandbox.world.commit(self.target, name, changes, "m", "alice")


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with Sandbox(tmp_path_factory.mktemp("fetch") / "sandbox") as running:
        yield built(running)


@pytest.fixture
def place(ground: Place, tmp_path: Path) -> Iterator[Place]:
    """The repository that all tests share, with a place of its own for what a test fetches."""
    yield replace(ground, root=tmp_path / "fetched")
    ground.sandbox.world.misbehaviour.clear()


def built(sandbox: Sandbox) -> Place:
    world = sandbox.world
    for login in ("alice", "bot"):
        world.create_user(login)
    files: dict[str, Content] = {f"base/{number}.txt": b"x" * 2000 for number in range(20)}
    target = world.create_repository("distro/packages", files=files | {"old.bin": BIG, "gone.txt": b"gone"})
    target.private = True
    world.grant(target, "bot", "read")
    return Place(sandbox, target, world.create_token("bot"), Path())


def by_path(changes: tuple[Change, ...]) -> dict[str, Change]:
    return {change.path: change for change in changes}


def test_thousands_of_files_are_listed_with_the_small_ones_at_hand_and_the_weights_left_where_they_are(
    place: Place,
) -> None:
    pointer = place.sandbox.world.put_lfs_object(place.target, b"GGUF" * 10)
    many: dict[str, Content] = {f"many/{number}.py": b"%d\n" % number for number in range(MANY)}
    moved: dict[str, Content] = {"old.bin": None, "new.bin": BIG, "gone.txt": None}
    head = place.commit("large", many | moved | {"far.gguf": pointer, "near.gguf": BIG + b"1"})
    found = place.fetcher().changes(place.sought(head))
    changes = by_path(found.files)
    assert (len(changes), found.complete) == (MANY + 4, True)
    assert changes["many/7.py"].content == b"7\n"
    assert changes["far.gguf"].content == pointer
    assert (changes["new.bin"].status, changes["new.bin"].previous_path) == (ChangeStatus.RENAMED, "old.bin")
    assert changes["gone.txt"].status is ChangeStatus.DELETED
    weights = changes["near.gguf"]
    assert weights.entry is not None
    assert (weights.content, weights.entry.size) == (None, None)
    assert weights.entry.oid == place.target.git.line("rev-parse", f"{head}:near.gguf")
    assert sum(path.stat().st_size for path in place.root.rglob("*") if path.is_file()) < MEGABYTE


def test_what_was_fetched_once_costs_little_the_next_time(place: Place) -> None:
    many: dict[str, Content] = {f"many/{number}.bin": os.urandom(4000) for number in range(50)}
    first = place.commit("first", many)
    fetcher = place.fetcher()
    fetcher.changes(place.sought(first))
    before = sum(path.stat().st_size for path in place.root.rglob("*.pack"))
    second = place.commit("first", {"one more.txt": b"1\n"})
    assert len(fetcher.changes(place.sought(second)).files) == 51
    after = sum(path.stat().st_size for path in place.root.rglob("*.pack"))
    assert before > 200_000
    assert after - before < 10_000


def test_the_common_ancestor_is_found_where_the_forge_does_not_tell_it(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = place.commit("branch", {"a.txt": b"a"})
    for number in range(4):
        place.commit("main", {"main.txt": b"%d" % number})
    monkeypatch.setattr(partial_fetch, "DEPTHS", (1, 2, 9))
    found = place.fetcher().changes(place.sought(head, fork_point=None))
    assert [change.path for change in found.files] == ["a.txt"]
    monkeypatch.setattr(partial_fetch, "DEPTHS", (1, 2))
    with pytest.raises(FetchError, match="no common ancestor among their last 2 commits"):
        place.fetcher().changes(place.sought(head, fork_point=None))


def test_with_unrelated_histories_all_that_the_head_holds_is_listed(place: Place) -> None:
    git = place.target.git
    tree = git.line("rev-parse", f"{place.commit('x', {'weights.bin': BIG})}^{{tree}}")
    orphan = git.line("-c", "user.name=a", "-c", "user.email=a@b", "commit-tree", "-m", "m", tree)
    found = place.fetcher().changes(place.sought(orphan, fork_point=None))
    assert {change.status for change in found.files} == {ChangeStatus.ADDED}
    assert len(found.files) == sum(entry.kind == "blob" for entry in git.tree(orphan, recursive=True))


def test_single_commits_are_told_with_what_each_changes(place: Place) -> None:
    first = place.commit("twice", {"m.bin": BIG + b"1", "card.md": b"# One\n"})
    second = place.commit("twice", {"m.bin": None})
    third = place.commit("twice", {})
    found = dict(place.fetcher().commits(place.sought(third), [first, second, third], 3))
    assert {change.path: change.content for change in found[first]} == {"m.bin": None, "card.md": b"# One\n"}
    assert [change.status for change in found[second]] == [ChangeStatus.DELETED]
    assert found[third] == []


def test_a_head_that_is_given_out_by_name_only_is_found_and_one_that_has_moved_is_not_taken_for_it(
    place: Place,
) -> None:
    place.target.git.run("config", "uploadpack.allowAnySHA1InWant", "false")
    head = place.commit("branch", {"a.txt": b"a"})
    place.target.git.set_ref("refs/pull/1/head", head)
    asked = place.sought(head, head_ref="refs/pull/1/head")
    assert len(place.fetcher().changes(asked).files) == 1
    with pytest.raises(FetchError, match="moved on"):
        place.fetcher().changes(replace(asked, head="1" * 40))
    place.target.git.run("config", "uploadpack.allowAnySHA1InWant", "true")


def test_what_is_no_commit_id_reaches_no_command_line(place: Place) -> None:
    with pytest.raises(FetchError, match="no id"):
        place.fetcher().changes(place.sought(place.target.git.resolve("main") or "", fork_point="--upload-pack=x"))


def test_credentials_are_in_no_command_line_no_file_and_no_message(place: Place, seen: Callable[[], str]) -> None:
    head = place.commit("branch", {"a.txt": b"a"})
    place.fetcher().changes(place.sought(head))
    assert place.token not in seen()
    assert "fetch" in seen()
    kept = b"".join(path.read_bytes() for path in place.root.rglob("*") if path.is_file())
    assert place.token.encode() not in kept
    wrong = replace(place.sought(head), key="other", remote=Remote(place.remote.url, lambda: ("x", "s3cret-token")))
    with pytest.raises(FetchError) as caught:
        place.fetcher().changes(wrong)
    assert "s3cret" not in str(caught.value)


@pytest.fixture
def seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], str]:
    """All command lines of git, written down by a git of ours that runs the real one."""
    real = subprocess.run(["which", "git"], capture_output=True, text=True, check=True).stdout.strip()
    folder, log = tmp_path / "bin", tmp_path / "commands"
    folder.mkdir()
    (folder / "git").write_text(f'#!/bin/sh\necho "$@" >> {log}\nexec {real} "$@"\n')
    (folder / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return log.read_text


def test_a_server_that_hangs_is_given_up_and_nothing_of_it_stays(place: Place) -> None:
    head = place.commit("branch", {"a.txt": b"a"})
    place.sandbox.misbehave("slow", "*/git-upload-pack", times=None, seconds=None)
    began = time.monotonic()
    with pytest.raises(FetchError, match="took too long"):
        place.fetcher(seconds=0.3).changes(place.sought(head))
    assert time.monotonic() - began < 5
    assert not list(place.root.glob("*.git"))


def test_a_fetch_that_grows_beyond_the_limit_is_ended(place: Place) -> None:
    head = place.commit("branch", {f"{number}.bin": os.urandom(60_000) for number in range(10)})
    with pytest.raises(FetchError, match="WEIGHBRIDGE_FETCH_LIMIT"):
        place.fetcher(limit=300_000).changes(place.sought(head))
    assert not list(place.root.glob("*.git"))


def test_the_repository_that_was_used_longest_ago_gives_way(place: Place) -> None:
    head = place.commit("branch", {"noise.bin": os.urandom(60_000)})
    fetcher = place.fetcher(limit=170_000)
    for key in ("first", "second", "third"):
        fetcher.changes(replace(place.sought(head), key=key))
        if key != "third":
            os.utime(place.root / f"{key}.git", (0, 0 if key == "first" else 1))
    left = {path.name for path in place.root.glob("*.git")}
    assert "third.git" in left
    assert "first.git" not in left


def test_two_reviews_do_not_fetch_into_one_repository_at_once(place: Place) -> None:
    store = Store(place.root, MEGABYTE)
    with store.held("one", time.monotonic()):
        with pytest.raises(FetchError, match="another review"), store.held("one", time.monotonic()):
            raise AssertionError
        with store.held("other", time.monotonic()):
            pass
    heads = [place.commit(f"b{number}", {f"{number}.txt": b"1"}) for number in range(3)]
    found: list[int] = []
    threads = [
        threading.Thread(target=lambda head=head: found.append(len(place.fetcher().changes(place.sought(head)).files)))
        for head in heads
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [1, 1, 1]


def test_a_directory_that_others_can_write_to_is_not_used(place: Place) -> None:
    place.root.mkdir(mode=0o777)
    place.root.chmod(0o777)
    with pytest.raises(FetchError, match="other users"):
        place.fetcher().changes(place.sought(place.target.git.resolve("main") or ""))


@pytest.mark.parametrize("url", ["ssh://git@host/x.git", "ext::sh -c x", "/etc", "https://user:secret@host/x.git"])
def test_only_plain_web_addresses_are_fetched_from(tmp_path: Path, url: str) -> None:
    with pytest.raises(FetchError, match="clone address"):
        fetch(tmp_path, Remote(url, lambda: ("", "")), [], Bounds(time.monotonic() + 1, lambda: False))


def test_a_redirect_is_not_followed(place: Place) -> None:
    class Elsewhere(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(301)
            self.send_header("Location", f"{place.sandbox.url}{self.path}")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    head = place.commit("branch", {"a.txt": b"a"})
    before = place.sandbox.world.misbehaviour.count()
    with HTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        remote = replace(place.remote, url=f"http://127.0.0.1:{server.server_port}/distro/packages.git")
        with pytest.raises(FetchError, match="301"):
            place.fetcher().changes(replace(place.sought(head), remote=remote))
        server.shutdown()
    assert place.sandbox.world.misbehaviour.count() == before
