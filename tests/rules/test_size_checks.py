"""Stories about weights that are too large, and where they should live."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from rules.facts import Artifact, ChangeStatus, MergeRequest
from rules.findings import Finding, Severity

MIB = 1024**2

Find = Callable[..., Finding | None]
Make = Callable[..., Artifact]


def _merge_request(forge: str, source_id: str) -> MergeRequest:
    return MergeRequest(
        forge=forge, host="forge.example", repository_id="1", repository="owner/name", number=7, title="Add weights",
        author="ada", url="https://forge.example/7", source_branch="weights", target_branch="main", head="a" * 40,
        base="b" * 40, source_repository_id=source_id,
    )  # fmt: skip


def test_a_large_file_in_git_is_a_warning_that_says_what_it_costs(finding_of: Find, artifact: Make) -> None:
    finding = finding_of("artifact-too-large", artifact(size=74 * MIB))
    assert finding is not None
    assert finding.severity is Severity.WARNING
    assert finding.title == "74 MiB go into git; the limit for one file is 50 MiB"
    assert "release asset" in finding.remedy.steps[0]


def test_exactly_the_limit_passes(finding_of: Find, artifact: Make) -> None:
    assert finding_of("artifact-too-large", artifact(size=50 * MIB)) is None


def test_an_object_in_lfs_has_a_limit_of_its_own(finding_of: Find, artifact: Make) -> None:
    assert finding_of("artifact-too-large", artifact(size=900 * MIB, in_lfs=True)) is None
    finding = finding_of("artifact-too-large", artifact(size=3000 * MIB, in_lfs=True))
    assert finding is not None
    assert finding.title == "2.9 GiB go into large file storage; the limit for one file is 2 GiB"


def test_a_file_that_is_only_moved_brings_no_bytes(finding_of: Find, artifact: Make) -> None:
    moved = artifact(size=300 * MIB, status=ChangeStatus.RENAMED, previous_path="old.safetensors")
    for rule in ("artifact-too-large", "merge-request-too-large", "not-in-lfs"):
        assert finding_of(rule, moved) is None


def test_many_files_below_the_limit_are_too_large_together(finding_of: Find, artifact: Make) -> None:
    shards = [artifact(f"shard-{number}.safetensors", size=(20 + number) * MIB) for number in range(12)]
    finding = finding_of("merge-request-too-large", *shards)
    assert finding is not None
    assert finding.path is None
    assert finding.title == "All weights together bring 306 MiB into git; the limit for one change is 200 MiB"
    assert "The largest are `shard-11.safetensors` (31 MiB), " in finding.why


def test_the_same_content_at_two_paths_counts_once(finding_of: Find, artifact: Make) -> None:
    twins = [artifact(path, size=150 * MIB, oid="c" * 40) for path in ("a.safetensors", "b.safetensors")]
    assert finding_of("merge-request-too-large", *twins) is None


def test_many_objects_in_lfs_have_a_limit_of_their_own(finding_of: Find, artifact: Make) -> None:
    shards = [artifact(f"{number}.safetensors", size=1900 * MIB, in_lfs=True) for number in range(6)]
    finding = finding_of("merge-request-too-large", *shards)
    assert finding is not None
    assert "into large file storage; the limit for one change is 10 GiB" in finding.title


def test_a_file_in_git_gets_commands_that_move_it_to_lfs_without_rewriting_the_branch(
    finding_of: Find, artifact: Make
) -> None:
    finding = finding_of("not-in-lfs", artifact("my models/voice.pt", size=12 * MIB))
    assert finding is not None
    assert finding.title == "12 MiB of weights are committed to git directly"
    assert finding.remedy.commands == (
        "git lfs install",
        "git lfs track --filename 'my models/voice.pt'",
        "git add .gitattributes",
        "git add --renormalize -- 'my models/voice.pt'",
        "git commit -m 'Move weights to Git LFS'",
    )
    assert "squash" in finding.remedy.steps[0]


@pytest.mark.skipif(shutil.which("git-lfs") is None, reason="git-lfs is not installed")
def test_the_printed_commands_leave_a_pointer_and_touch_nothing_else(
    finding_of: Find, artifact: Make, tmp_path: Path
) -> None:
    name = "my models/voice [1].pt"
    finding = finding_of("not-in-lfs", artifact(name, size=12 * MIB))
    assert finding is not None
    environment = os.environ | {"HOME": str(tmp_path), "GIT_CONFIG_NOSYSTEM": "1"}
    environment |= {
        f"GIT_{who}_{what}": "ada@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    repository = tmp_path / "repository"
    (repository / "my models").mkdir(parents=True)
    (repository / name).write_bytes(os.urandom(4096))
    (repository / "notes").write_text("committed\n")

    def run(command: str) -> str:
        done = subprocess.run(["sh", "-ec", command], cwd=repository, env=environment, check=True, capture_output=True)
        return done.stdout.decode()

    run("git init -q && git add . && git commit -qm weights && echo changed >> notes")
    for command in finding.remedy.commands:
        run(command)
    assert run(f"git show 'HEAD:{name}'").startswith("version https://git-lfs.github.com/spec/v1\n")
    assert run("git status --short") == " M notes\n"


def test_a_small_file_or_a_pointer_is_left_alone(finding_of: Find, artifact: Make) -> None:
    assert finding_of("not-in-lfs", artifact(size=9 * MIB)) is None
    assert finding_of("not-in-lfs", artifact(size=900 * MIB, in_lfs=True)) is None


def test_a_fork_on_github_is_not_told_to_use_lfs(finding_of: Find, artifact: Make) -> None:
    large = artifact(size=12 * MIB)
    from_fork = finding_of("not-in-lfs", large, merge_request=_merge_request("github", "2"))
    assert from_fork is not None
    assert from_fork.remedy.commands == ()
    assert "closed to forks" in from_fork.remedy.steps[1]
    for open_way in (_merge_request("github", "1"), _merge_request("gitlab", "2")):
        own = finding_of("not-in-lfs", large, merge_request=open_way)
        assert own is not None
        assert own.remedy.commands
