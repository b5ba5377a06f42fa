"""What is passed over in a change of thousands of files, and what is not."""

from __future__ import annotations

import base64
import importlib
import json
import os
import pkgutil
import random
import re
import struct
import subprocess
import zlib
from pathlib import Path

import pytest

import bot.scanner.containers.kinds
import bot.scanner.formats
import bot.scanner.pointers
from bot.scanner.git import GitTree, Repository, local_changes
from bot.scanner.git_raw import weighed_changes
from bot.scanner.ordinary import LARGE_CHANGE, is_ordinary
from bot.scanner.scan import collect

_RANDOM = random.Random(7)
NUMBERS = [_RANDOM.gauss(0, 0.1) for _ in range(8_000)]
BINARY = struct.pack(f"<{len(NUMBERS)}f", *NUMBERS)
SOURCE = "".join(f"    value_{number % 40} = compute(value_{number % 7}, {number})\n" for number in range(2_000))


def is_passed_over(path: str, content: bytes) -> bool:
    return is_ordinary(path.encode(), len(content), len(zlib.compress(content)))


@pytest.mark.parametrize("path", ["src/a.py", "include/table.h", "doc/guide.md", "web/Style.CSS"])
def test_sources_are_passed_over(path: str) -> None:
    assert is_passed_over(path, SOURCE.encode())
    assert is_passed_over(path, SOURCE[:3_000].encode())
    assert is_passed_over(path, b"x = 1\n")


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("src/a.py", BINARY),
        ("src/a.py", BINARY[:1_500]),
        ("src/a.py", b"BLOB = '" + base64.b64encode(BINARY) + b"'"),
        ("src/a.c", b'"' + BINARY.hex().encode() + b'"'),
        ("src/a.c", ", ".join(map(repr, NUMBERS)).encode()),
        ("src/nn_weights.c", ", ".join(str(round(number * 300)) for number in NUMBERS).encode()),
        ("src/model_data.h", ", ".join(f"0x{byte:02x}" for byte in BINARY).encode()),
        ("data/x.json", json.dumps([round(number, 2) for number in NUMBERS]).encode()),
        ("data/weights.json", b"[1]"),
        ("data/forest.yml", SOURCE.encode()),
        ("src/_model.py", SOURCE.encode()),
        ("web/face.js", SOURCE.encode()[:65_536]),
        ("src/long.c", SOURCE.encode() * 4),
        ("pipeline/dvc.lock", b"schema: '2.0'\n"),
        ("src/a.bin", SOURCE.encode()),
        ("src/Makefile", SOURCE.encode()),
        ("py", SOURCE.encode()),
    ],
)
def test_what_may_be_weights_is_opened(path: str, content: bytes) -> None:
    assert not is_passed_over(path, content)


@pytest.mark.parametrize("room", [bot.scanner.formats, bot.scanner.containers.kinds, bot.scanner.pointers])
def test_texts_that_a_module_asks_for_by_name_are_opened(room: object) -> None:
    samples = ("dvc.lock", "meta.json", "zarr.json", ".zarray", "x.dvc", "w.data-00000-of-00001", "a.safetensors.br")
    for module in pkgutil.iter_modules(room.__path__):  # type: ignore[attr-defined]
        names = getattr(importlib.import_module(f"{room.__name__}.{module.name}"), "NAMES", None)  # type: ignore[attr-defined]
        for sample in samples:
            if names and re.search(names, sample):
                assert not is_passed_over(f"folder/{sample}", b"{}"), sample


def test_weights_among_thousands_of_sources_are_found(tmp_path: Path) -> None:
    header = json.dumps({"w": {"dtype": "F32", "shape": [8_000], "data_offsets": [0, 32_000]}}).encode()
    weights = struct.pack("<Q", len(header)) + header + BINARY
    stream = [b"commit refs/heads/main\nmark :1\ncommitter a <a@b> 1 +0000\ndata 1\nb\nM 100644 inline R\ndata 1\nr\n"]
    stream.append(b"commit refs/heads/topic\ncommitter a <a@b> 2 +0000\ndata 1\nh\nfrom :1\n")
    stream += [b"M 100644 inline src/f%d.py\ndata 6\nx = 1\n\n" % number for number in range(LARGE_CHANGE)]
    stream.append(b"M 100644 inline src/g.py\ndata %d\n" % len(weights) + weights + b"\n")
    stream.append(b"M 100644 inline h.bin\ndata %d\n" % len(weights[:-4]) + weights[:-4] + b"\n")
    subprocess.run(["git", "init", "-q", "--bare", str(tmp_path)], check=True, env=os.environ)
    subprocess.run(["git", "-C", str(tmp_path), "fast-import", "--quiet"], input=b"".join(stream), check=True)
    repository = Repository(tmp_path)
    base, head = repository.commit("main"), repository.commit("topic")
    changes = local_changes(repository, base, head)
    with GitTree(repository, head) as tree:
        facts = collect(changes, tree)
    assert {artifact.path for artifact in facts.artifacts} == {"src/g.py", "h.bin"}
    assert facts.unopened == LARGE_CHANGE
    assert facts.changed_files == LARGE_CHANGE + 2


def test_what_git_cannot_weigh_is_opened(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", "--bare", str(tmp_path)], check=True, env=os.environ)
    missing = [b":000000 100644 %040d %040x A\0a%d.py\0" % (0, number + 1, number) for number in range(LARGE_CHANGE)]
    changes = weighed_changes(missing, Repository(tmp_path))
    assert len(changes.files) == LARGE_CHANGE
    assert changes.passed_over == 0
