"""Published packages: their weights are told from their other files by the real command. Run by `make corpus`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from packages import Kind, Package, corpus_folder, read_manifests, regular_files, unpacked

pytestmark = [pytest.mark.corpus, pytest.mark.timeout(1800)]

NAMES = ("silero-vad", "basic-pitch", "magika", "rapidocr-onnxruntime", "facenet-pytorch", "numpy")
"""A few packages of the manifest, with weights and without: the command starts anew for every 500 files."""


@pytest.fixture(params=NAMES)
def package(request: pytest.FixtureRequest) -> tuple[Package, Path]:
    """A package of the manifest and the folder of its files."""
    found = next(each for each in read_manifests() if each.registry == "pypi" and each.name == request.param)
    return found, unpacked(found, corpus_folder())


def inspected(folder: Path) -> list[dict[str, Any]]:
    """What `weighbridge inspect --json` says of every file of a folder."""
    files = [str(path) for path in regular_files(folder)]
    answers: list[dict[str, Any]] = []
    for start in range(0, len(files), 500):
        command = [sys.executable, "-m", "bot.cli.main", "inspect", "--json", *files[start : start + 500]]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        answers += [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["path"] for answer in answers] == files
    return answers


def test_the_command_tells_the_weights_of_a_package_from_its_other_files(package: tuple[Package, Path]) -> None:
    described, folder = package
    missed, alarms = [], []
    for answer in inspected(folder):
        path = Path(answer["path"]).relative_to(folder).as_posix()
        kind, _ = described.label(path)
        is_sure = answer["is_weight"] and answer["confidence"] in {"certain", "probable"}
        if kind is Kind.PUBLISHED and not is_sure:
            missed.append((path, answer["format"], answer["confidence"]))
        if kind is Kind.ORDINARY and is_sure:
            alarms.append((path, answer["format"], answer["confidence"]))
    assert missed == []
    assert alarms == []
