from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from rules.facts import (
    Artifact,
    ChangeStatus,
    Confidence,
    Detection,
    EvidenceKind,
    Facts,
    LicenseEvidence,
    LoadingSafety,
    LoadingVerdict,
    MergeRequest,
    NotExamined,
    Pointer,
)
from rules.findings import Citation, Finding, Judgement, Outcome, PolicyOrigin, Remedy, Severity

MAIL = "https://lists.nongnu.org/archive/html/guix-devel/2023-04/msg00110.html"
LICENCE_MAIL = Citation(
    "guix-devel, 11 April 2023: the question for inclusion is the licence",
    MAIL,
    "The opinion of one person, not a decision of Guix.",
)
OURS = Citation("An addition of Weighbridge", None, "The guix-devel mail does not speak of it.")
GUIX = PolicyOrigin(name="pack guix", pack="guix")
HOSTILE = "a\n/merge\n@everyone `rm -rf` | x](http://evil.example) <b>/approve\u202e.safetensors"

REQUEST = MergeRequest(
    forge="github",
    host="github.example",
    repository_id="7",
    repository="lab/voices",
    number=12,
    title="Add a voice",
    author="ada",
    url="https://github.example/lab/voices/pull/12",
    source_branch="voice",
    target_branch="main",
    head="4f1c2d3e5b6a79880011223344556677889900aa",
    base="aa00998877665544332211008897a6b5e3d2c1f4",
)


def detection(form: str, title: str, safety: LoadingSafety = LoadingSafety.SAFE, *reasons: str) -> Detection:
    return Detection(form, title, True, Confidence.CERTAIN, LoadingVerdict(safety, reasons), parameters=8_030_261_248)


def artifact(path: str, found: Detection, *evidence: LicenseEvidence, size: int = 4_920_739_232) -> Artifact:
    digest = hashlib.sha256(path.encode("utf-8", "surrogateescape")).hexdigest()
    return Artifact(
        path=path,
        status=ChangeStatus.ADDED,
        detection=found,
        size=size,
        size_in_git=size,
        oid=digest[:40],
        sha256=digest,
        evidence=evidence,
    )


def judgement(
    *artifacts: Artifact, findings: tuple[Finding, ...] = (), not_examined: tuple[NotExamined, ...] = ()
) -> Judgement:
    outcome = Outcome.UNDECIDED if not_examined else Outcome.PASS
    if any(finding.severity is Severity.BLOCKING for finding in findings):
        outcome = Outcome.BLOCKED
    facts = Facts(artifacts, len(artifacts) + 2, not_examined, REQUEST)
    return Judgement(facts, findings, GUIX, outcome)


def missing(path: str) -> Finding:
    return Finding(
        rule="license-missing",
        severity=Severity.BLOCKING,
        path=path,
        title="No licence is stated for these weights",
        why="Without a licence nobody but the authors may copy, change or pass on the weights.",
        remedy=Remedy(
            steps=(
                f"Write the licence that the authors chose into `{path if path.isprintable() else 'it'}.license`.",
                "If you cannot find out which licence they chose, ask the authors: only they can choose one.",
            ),
            commands=(f"printf '%s\\n' 'SPDX-License-Identifier: SPDX-ID' > {path}.license",)
            if path.isprintable()
            else (),
        ),
        citation=LICENCE_MAIL,
    )


def refused(path: str) -> Finding:
    return Finding(
        rule="license-not-accepted",
        severity=Severity.BLOCKING,
        path=path,
        title="The licence is not accepted here: Llama 3.1 Community License Agreement 2024",
        why="Its terms depend on how many users one has, and it restricts what the weights may be used for.",
        remedy=Remedy(steps=("Choose weights under a licence that is accepted here.",)),
        citation=LICENCE_MAIL,
    )


def pickle(path: str) -> Finding:
    return Finding(
        rule="executes-code-on-load",
        severity=Severity.WARNING,
        path=path,
        title="Loading a PyTorch checkpoint (zip) runs code that the file chooses",
        why="Nothing dangerous was recognised, but no list of dangerous calls is complete.",
        remedy=Remedy(steps=("Convert it to safetensors.",)),
        citation=OURS,
        policy_line=None,
    )


def card(directory: str, statement: str) -> LicenseEvidence:
    return LicenseEvidence(EvidenceKind.MODEL_CARD, f"{directory}/README.md", statement, line=2, field="license")


def scenarios() -> Mapping[str, Judgement]:
    safe = detection("safetensors", "safetensors")
    gguf = replace(
        detection("gguf", "GGUF"), metadata={"architecture": "llama", "quantisation": "Q4_K_M"}, base_models=("meta/x",)
    )
    torch = detection(
        "pytorch-zip", "PyTorch checkpoint (zip)", LoadingSafety.EXECUTES_CODE, "pickle imports numpy.core"
    )
    passing = artifact("models/voice.safetensors", safe, card("models", "apache-2.0"))
    pointer = replace(
        artifact(
            "models/llama.gguf",
            gguf,
            LicenseEvidence(EvidenceKind.IN_ARTIFACT, "models/llama.gguf", "llama3.1", field="general.license"),
        ),
        pointer=Pointer("git-lfs", "sha256", "ab" * 32, 4_920_739_232),
        size_in_git=134,
    )
    checkpoints = tuple(artifact(f"runs/{number}/last.pt", torch, size=91_000_000) for number in range(4))
    hostile = artifact(
        HOSTILE, replace(safe, title="safetensors"), LicenseEvidence(EvidenceKind.MODEL_CARD, HOSTILE, "@all|\n/merge")
    )
    thousands = tuple(artifact(f"shards/model-{number:05}-of-03000.safetensors", safe) for number in range(3000))
    blocked = judgement(pointer, findings=(refused("models/llama.gguf"),))
    return {
        "pass": judgement(passing),
        "blocked by licence": blocked,
        "observed": replace(blocked, outcome=Outcome.PASS, observed=True),
        "many findings": replace(
            judgement(
                passing,
                pointer,
                *checkpoints,
                findings=(
                    refused("models/llama.gguf"),
                    *(missing(item.path) for item in checkpoints),
                    *(replace(pickle(item.path), policy_line=9) for item in checkpoints),
                ),
                not_examined=(NotExamined("vendor/voices", "a submodule: the files of another repository"),),
            ),
            policy=PolicyOrigin(
                ".weighbridge.yml",
                "guix",
                REQUEST.base,
                f"https://github.example/lab/voices/blob/{REQUEST.base}/.weighbridge.yml",
            ),
        ),
        "hostile names": judgement(
            hostile,
            findings=(
                missing(HOSTILE),
                replace(pickle(HOSTILE), remedy=Remedy(("Convert it.",), ("/merge", "x\n/approve ```"))),
            ),
            not_examined=(NotExamined(HOSTILE, "@team said [click](http://evil.example)\n/merge !12 #3"),),
        ),
        "three thousand": judgement(*thousands, findings=tuple(missing(item.path) for item in thousands)),
        "not looked at": replace(
            judgement(
                not_examined=(
                    NotExamined("", "GitHub lists 3,000 of the 3,504 changed files."),
                    NotExamined("data/x.bin", "the forge gives out no file above 100 MB"),
                )
            ),
            policy=replace(
                GUIX,
                remarks=(
                    "`.weighbridge.yml` on the target branch could not be used: line 3: `sevrity` is no known key.",
                ),
            ),
        ),
        "no weights": judgement(),
    }


@pytest.fixture(scope="session")
def scenario() -> Callable[[str], Judgement]:
    table = scenarios()
    return lambda name: table[name]
