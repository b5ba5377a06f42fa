"""What other tools find in the same files: extension lists and scanners, each in its own environment.

The scanners are programs of WEIGHBRIDGE_CORPUS_TOOLS, a folder with one virtual environment per tool
(`v_magika`, `v_picklescan`, ...). One that is not there is left out of the table. Every tool gets the
same folders of links to the same files, so that a path in its report names its sample.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from measure import RENAMED, Sample

TIMEOUT = 600
"""Seconds that one tool may take for one folder, or for one portion of it."""
PORTION = 60
"""Files that modelaudit gets at once; where it gives no report in time, they count as not looked into."""
LINGUIST = frozenset({".pkl"})
"""Extensions that GitHub linguist gives to a format of models: `Pickle` in its languages.yml, no other."""
MAGIKA_LABELS = frozenset({"onnx", "pytorch", "pickle", "h5", "npy", "npz"})
"""Content types of magika 1.0 that a careful user would take for weights."""
PICKLESCAN = """
import json, pathlib, sys
from picklescan.scanner import scan_directory_path
found = []
for path in sorted(pathlib.Path(sys.argv[1]).rglob("*")):
    if path.is_file():
        try:
            found += [str(path)] if scan_directory_path(str(path.parent)).scanned_files else []
        except Exception:
            pass
print(json.dumps(found))
"""
"""Asks picklescan for the folder of each sample, as its command would choose; that prints counts only."""


@dataclass(frozen=True)
class Found:
    """How many files one tool found, of how many; None where it gave no report in time."""

    tool: str
    counts: str
    """What counts as found, for the page."""
    own: int | None
    renamed: int | None
    ordinary: int | None


def compare(weights: Sequence[Sample], ordinary: Sequence[Sample]) -> list[Found]:
    """Ask every other tool for the weights under both names and for a sample of ordinary files."""
    found = [_by_extension("GitHub linguist", weights, ordinary)]
    with tempfile.TemporaryDirectory() as scratch:
        folders = {name: Path(scratch) / name for name in ("own", "renamed", "ordinary")}
        _link(weights, folders["own"], lambda sample: Path(sample.path).name)
        _link(weights, folders["renamed"], lambda sample: RENAMED)
        _link(ordinary, folders["ordinary"], lambda sample: Path(sample.path).name)
        tools = Path(os.environ.get("WEIGHBRIDGE_CORPUS_TOOLS", "tools"))
        for tool, (counts, run) in _TOOLS.items():
            python = tools / f"v_{tool}" / "bin"
            if python.exists():
                numbers = {name: _count(run, python, folder) for name, folder in folders.items()}
                found.append(Found(tool, counts, **numbers))
    return found


def _by_extension(tool: str, weights: Sequence[Sample], ordinary: Sequence[Sample]) -> Found:
    own, alarms = (sum(Path(sample.path).suffix.lower() in LINGUIST for sample in some) for some in (weights, ordinary))
    return Found(tool, "extension of a model format", own, 0, alarms)


def _link(samples: Sequence[Sample], folder: Path, name: Callable[[Sample], str]) -> None:
    for number, sample in enumerate(samples):
        place = folder / str(number) / name(sample)
        place.parent.mkdir(parents=True)
        try:
            place.hardlink_to(sample.file)
        except OSError:
            shutil.copyfile(sample.file, place)


def _count(run: Callable[[Path, Path], list[str]], python: Path, folder: Path) -> int | None:
    try:
        paths = run(python, folder)
    except (subprocess.TimeoutExpired, ValueError, OSError):
        return None
    numbers = {match[1] for path in paths if (match := re.search(rf"(?:^|/){folder.name}/(\d+)/", path))}
    relative = {match[1] for path in paths if (match := re.match(r"(\d+)/", path))}
    return len(numbers | relative)


def _output(command: Sequence[str]) -> str:
    """Standard output of a tool, whose exit status tells of findings; it may not phone home."""
    quiet = os.environ | {"PROMPTFOO_DISABLE_TELEMETRY": "1", "NO_ANALYTICS": "1"}
    return subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT, env=quiet, check=False).stdout


def _magika(tools: Path, folder: Path) -> list[str]:
    lines = _output([str(tools / "magika"), "--recursive", "--format", "%l %p", str(folder)]).splitlines()
    return [line.partition(" ")[2] for line in lines if line.partition(" ")[0] in MAGIKA_LABELS]


def _picklescan(tools: Path, folder: Path) -> list[str]:
    paths: list[str] = json.loads(_output([str(tools / "python"), "-c", PICKLESCAN, str(folder)]))
    return paths


def _modelscan(tools: Path, folder: Path) -> list[str]:
    report = folder.with_suffix(".modelscan.json")
    _output([str(tools / "modelscan"), "scan", "-r", "json", "-o", str(report), "-p", str(folder)])
    paths: list[str] = json.loads(report.read_text())["summary"]["scanned"].get("scanned_files", [])
    return paths


def _modelaudit(tools: Path, folder: Path) -> list[str]:
    """Asked in portions: it needs a second or more for a file, and one file may hold up all of them."""
    report = folder.with_suffix(".modelaudit.json")
    command = [str(tools / "modelaudit"), "scan", "-q", "--no-cache", "-f", "json", "-o", str(report)]
    paths, samples = [], sorted(str(each) for each in folder.iterdir())
    for start in range(0, len(samples), PORTION):
        report.unlink(missing_ok=True)
        with contextlib.suppress(subprocess.TimeoutExpired, ValueError, OSError):
            _output([*command, *samples[start : start + PORTION]])
            paths += [asset["path"] for asset in json.loads(report.read_text())["assets"] if asset["type"] != "unknown"]
    return paths


def _identify(tools: Path, folder: Path) -> list[str]:
    code = (
        "import json, pathlib, sys; from identify.identify import tags_from_path as t\n"
        "print(json.dumps([str(p) for p in pathlib.Path(sys.argv[1]).rglob('*')"
        " if p.is_file() and 'binary' in t(str(p))]))"
    )
    paths: list[str] = json.loads(_output([str(tools / "python"), "-c", code, str(folder)]))
    return paths


_TOOLS: dict[str, tuple[str, Callable[[Path, Path], list[str]]]] = {
    "identify": ("tag `binary`: it has none for models", _identify),
    "magika": (f"label {', '.join(sorted(MAGIKA_LABELS))}", _magika),
    "picklescan": ("it scanned the file", _picklescan),
    "modelscan": ("it scanned the file", _modelscan),
    "modelaudit": ("an asset of any type but `unknown`", _modelaudit),
}
