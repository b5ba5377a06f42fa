"""Modules are known by their constants before they are imported, and never by old ones."""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

from bot.scanner import modules

FOLDERS = ("bot.scanner.containers.kinds", "bot.scanner.formats", "bot.scanner.pointers")


@pytest.fixture
def kept_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own for the files."""
    monkeypatch.setattr(modules, "_place", lambda package: tmp_path / f"{package}.json")
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    return tmp_path


@pytest.mark.parametrize("package", FOLDERS)
def test_what_is_kept_of_every_module_is_what_the_module_says(package: str, kept_in: Path) -> None:
    made, kept = modules.modules_of(package), modules.modules_of(package)
    assert [path.name for path in kept_in.iterdir()] == [f"{package}.json"]
    names = sorted(found.name for found in pkgutil.iter_modules(importlib.import_module(package).__path__))
    assert list(made) == list(kept) == [name.replace("_", "-") for name in names if name[0] != "_"]
    for declared in (*made.values(), *kept.values()):
        module = importlib.import_module(declared.__name__)
        for name in ("TITLE", "SUFFIXES", "MARK", "NAMES", "LEAST", "GENERIC", "SINGLE", "LIMIT"):
            assert getattr(declared, name, None) == getattr(module, name, None)
            assert type(getattr(declared, name, None)) is type(getattr(module, name, None))
        assert declared.__doc__ == (module.__doc__ or "").splitlines()[0]


@pytest.mark.parametrize("content", ["", "[]", "{", "[1, 2]", '[[["formats/onnx.py", 1, 1]], {"onnx": ["", {}]}]'])
def test_a_file_that_is_damaged_or_of_other_sources_is_made_anew(content: str, kept_in: Path) -> None:
    place = kept_in / "bot.scanner.pointers.json"
    place.write_text(content)
    assert list(modules.modules_of("bot.scanner.pointers")) == ["dvc", "git-annex", "git-lfs", "xet"]
    assert len(json.loads(place.read_text())[1]) == 4


def test_where_nothing_may_be_written_the_modules_are_found_all_the_same(
    kept_in: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert "git-lfs" in modules.modules_of("bot.scanner.pointers")
    assert not list(kept_in.iterdir())
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(modules, "_place", lambda _: kept_in / "no" / "such" / "folder.json")
    assert "git-lfs" in modules.modules_of("bot.scanner.pointers")


def test_a_process_imports_only_the_formats_that_it_asks(tmp_path: Path) -> None:
    program = (
        "import sys\n"
        "from bot.scanner.detect import detect\n"
        "from bot.scanner.readers import BytesReader\n"
        "detect('a.bin', BytesReader(b'GGUF' + bytes(100)))\n"
        "print(sum(name.startswith('bot.scanner.formats.') for name in sys.modules))\n"
    )
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment = kept | {"PYTHONPYCACHEPREFIX": str(tmp_path)}
    counts = [
        int(subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, check=True).stdout)
        for _ in range(2)
    ]
    assert counts[0] > 100
    assert counts[1] < 20
