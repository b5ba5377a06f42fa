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

OURS = "ours"
TOOLS = ("licenseid", "pyaskalono", "scancode-toolkit-mini", "spdx-matcher")
"""Packages, asked by the function of `answer.py` that has their name."""

ENVIRONMENTS = Path(os.environ.get("WEIGHBRIDGE_LICENCE_TOOLS", "licence-tools"))
"""Holds one virtual environment for each tool, named after its package."""

Answers = Mapping[str, "tuple[str, ...]"]
"""Identifiers by the way in which the tool was asked."""


def packages(tool: str) -> Path:
    """Where an environment keeps its packages. Raises FileNotFoundError where there is no such environment."""
    found = next((ENVIRONMENTS / tool / "lib").glob("python3*/site-packages"), None)
    if found is None:
        raise FileNotFoundError(f"no environment {ENVIRONMENTS / tool}; docs/licence-texts.md says how to make it")
    return found


def ask_all(texts: Sequence[str]) -> Iterator[tuple[str, Sequence[tuple[tuple[str, ...], float]]]]:
    """Each way of asking each tool with its answers and their seconds, in the order of the texts."""
    yield OURS, [_ours(text) for text in texts]
    for tool in ("licenseclassifier", *TOOLS):
        answers = _asked(tool, texts)
        for way in answers[0][0]:
            yield way, [(tuple(given.get(way, ())), seconds) for given, seconds in answers]


def _ours(text: str) -> tuple[tuple[str, ...], float]:
    started = time.process_time()
    found = identify_text(text)
    return (() if found is None else (found,)), time.process_time() - started


def _asked(tool: str, texts: Sequence[str]) -> list[tuple[Mapping[str, Sequence[str]], float]]:
    """The answers of a tool. They are kept beside its environment, since some take an hour for all texts."""
    kept = ENVIRONMENTS / f"{tool}.answers.jsonl"
    known = {}
    if kept.exists():
        for line in kept.read_text().splitlines():
            digest, given, seconds = json.loads(line)
            known[digest] = (given, seconds)
    wanted = {_key(text): text for text in texts if _key(text) not in known}
    if wanted:
        python = sys.executable if tool == "licenseclassifier" else str(ENVIRONMENTS / tool / "bin" / "python")
        command = [python, str(Path(__file__).with_name("answer.py")), tool.replace("-", "_")]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            if process.stdin is None or process.stdout is None:
                raise RuntimeError("no pipes")
            with kept.open("a") as file:
                for digest, text in wanted.items():
                    process.stdin.write(json.dumps(text) + "\n")
                    process.stdin.flush()
                    known[digest] = tuple(json.loads(process.stdout.readline()))
                    file.write(json.dumps([digest, *known[digest]]) + "\n")
            process.stdin.close()
    return [known[_key(text)] for text in texts]


def _key(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
