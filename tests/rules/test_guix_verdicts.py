"""What the pack `guix` says to real cases, word for word."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from syrupy.assertion import SnapshotAssertion

from rules.facts import Artifact, EvidenceKind, LicenseEvidence, LoadingSafety, LoadingVerdict
from rules.findings import Judgement, Outcome

Make = Callable[..., Artifact]
Say = Callable[..., LicenseEvidence]

MIB = 1024**2

PICKLE = {"format": "pytorch-zip", "title": "PyTorch checkpoint (zip)"}


def _apache_inside(make: Make, say: Say) -> Artifact:
    return make()


def _llama_gguf(make: Make, say: Say) -> Artifact:
    inside = say(EvidenceKind.IN_ARTIFACT, "llama3.1", path="models/chat.gguf", field="general.license")
    return make("models/chat.gguf", format="gguf", title="GGUF", evidence=(inside,), size=8 * MIB)


def _unlicensed_pickle(make: Make, say: Say) -> Artifact:
    runs = LoadingVerdict(LoadingSafety.EXECUTES_CODE, ("pickle imports torch._utils._rebuild_tensor_v2",))
    return make("checkpoints/step-9000.pt", **PICKLE, loading=runs, evidence=(), size=64 * MIB)


def _mit_at_the_root_only(make: Make, say: Say) -> Artifact:
    return make("models/voice.onnx", format="onnx", evidence=(say(EvidenceKind.REPOSITORY_LICENSE, "MIT"),))


def _openrail(make: Make, say: Say) -> Artifact:
    card = say(EvidenceKind.MODEL_CARD, "creativeml-openrail-m", line=2, field="license")
    return make("models/unet.safetensors", evidence=(card,))


def _non_commercial(make: Make, say: Say) -> Artifact:
    return make(evidence=(say(EvidenceKind.SIDECAR, "CC-BY-NC-4.0", line=1, field="SPDX-License-Identifier"),))


def _conflict(make: Make, say: Say) -> Artifact:
    inside = say(EvidenceKind.IN_ARTIFACT, "CC-BY-NC-4.0", field="modelspec.license")
    return make(evidence=(inside, say(EvidenceKind.MODEL_CARD, "mit", line=2, field="license")))


def _dangerous_pickle(make: Make, say: Say) -> Artifact:
    calls = LoadingVerdict(LoadingSafety.DANGEROUS, ("pickle calls posix.system",))
    card = say(EvidenceKind.MODEL_CARD, "apache-2.0", line=2, field="license")
    return make("models/voice.pt", **PICKLE, loading=calls, evidence=(card,))


def _family_only(make: Make, say: Say) -> Artifact:
    return make(evidence=(say(EvidenceKind.MODEL_CARD, "cc", line=2, field="license"),))


CASES = [
    (_apache_inside, Outcome.PASS),
    (_llama_gguf, Outcome.BLOCKED),
    (_unlicensed_pickle, Outcome.BLOCKED),
    (_mit_at_the_root_only, Outcome.BLOCKED),
    (_openrail, Outcome.BLOCKED),
    (_non_commercial, Outcome.BLOCKED),
    (_conflict, Outcome.BLOCKED),
    (_dangerous_pickle, Outcome.BLOCKED),
    (_family_only, Outcome.BLOCKED),
]


@pytest.mark.parametrize(("case", "outcome"), CASES, ids=[case.__name__.strip("_") for case, _ in CASES])
def test_the_pack_guix_says(
    case: Callable[[Make, Say], Artifact],
    outcome: Outcome,
    judged: Callable[..., Judgement],
    artifact: Make,
    evidence: Say,
    snapshot: SnapshotAssertion,
) -> None:
    judgement = judged(case(artifact, evidence))
    assert judgement.outcome is outcome
    assert _printed(judgement) == snapshot


def _printed(judgement: Judgement) -> str:
    lines = [f"outcome: {judgement.outcome.value}"]
    for finding in judgement.findings:
        lines += ["", f"{finding.severity.label} {finding.rule} {finding.path}", finding.title, finding.why]
        lines += [f"- {step}" for step in finding.remedy.steps]
        lines += [f"$ {command}" for command in finding.remedy.commands]
        if finding.citation is not None:
            lines.append(f"[{finding.citation.title}] {finding.citation.note or ''}".rstrip())
    return "\n".join(lines)
