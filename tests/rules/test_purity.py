"""The same facts and policy give the same JSON, byte for byte, in any process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

_JUDGE = """
import hashlib
from bot.reports.json import render
from rules.cases import cases
from rules.packs import pack_names
from rules.policy import pack_policy
from rules.runner import judge
for pack in pack_names():
    for case in cases():
        content = render(judge(case.facts, pack_policy(pack))).encode()
        print(pack, case.name, hashlib.sha256(content).hexdigest())
"""


def _digests(seed: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", _JUDGE],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


def test_two_processes_that_hash_differently_judge_alike() -> None:
    first = _digests("1")
    assert len(first) > 100
    assert first == _digests("4242")
