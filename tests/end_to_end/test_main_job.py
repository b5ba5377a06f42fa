"""The promise of the README: a merge request brings weights, the bot answers in it."""

from __future__ import annotations

from typing import Any

import pytest

from bot.sandbox import weights
from rules.text import size

SUCCESS = {"github": "success", "gitlab": "success", "forgejo": "success"}
FAILURE = {"github": "failure", "gitlab": "failed", "forgejo": "failure"}

each_forge = pytest.mark.parametrize("forge", ["github", "gitlab", "forgejo"])


@each_forge
def test_a_model_under_apache_passes_with_one_comment_and_a_green_status(standing: Any, forge: str) -> None:
    merge_request = standing.propose(standing.repository(forge), {"m/model.safetensors": weights.apache_safetensors()})
    standing.wait()
    [summary] = standing.summaries(merge_request)
    assert "`m/model.safetensors`" in summary.body
    assert "Apache-2.0" in summary.body
    assert standing.status(merge_request).state == SUCCESS[forge]


@each_forge
def test_without_weights_there_is_a_green_status_and_not_a_word(standing: Any, forge: str) -> None:
    merge_request = standing.propose(standing.repository(forge), {"voices/__init__.py": b"VOICES = 3\n"})
    standing.wait()
    assert standing.summaries(merge_request) == []
    assert standing.status(merge_request).state == SUCCESS[forge]


@each_forge
def test_a_llama_is_blocked_and_once_it_is_gone_only_its_trace_in_the_history_is_spoken_of(
    standing: Any, forge: str
) -> None:
    repository = standing.repository(forge)
    merge_request = standing.propose(repository, {"m/chat.gguf": weights.llama_gguf()})
    standing.wait()
    [first] = standing.summaries(merge_request)
    assert "llama" in first.body.lower()
    assert "guix-devel" in first.body
    assert standing.status(merge_request).state == FAILURE[forge]

    standing.world.commit(
        repository, "voice", {"m/chat.gguf": None, "m/notes.md": b"No model after all.\n"}, "Remove", "ada"
    )
    standing.wait()
    [second] = standing.summaries(merge_request)
    assert second.id == first.id
    assert "stay in the history" in second.body
    assert "llama3.1" not in second.body
    assert standing.status(merge_request).state == SUCCESS[forge]


@each_forge
def test_one_line_in_a_sidecar_settles_a_missing_licence(standing: Any, forge: str) -> None:
    repository = standing.repository(forge)
    model = weights.llama_gguf().replace(b"general.base_model", b"general.no_lineage")
    model = model.replace(b"llama3.1", b"apache-2").replace(b"general.license", b"general.licenze")
    merge_request = standing.propose(repository, {"m/chat.gguf": model})
    standing.wait()
    assert standing.status(merge_request).state == FAILURE[forge]
    sidecar = {"m/chat.gguf.license": b"SPDX-FileCopyrightText: Ada\n\nSPDX-License-Identifier: MIT\n"}
    standing.world.commit(repository, "voice", sidecar, "Say it", "ada")
    standing.wait()
    [summary] = standing.summaries(merge_request)
    assert "MIT" in summary.body
    assert standing.status(merge_request).state == SUCCESS[forge]


@each_forge
def test_a_policy_on_the_target_branch_rules_and_one_in_the_merge_request_does_not(standing: Any, forge: str) -> None:
    repository = standing.repository(forge, {".weighbridge.yml": b"version: 1\nextends: guix\nmode: enforce\n"})
    files = {"m/chat.gguf": weights.llama_gguf(), ".weighbridge.yml": b"version: 1\nextends: guix\nmode: observe\n"}
    merge_request = standing.propose(repository, files)
    standing.wait()
    assert standing.status(merge_request).state == FAILURE[forge]
    [summary] = standing.summaries(merge_request)
    assert ".weighbridge.yml" in summary.body


@each_forge
def test_an_lfs_pointer_is_weighed_by_the_object_it_stands_for(standing: Any, forge: str) -> None:
    repository = standing.repository(forge)
    model = weights.apache_safetensors()
    pointer = standing.world.put_lfs_object(repository, model)
    merge_request = standing.propose(repository, {"m/model.safetensors": pointer})
    standing.wait()
    [summary] = standing.summaries(merge_request)
    assert size(len(model)) in summary.body
    assert standing.status(merge_request).state == SUCCESS[forge]


def test_the_dashboard_and_the_delivery_log_show_what_happened(standing: Any) -> None:
    merge_request = standing.propose(standing.repository(), {"m/chat.gguf": weights.llama_gguf()})
    standing.wait()
    [flag] = [flag for flag in standing.flags(merge_request) if flag.rule == "license-not-accepted"]
    assert flag.path == "m/chat.gguf"
    for path in ("/", "/merge-requests", f"/merge-requests/{flag.merge_request.key}", "/deliveries"):
        assert standing.get(path) == 200, path
    assert standing.status(merge_request).target_url.startswith(standing.url)
