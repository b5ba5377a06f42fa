"""The promise of the README: a merge request brings weights, the bot answers in it."""

from __future__ import annotations

from typing import Any

import pytest

from bot.sandbox import weights
from rules.text import size

SUCCESS = {"github": "success", "gitlab": "success"}
FAILURE = {"github": "failure", "gitlab": "failed"}

each_forge = pytest.mark.parametrize("forge", ["github", "gitlab"])


@each_forge
def test_a_model_under_apache_passes_with_one_comment_and_a_green_status(running: Any, forge: str) -> None:
    merge_request = running.propose(running.repository(forge), {"m/model.safetensors": weights.apache_safetensors()})
    running.wait()
    [summary] = running.summaries(merge_request)
    assert "`m/model.safetensors`" in summary.body
    assert "Apache-2.0" in summary.body
    assert running.status(merge_request).state == SUCCESS[forge]


@each_forge
def test_without_weights_there_is_a_green_status_and_not_a_word(running: Any, forge: str) -> None:
    merge_request = running.propose(running.repository(forge), {"voices/__init__.py": b"VOICES = 3\n"})
    running.wait()
    assert running.summaries(merge_request) == []
    assert running.status(merge_request).state == SUCCESS[forge]


@each_forge
def test_a_llama_is_blocked_and_once_it_is_gone_only_its_trace_in_the_history_is_spoken_of(
    running: Any, forge: str
) -> None:
    repository = running.repository(forge)
    merge_request = running.propose(repository, {"m/chat.gguf": weights.llama_gguf()})
    running.wait()
    [first] = running.summaries(merge_request)
    assert "llama" in first.body.lower()
    assert "guix-devel" in first.body
    assert running.status(merge_request).state == FAILURE[forge]

    running.world.commit(
        repository, "voice", {"m/chat.gguf": None, "m/notes.md": b"No model after all.\n"}, "Remove", "ada"
    )
    running.wait()
    [second] = running.summaries(merge_request)
    assert second.id == first.id
    assert "stay in the history" in second.body
    assert "llama3.1" not in second.body
    assert running.status(merge_request).state == SUCCESS[forge]


@each_forge
def test_one_line_in_a_sidecar_settles_a_missing_licence(running: Any, forge: str) -> None:
    repository = running.repository(forge)
    model = weights.llama_gguf().replace(b"general.base_model", b"general.no_lineage")
    model = model.replace(b"llama3.1", b"apache-2").replace(b"general.license", b"general.licenze")
    merge_request = running.propose(repository, {"m/chat.gguf": model})
    running.wait()
    assert running.status(merge_request).state == FAILURE[forge]
    sidecar = {"m/chat.gguf.license": b"SPDX-FileCopyrightText: Ada\n\nSPDX-License-Identifier: MIT\n"}
    running.world.commit(repository, "voice", sidecar, "Say it", "ada")
    running.wait()
    [summary] = running.summaries(merge_request)
    assert "MIT" in summary.body
    assert running.status(merge_request).state == SUCCESS[forge]


@each_forge
def test_a_policy_on_the_target_branch_rules_and_one_in_the_merge_request_does_not(running: Any, forge: str) -> None:
    repository = running.repository(forge, {".weighbridge.yml": b"version: 1\nextends: guix\nmode: enforce\n"})
    files = {"m/chat.gguf": weights.llama_gguf(), ".weighbridge.yml": b"version: 1\nextends: guix\nmode: observe\n"}
    merge_request = running.propose(repository, files)
    running.wait()
    assert running.status(merge_request).state == FAILURE[forge]
    [summary] = running.summaries(merge_request)
    assert ".weighbridge.yml" in summary.body


@each_forge
def test_an_lfs_pointer_is_weighed_by_the_object_it_stands_for(running: Any, forge: str) -> None:
    repository = running.repository(forge)
    model = weights.apache_safetensors()
    pointer = running.world.put_lfs_object(repository, model)
    merge_request = running.propose(repository, {"m/model.safetensors": pointer})
    running.wait()
    [summary] = running.summaries(merge_request)
    assert size(len(model)) in summary.body
    assert running.status(merge_request).state == SUCCESS[forge]


def test_the_dashboard_and_the_delivery_log_show_what_happened(running: Any) -> None:
    merge_request = running.propose(running.repository(), {"m/chat.gguf": weights.llama_gguf()})
    running.wait()
    [flag] = [flag for flag in running.store.open_flags() if flag.rule == "license-not-accepted"]
    assert flag.path == "m/chat.gguf"
    for path in ("/", "/merge-requests", f"/merge-requests/{flag.merge_request.key}", "/deliveries"):
        assert running.get(path) == 200, path
    assert running.status(merge_request).target_url.startswith(running.url)
