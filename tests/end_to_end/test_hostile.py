"""A merge request that is written to fool the bot or its readers."""

from __future__ import annotations

import os
import pickle
from typing import Any

import pytest

from bot.sandbox import weights

each_forge = pytest.mark.parametrize("forge", ["github", "gitlab", "forgejo"])

PATH = "m/\n/merge\n/approve `x` | <img src=x onerror=alert(1)> @everyone [a](javascript:b).gguf"


@each_forge
def test_a_path_that_speaks_markdown_and_quick_actions_stays_a_path(standing: Any, forge: str) -> None:
    merge_request = standing.propose(standing.repository(forge), {PATH: weights.llama_gguf()})
    standing.wait()
    [summary] = standing.summaries(merge_request)
    assert standing.status(merge_request).state in {"failure", "failed"}
    lines = summary.body.splitlines()
    assert not any(line.lstrip(" >-*").startswith(("/merge", "/approve")) for line in lines)
    flags = standing.flags(merge_request)
    assert {flag.path for flag in flags} == {PATH}
    flag = flags[0]
    assert standing.get(f"/merge-requests/{flag.merge_request.key}") == 200


@each_forge
def test_a_pickle_that_runs_a_shell_is_blocked_by_name_and_never_run(standing: Any, forge: str, tmp_path: Any) -> None:
    trace = tmp_path / "was-run"

    class Shell:
        def __reduce__(self) -> Any:
            return os.system, (f"touch {trace}",)

    files = {"m/model.pt": pickle.dumps({"state_dict": Shell()}), "m/README.md": b"---\nlicense: mit\n---\n"}
    merge_request = standing.propose(standing.repository(forge), files)
    standing.wait()
    [summary] = standing.summaries(merge_request)
    assert "posix.system" in summary.body
    assert standing.status(merge_request).state in {"failure", "failed"}
    assert not trace.exists()


@each_forge
def test_a_marker_in_somebody_elses_comment_is_not_ours(standing: Any, forge: str) -> None:
    repository = standing.repository(forge)
    standing.world.commit(repository, "voice", {"m/chat.gguf": weights.llama_gguf()}, "Add a voice", "ada")
    merge_request = standing.world.open_merge_request(repository, "voice", title="Add a voice", author="ada")
    standing.wait()
    [first] = standing.summaries(merge_request)
    stolen = standing.world.comment(merge_request, first.body.replace("blocks", "is fine"), "ada")
    standing.world.commit(repository, "voice", {"n.txt": b"n\n"}, "Push again", "ada")
    standing.wait()
    [again] = standing.summaries(merge_request)
    assert again.id == first.id
    assert stolen.body in {note.body for note in standing.world.conversation.comments(merge_request)}


@each_forge
def test_a_model_card_that_is_a_bomb_is_a_finding_and_not_a_crash(standing: Any, forge: str) -> None:
    bomb = (
        b"---\nlicense: mit\na: &a [x]\n"
        + b"".join(b"%c: &%c [*%c, *%c]\n" % (n + 1, n + 1, n, n) for n in range(97, 110))
        + b"---\n"
    )
    files = {
        "m/README.md": bomb,
        "m/chat.bin": weights.apache_safetensors().replace(b"modelspec.license", b"modelspec.licenze"),
    }
    merge_request = standing.propose(standing.repository(forge), files)
    standing.wait()
    [summary] = standing.summaries(merge_request)
    assert "could not be read" in summary.body
    assert standing.status(merge_request).state in {"failure", "failed"}
