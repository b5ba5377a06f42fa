"""Merge requests that a forge does not list in full: seen whole with a partial fetch, or said not to be."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save

from bot.forges.fetched import Store
from bot.forges.partial_fetch import PartialFetch
from bot.sandbox.git import Content
from bot.sandbox.server import Sandbox
from bot.scanner.readers import UnreadableError
from bot.scanner.scan import collect
from bot.scanner.tree import Changes
from rules.facts import Facts, MergeRequest
from tests.forges.conftest import ODD, WEIGHTS, Scene, build

MODEL = save({"layer.weight": np.ones((40, 40), np.float32)})
LARGE = save({"layer.weight": np.arange(40_000, dtype=np.float32)})
"""More than comes along with a fetch."""


@pytest.fixture(scope="module", params=["github-app", "gitlab", "forgejo"])
def ground(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, key_pair: tuple[str, str]
) -> Iterator[Scene]:
    """A private repository, which all tests here share: each opens its own merge request, or only reads."""
    with Sandbox(tmp_path_factory.mktemp("whole") / "sandbox") as running:
        scene = build(request.param, running, key_pair)
        scene.repository.private = True
        yield scene


@pytest.fixture
def whole(ground: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """A forge that lists three files at most (or a client that reads no byte of Forgejo's diff) and may fetch."""
    monkeypatch.setattr(ground.world.limits.github, "files", 3)
    monkeypatch.setattr(ground.world.limits.gitlab, "files", 3)
    monkeypatch.setattr("bot.forges.forgejo.DIFF_LIMIT", 0)
    fetch_into(ground, tmp_path, monkeypatch)
    yield ground
    ground.world.misbehaviour.clear()


def fetch_into(scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seconds: float = 20.0) -> None:
    fetcher = PartialFetch(Store(tmp_path / "fetched", 64 * 1024 * 1024), seconds)
    monkeypatch.setattr(scene.forge, "_fetcher", fetcher)


def facts_of(scene: Scene, found: MergeRequest) -> Facts:
    changes = scene.forge.changes(found)
    return collect(
        changes,
        scene.forge.tree(found),
        base=scene.forge.base_tree(found),
        past=lambda: scene.forge.past_changes(found, changes),
        merge_request=found,
    )


def test_a_list_that_the_forge_cuts_short_is_completed_and_its_files_can_be_read(whole: Scene) -> None:
    found = whole.read()
    changes = whole.forge.changes(found)
    assert (changes.complete, changes.remark) == (True, None)
    files = {change.path: change for change in changes.files}
    assert ODD in files
    assert files["new/moved.bin"].previous_path == "old/moved.bin"
    assert files["models/tiny one.bin"].content == WEIGHTS
    assert (files["models/far.gguf"].content or b"").startswith(b"version https://git-lfs")


def test_weights_beyond_the_forges_list_are_found_and_large_ones_read_through_the_forge(whole: Scene) -> None:
    files: dict[str, Content] = {f"a/{number}.txt": b"%d\n" % number for number in range(9)}
    facts = facts_of(whole, whole.branch("many", files | {"z/large.safetensors": LARGE, "z/small.safetensors": MODEL}))
    assert facts.not_examined == ()
    assert facts.changed_files == 11
    assert {artifact.path: artifact.size for artifact in facts.artifacts} == {
        "z/large.safetensors": len(LARGE),
        "z/small.safetensors": len(MODEL),
    }


def test_three_and_a_half_thousand_files_are_seen_whole(whole: Scene) -> None:
    many: dict[str, Content] = {f"many/{number % 50}/{number}.txt": b"%d\n" % number for number in range(3_499)}
    facts = facts_of(whole, whole.branch("thousands", many | {"m.safetensors": MODEL}))
    assert (facts.changed_files, facts.not_examined) == (3_500, ())
    assert [artifact.path for artifact in facts.artifacts] == ["m.safetensors"]


def test_within_the_limits_nothing_is_fetched(ground: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fetch_into(ground, tmp_path, monkeypatch)
    ground.world.misbehaviour.forget_requests()
    assert facts_of(ground, ground.read()).changed_files == 10
    assert ground.world.misbehaviour.count("*/info/refs") == 0
    assert not (tmp_path / "fetched").exists()


def test_a_history_without_a_common_ancestor_is_seen_whole(whole: Scene) -> None:
    git = whole.repository.git
    tree = git.line("rev-parse", f"{whole.pull.head}^{{tree}}")
    orphan = git.line("-c", "user.name=a", "-c", "user.email=a@b.example", "commit-tree", "-m", "m", tree)
    git.set_ref("refs/heads/orphan", orphan)
    found = whole.read(whole.world.open_merge_request(whole.repository, "orphan", author="alice").number)
    changes = whole.forge.changes(found)
    assert changes.complete
    if whole.kind.startswith("github"):  # the others say that the target's tip is the base, as the sandbox has it
        assert len(changes.files) == len(git.tree(orphan, recursive=True)) - 4


def test_after_a_force_push_the_new_head_is_fetched(whole: Scene) -> None:
    before = whole.branch("forced", {f"some/{number}.bin": WEIGHTS for number in range(5)})
    assert len(whole.forge.changes(before).files) == 5
    other: dict[str, Content] = {f"other/{number}.bin": WEIGHTS for number in range(5)}
    whole.world.commit(whole.repository, "forced", other, "Other", "alice", start="main")
    paths = {change.path for change in whole.forge.changes(whole.read(before.number)).files}
    assert paths == {f"other/{number}.bin" for number in range(5)}


def test_a_server_that_hangs_leaves_the_list_incomplete_and_the_remark_says_why(
    whole: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if whole.kind == "forgejo":
        pytest.skip("its list of files is asked for then")
    fetch_into(whole, tmp_path, monkeypatch, seconds=0.2)
    whole.sandbox.misbehave("slow", "*/git-upload-pack", times=None, seconds=None)
    found = whole.forge.changes(whole.read())
    assert (len(found.files), found.complete) == (3, False)
    assert "were not looked at. Fetching the rest with git failed: the forge took too long." in (found.remark or "")


def test_of_more_commits_than_are_looked_at_one_by_one_the_history_is_fetched(
    whole: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = f"bot.forges.{whole.kind.partition('-')[0]}"
    monkeypatch.setattr(f"{module}.COMMITS_LIMIT", 2)
    brought = whole.world.commit(whole.repository, "long", {"m/gone.safetensors": LARGE, "s.safetensors": MODEL}, "a")
    for changes in ({"m/gone.safetensors": None}, {"s.safetensors": None}, {"notes.txt": b"n\n"}):
        whole.world.commit(whole.repository, "long", changes, "b")
    found = whole.read(whole.world.open_merge_request(whole.repository, "long", author="alice").number)
    whole.world.misbehaviour.forget_requests()
    facts = facts_of(whole, found)
    assert facts.not_examined == ()
    assert {artifact.path: (artifact.commit, artifact.size) for artifact in facts.past} == {
        "m/gone.safetensors": (brought, len(LARGE)),
        "s.safetensors": (brought, len(MODEL)),
    }
    whole.sandbox.misbehave("500", "*/info/refs", times=None)
    remark = whole.forge.past_changes(found, Changes((), commits=4)).remark or ""
    assert "Fetching the rest with git failed" in remark


def test_a_merge_request_whose_fork_was_deleted_is_seen_whole(whole: Scene) -> None:
    whole.world.delete_repository(whole.fork)
    changes = whole.forge.changes(whole.read())
    assert (len(changes.files), changes.complete) == (11, True)  # a rename with a change is an addition and a deletion


def test_a_directory_that_github_cuts_short_is_no_empty_one(whole: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    if whole.kind != "github-app":
        pytest.skip("the others list a directory page by page")
    monkeypatch.setattr(whole.world.limits.github, "tree_entries", 1)
    tree = whole.forge.tree(whole.branch("cut", {"models/a.bin": WEIGHTS, "models/b.bin": WEIGHTS}))
    with pytest.raises(UnreadableError, match="lists only a part"):
        tree.entries("models")
