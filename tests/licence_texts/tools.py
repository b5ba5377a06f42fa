"""The identifiers of licence texts that are compared, each in an environment of its own, and their answers."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from rules.licenses.texts import identify_text
from tests.licence_texts.cases import Case

OURS = "ours"
TOOLS = ("licenseid", "pyaskalono", "scancode-toolkit-mini", "spdx-matcher")
"""Packages, asked by the function of `answer.py` that has their name."""

ENVIRONMENTS = Path(os.environ.get("WEIGHBRIDGE_LICENCE_TOOLS", "licence-tools"))
"""Holds one virtual environment for each tool, named after its package."""

BUDGET = 3600
"""Seconds that one tool is asked for at a time; some take more than a second for a text. Answers are kept, so that the
next run asks on."""


def packages(tool: str) -> Path:
    """Where an environment keeps its packages. Raises FileNotFoundError where there is no such environment."""
    found = next((ENVIRONMENTS / tool / "lib").glob("python3*/site-packages"), None)
    if found is None:
        raise FileNotFoundError(f"no environment {ENVIRONMENTS / tool}; docs/licence-texts.md says how to make it")
    return found


def ask_all(cases: Sequence[Case]) -> Iterator[tuple[str, Sequence[tuple[tuple[str, ...], float] | None]]]:
    """Each way of asking each tool with its identifiers and their seconds, in the order of the cases.

    None stands where the time did not suffice to ask.
    """
    yield OURS, [_ours(case.text) for case in cases]
    for tool in ("licenseclassifier", *TOOLS):
        answers = _asked(tool, {_key(case.text): case.text for case in cases})
        given = [answers.get(_key(case.text)) for case in cases]
        for way in next((one[0] for one in given if one is not None), ()):
            yield way, [None if one is None else (tuple(one[0].get(way, ())), one[1]) for one in given]


def _ours(text: str) -> tuple[tuple[str, ...], float]:
    started = time.process_time()
    found = identify_text(text)
    return (() if found is None else (found,)), time.process_time() - started


def _asked(tool: str, texts: Mapping[str, str]) -> Mapping[str, tuple[Mapping[str, Sequence[str]], float]]:
    """The answers of a tool by the keys of the texts, kept beside its environment."""
    kept = ENVIRONMENTS / f"{tool}.answers.jsonl"
    known: dict[str, tuple[Mapping[str, Sequence[str]], float]] = {}
    if kept.exists():
        for line in kept.read_text().splitlines():
            digest, given, seconds = json.loads(line)
            known[digest] = (given, seconds)
    wanted = sorted(texts.keys() - known.keys())  # in no order that prefers some kind of text
    if wanted:
        python = sys.executable if tool == "licenseclassifier" else str(ENVIRONMENTS / tool / "bin" / "python")
        command = [python, str(Path(__file__).with_name("answer.py")), tool.replace("-", "_")]
        until = time.monotonic() + BUDGET
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            if process.stdin is None or process.stdout is None:
                raise RuntimeError("no pipes")
            with kept.open("a") as file:
                for digest in wanted:
                    if time.monotonic() > until:
                        break
                    process.stdin.write(json.dumps(texts[digest]) + "\n")
                    process.stdin.flush()
                    given, seconds = json.loads(process.stdout.readline())
                    known[digest] = (given, seconds)
                    file.write(json.dumps([digest, given, seconds]) + "\n")
            process.stdin.close()
    return known


def _key(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
