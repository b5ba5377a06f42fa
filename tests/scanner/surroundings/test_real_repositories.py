"""The whole way from a real repository, over the scanner's facts, to what the rules say."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from bot.sandbox import weights
from bot.scanner.git import GitTree, Repository, local_changes
from bot.scanner.readers import UnreadableError
from bot.scanner.scan import collect
from bot.scanner.tree import Change, Changes
from rules.facts import ChangeStatus, Facts
from rules.findings import Judgement
from rules.policy import load_policy, pack_policy
from rules.runner import judge
from rules.surroundings import PaperKind

from ..evidence.conftest import MemoryTree

NOTICE = (
    "Llama 3.1 is licensed under the Llama 3.1 Community License, Copyright © Meta Platforms, Inc. "
    "All Rights Reserved.\n"
)


def _facts(workshop: Any, base: str, head: str) -> Facts:
    repository = Repository(workshop.path)
    with GitTree(repository, head) as tree:
        return collect(local_changes(repository, base, head), tree)


def _said(judgement: Judgement, rule: str) -> str | None:
    found = [finding.title for finding in judgement.findings if finding.rule == rule]
    return found[0] if found else None


def test_a_llama_gets_its_duties_told_until_they_are_met(workshop: Any) -> None:
    base = workshop.commit(**{"README.md": b"# A program\n"})
    head = workshop.commit(**{"m/chat.gguf": weights.llama_gguf()})
    first = judge(_facts(workshop, base, head), pack_policy("guix"))
    assert _said(first, "license-duties-unmet") == "4 things are missing that the licence asks for"
    assert _said(first, "license-of-base-model") is None

    card = b"---\nlicense: llama3.1\nbase_model: meta-llama/Llama-3.1-8B\nbase_model_relation: quantized\n---\n"
    files = {"m/README.md": card + b"# A chat\n\nBuilt with Llama\n", "m/NOTICE": NOTICE.encode()}
    second = judge(_facts(workshop, base, workshop.commit(**files)), pack_policy("guix"))
    [artifact] = second.facts.artifacts
    assert artifact.surroundings.card == "m/README.md"
    kinds = {paper.kind: paper.phrases for paper in artifact.surroundings.papers}
    assert kinds[PaperKind.NOTICE] == (NOTICE.strip(),)
    left = [finding for finding in second.findings if finding.rule == "license-duties-unmet"]
    assert [finding.title.split("[")[0] for finding in left] == [
        "Missing what the licence asks for: a copy of ",
    ]


def test_weights_in_git_lfs_and_dvc_have_their_surroundings_too(workshop: Any) -> None:
    base = workshop.commit()
    digest = hashlib.sha256(b"weights").hexdigest()
    lfs = f"version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize 7000000\n"
    dvc = "deps:\n- path: https://example.org/v2/b.pt\nouts:\n- md5: " + "a" * 32 + "\n  size: 7000000\n  path: b.pt\n"
    script = "wget https://example.org/main/a.onnx\n"
    files = {"m/a.onnx": lfs.encode(), "m/b.pt.dvc": dvc.encode(), "m/fetch.sh": script.encode()}
    found = {one.path: one for one in _facts(workshop, base, workshop.commit(**files)).artifacts}
    assert [origin.url for origin in found["m/a.onnx"].surroundings.origins] == ["https://example.org/main/a.onnx"]
    assert [origin.url for origin in found["m/b.pt.dvc"].surroundings.origins] == ["https://example.org/v2/b.pt"]


class _Barred(MemoryTree):
    """A tree whose configuration the forge does not give out."""

    def open(self, entry: Any) -> Any:
        if entry.path.endswith("adapter_config.json"):
            raise UnreadableError("the forge gives out no such file")
        return super().open(entry)


def test_surroundings_that_cannot_be_read_are_noted_and_stop_nothing() -> None:
    tree = _Barred({"m/chat.gguf": weights.llama_gguf(), "m/adapter_config.json": b"{}"})
    tree.open_all = lambda entries: (tree.open(entry) for entry in entries)  # type: ignore[attr-defined]
    change = Change("m/chat.gguf", ChangeStatus.ADDED, tree.entry("m/chat.gguf"))
    facts = collect(Changes((change,)), tree)  # type: ignore[arg-type]
    [artifact] = facts.artifacts
    assert artifact.evidence
    [note] = facts.not_examined
    assert not note.decisive
    assert "what stands around it could not be read" in note.reason


@pytest.mark.parametrize("licence", ["mit", "apache-2.0"])
def test_an_mit_adapter_for_llama_is_blocked_by_the_default_pack(workshop: Any, licence: str) -> None:
    base = workshop.commit()
    card = f"---\nlicense: {licence}\nbase_model: meta-llama/Llama-3.1-8B\n---\n# An adapter\n"
    model = weights.llama_gguf().replace(b"general.license", b"general.nothing")
    head = workshop.commit(**{"m/mail.gguf": model, "m/README.md": card.encode()})
    judgement = judge(_facts(workshop, base, head), pack_policy("guix"))
    assert judgement.outcome == "blocked"
    assert "Llama 3.1" in (_said(judgement, "license-of-base-model") or "")
    observed = judge(judgement.facts, load_policy(b"version: 1\nrules: {license-of-base-model: off}", name="p.yml"))
    assert observed.outcome == "pass"
