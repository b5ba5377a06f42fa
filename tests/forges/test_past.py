"""Weights that a commit of a merge request brings and a later one takes away."""

from __future__ import annotations

import numpy as np
from safetensors.numpy import save

from bot.scanner.scan import collect
from bot.scanner.tree import Changes
from rules.facts import Facts
from tests.forges.conftest import Scene

WEIGHTS = save({"layer.weight": np.ones((40, 40), np.float32)})


def past_of(scene: Scene, branch: str) -> Facts:
    """The facts of a merge request from a branch of the target."""
    pull = scene.world.open_merge_request(scene.repository, branch, author="alice")
    found = scene.read(pull.number)
    changes = scene.forge.changes(found)
    return collect(
        changes,
        scene.forge.tree(found),
        base=scene.forge.base_tree(found),
        past=lambda: scene.forge.past_changes(found, changes),
        merge_request=found,
    )


def test_what_the_last_commit_no_longer_holds_is_found_with_its_commit(scene: Scene) -> None:
    brought = scene.world.commit(scene.repository, "twice", {"m/old model.bin": WEIGHTS + b"old"}, "Add", "alice")
    scene.world.commit(
        scene.repository, "twice", {"m/old model.bin": None, "notes.txt": b"Gone again"}, "Remove", "alice"
    )
    facts = past_of(scene, "twice")
    assert facts.artifacts == ()
    assert facts.not_examined == ()
    (artifact,) = facts.past
    assert (artifact.path, artifact.commit, artifact.size) == ("m/old model.bin", brought, len(WEIGHTS) + 3)
    assert artifact.detection.format == "safetensors"


def test_an_earlier_version_of_what_stays_is_found_too(scene: Scene) -> None:
    scene.world.commit(scene.repository, "versions", {"m.bin": WEIGHTS + b"1"}, "One", "alice")
    scene.world.commit(scene.repository, "versions", {"m.bin": WEIGHTS + b"22"}, "Two", "alice")
    facts = past_of(scene, "versions")
    assert [artifact.size for artifact in facts.artifacts] == [len(WEIGHTS) + 2]
    assert [artifact.size for artifact in facts.past] == [len(WEIGHTS) + 1]


def test_content_that_the_target_has_at_that_path_is_no_past(scene: Scene) -> None:
    scene.world.commit(scene.repository, "main", {"m.bin": WEIGHTS}, "Before", "alice")
    scene.world.commit(scene.repository, "reverted", {"m.bin": WEIGHTS + b"1", "a.txt": b"a"}, "Change", "alice")
    scene.world.commit(scene.repository, "reverted", {"m.bin": WEIGHTS}, "Change back", "alice")
    facts = past_of(scene, "reverted")
    assert facts.artifacts == ()
    assert [artifact.size for artifact in facts.past] == [len(WEIGHTS) + 1]


def test_a_merge_request_of_one_commit_has_no_past(scene: Scene) -> None:
    found = scene.read()
    changes = scene.forge.changes(found)
    assert scene.forge.past_changes(found, changes) == Changes(())


def test_a_copy_of_weights_that_the_target_holds_is_nothing_new_where_the_forge_can_tell(github: Scene) -> None:
    github.world.commit(github.repository, "main", {"m.bin": WEIGHTS}, "Before", "alice")
    github.world.commit(github.repository, "copy", {"copies/m.bin": WEIGHTS}, "Copy", "alice")
    assert past_of(github, "copy").artifacts == ()
