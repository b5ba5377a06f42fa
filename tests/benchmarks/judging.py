"""What judging 10,000 artifacts costs, by the largest pack.

    python -m tests.benchmarks.judging

The artifacts vary as those of a large merge request may: thirty licences, stated at one to three places, some of them
in conflict or vague, base models, data, training, stores, sizes, formats and sure or unsure detections. The policy has
scopes, so that not all of them are judged by the same rules. Nothing is read from a disk, so what counts is the
processor's time of the fastest run; wall time varies with what else runs.
"""

from __future__ import annotations

import sys
import time

from rules.examples import facts_from
from rules.facts import Facts
from rules.packs import pack_names, read_pack
from rules.policy import Policy, load_policy
from rules.runner import judge

ARTIFACTS = 10_000
RUNS = 3
AIM = 2.0
"""Seconds for all of them."""

_LICENSES = (
    *("mit", "apache-2.0", "bsd-3-clause", "gpl-3.0", "lgpl-3.0", "cc0-1.0", "cc-by-4.0", "cc-by-sa-4.0", "mpl-2.0"),
    *(
        "cc-by-nc-4.0",
        "cc-by-nd-4.0",
        "llama3.1",
        "llama2",
        "gemma",
        "openrail++",
        "creativeml-openrail-m",
        "unlicense",
    ),
    *(
        "MIT OR GPL-3.0-only",
        "Apache-2.0 AND CC-BY-4.0",
        "openmdw-1.0",
        "afl-3.0",
        "isc",
        "zlib",
        "cdla-permissive-2.0",
    ),
    *("other", "cc", "bsd", "unknown", "my own terms", "odc-by"),
)
_BASES = ("meta-llama/Llama-3.1-8B", "mistralai/Mistral-7B-v0.3", "google/gemma-2-9b", "acme/speech-base", None, None)
_FORMATS = (("safetensors", "safe"), ("gguf", "safe"), ("pytorch-zip", "executes-code"), ("pickle", "dangerous"))
_SCOPES = """
scopes:
  - {paths: "models/1*/**", rules: {license-missing: warning}}
  - {confidence: possible, rules: {license-missing: info, training-data-missing: off}}
"""


def varied_facts(count: int = ARTIFACTS) -> Facts:
    """A merge request of as many artifacts; the same one in every run."""
    return facts_from([_given(number) for number in range(count)], {"author": "mia", "approvals": ["noor"]})


def _given(number: int) -> dict[str, object]:
    format_, loading = _FORMATS[number % len(_FORMATS)]
    stated = [{"says": _LICENSES[number % len(_LICENSES)], "at": "card"}][: number % 7]
    if number % 3 == 0:
        stated.append({"says": _LICENSES[number // 3 % len(_LICENSES)], "at": "artifact"})
    if number % 5 == 0:
        stated.append({"says": "MIT", "at": "repository"})
    base = _BASES[number % len(_BASES)]
    return {
        "path": f"models/{number % 97}/weights-{number}.{format_}",
        "format": format_,
        "loading": loading,
        "size": 1024 * (number % 90_000 + 1),
        "in": ("git", "git-lfs", "dvc")[number % 3],
        "confidence": ("certain", "probable", "possible")[number % 11 % 3],
        "license": stated,
        "base-models": [base] if base else [],
        "datasets": [{"name": f"data-{number}", "license": _LICENSES[number % 13]}] if number % 2 else [],
        "training": ["program"] if number % 4 == 0 else [],
        "origins": [f"https://example.org/{number}/resolve/main/weights"] if number % 6 else [],
        "papers": [{"kind": "license", "license": "MIT"}] if number % 8 == 0 else [],
    }


def largest_pack() -> str:
    """The pack that has most to say, by the length of its file."""
    return max(pack_names(), key=lambda name: len(read_pack(name)))


def scoped(pack: str) -> Policy:
    """The pack under a repository's file with scopes."""
    return load_policy(f"version: 1\nextends: {pack}\n{_SCOPES}".encode(), name=".weighbridge.yml")


def main() -> None:
    """Judge, print the time, and fail where the aim is missed."""
    pack = largest_pack()
    policy = scoped(pack)
    facts = varied_facts()
    fastest = float("inf")
    for run in range(RUNS):
        wall, processor = time.perf_counter(), time.process_time()
        judgement = judge(facts, policy)
        wall, processor = time.perf_counter() - wall, time.process_time() - processor
        fastest = min(fastest, processor)
        print(
            f"run {run + 1}: {ARTIFACTS:,} artifacts by {pack}: {wall:.2f} s, {processor:.2f} s of the processor, "
            f"{len(judgement.findings):,} findings"
        )
    if fastest > AIM:
        sys.exit(f"The aim is {AIM:g} s.")


if __name__ == "__main__":
    main()
