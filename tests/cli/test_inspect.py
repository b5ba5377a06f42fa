"""`weighbridge inspect`: one answer for each file, for people and for programs."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox import weights

KEYS = [
    "path", "is_weight", "format", "confidence", "size", "sha256", "parameters", "metadata", "licenses",
    "executes_code_on_load",
]  # fmt: skip


def inspect(*arguments: str | bytes, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bot.cli.main", "inspect", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def test_one_json_object_for_each_file_in_the_order_given(tmp_path: Path) -> None:
    model = weights.llama_gguf()
    (tmp_path / "data.bin").write_bytes(model)
    (tmp_path / "notes.txt").write_text("no model\n")
    done = inspect("--json", "notes.txt", "./data.bin", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    notes, gguf = (json.loads(line) for line in done.stdout.splitlines())
    assert [list(notes), list(gguf)] == [KEYS, KEYS]
    assert (notes["path"], notes["is_weight"], notes["format"], notes["confidence"]) == ("notes.txt", False, None, None)
    assert gguf["path"] == "./data.bin"
    assert (gguf["is_weight"], gguf["format"], gguf["confidence"]) == (True, "gguf", "certain")
    assert (gguf["size"], gguf["sha256"]) == (len(model), hashlib.sha256(model).hexdigest())
    assert gguf["parameters"] == 130_304
    assert {"field": "general.license", "text": "llama3.1"} in gguf["licenses"]
    assert gguf["executes_code_on_load"] is False


def test_a_pickle_executes_code_and_a_truncated_one_is_not_known_to(tmp_path: Path) -> None:
    whole = weights.large_pickle()
    (tmp_path / "a.pkl").write_bytes(whole)
    (tmp_path / "b.pkl").write_bytes(whole[: len(whole) // 2])
    answers = [json.loads(line) for line in inspect("--json", "a.pkl", "b.pkl", cwd=tmp_path).stdout.splitlines()]
    assert [answer["executes_code_on_load"] for answer in answers] == [True, None]


def test_a_pointer_is_named_as_one_and_is_no_weight(tmp_path: Path) -> None:
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'a' * 64}\nsize 4700000000\n"
    (tmp_path / "model.gguf").write_text(pointer)
    [answer] = [json.loads(line) for line in inspect("--json", "model.gguf", cwd=tmp_path).stdout.splitlines()]
    assert (answer["is_weight"], answer["format"]) == (False, "git-lfs")
    assert answer["metadata"] == {"sha256": "a" * 64, "size": "4700000000"}
    assert "stands for" in inspect("model.gguf", cwd=tmp_path).stdout


def test_what_cannot_be_read_is_one_line_each_and_the_rest_is_answered(tmp_path: Path) -> None:
    (tmp_path / "there.txt").write_text("x")
    (tmp_path / "folder").mkdir()
    done = inspect("--json", "gone.bin", "folder", "there.txt", cwd=tmp_path)
    assert done.returncode == 2
    assert len(done.stdout.splitlines()) == 1
    first, second = done.stderr.splitlines()
    assert first == "weighbridge: gone.bin: No such file or directory"
    assert second.startswith("weighbridge: folder: it is a directory; name files")


def test_an_empty_file_is_no_weight(tmp_path: Path) -> None:
    (tmp_path / "empty.safetensors").write_bytes(b"")
    [answer] = [json.loads(line) for line in inspect("--json", "empty.safetensors", cwd=tmp_path).stdout.splitlines()]
    assert (answer["is_weight"], answer["size"]) == (False, 0)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_a_name_that_is_no_utf_8_is_shown_escaped(tmp_path: Path) -> None:
    name = b"mod\xffel\n.bin"
    Path(os.fsdecode(bytes(tmp_path) + b"/" + name)).write_bytes(weights.apache_safetensors())
    done = inspect("--json", name, cwd=tmp_path)
    answer: dict[str, Any] = json.loads(done.stdout)
    assert (done.returncode, answer["format"]) == (0, "safetensors")
    assert os.fsencode(answer["path"]) == name
    assert "\\udcff" in inspect(name, cwd=tmp_path).stdout


def test_people_get_words(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(weights.apache_safetensors())
    printed = inspect("model.safetensors", cwd=tmp_path).stdout
    for words in ("weights: safetensors (certain)", "162 K in 13 tensors", "Apache-2.0 (modelspec.license)", "safe"):
        assert words in printed


def test_without_a_file_it_says_how_it_is_used(tmp_path: Path) -> None:
    done = inspect(cwd=tmp_path)
    assert done.returncode == 2
    assert "Missing argument 'FILE...'" in done.stderr
