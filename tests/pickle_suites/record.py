"""A plugin of pytest that keeps what a scanner's own tests hand to it, with the verdict that the passing test saw.

    RECORD_SCANNER=modelaudit RECORD_TO=/tmp/recorded PYTHONPATH=. \\
        /tmp/tools/modelaudit/bin/python -m pytest -p tests.pickle_suites.record THEIR/tests

run once for each scanner in a checkout of its sources (picklescan needs none: its files lie in `tests/data*`, and its
test names those that are benign). Nothing is unpickled: an audit hook refuses every class that is no plain type, and
every program, while the tests run. `python -m tests.pickle_suites.record /tmp/recorded` then writes `labels.json`
and `files/`.
"""

from __future__ import annotations

import functools
import hashlib
import importlib
import json
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

LARGEST = 3_000_000
_REFUSED = frozenset({"os.system", "os.exec", "os.posix_spawn", "os.spawn", "subprocess.Popen", "socket.connect"})
_PLAIN = frozenset({"bytearray", "complex", "dict", "frozenset", "list", "object", "range", "set", "slice", "tuple"})
_HANDED = {
    "fickling": (("fickling.analysis", "Analyzer.analyze"), ("fickling.loader", "scan_file")),
    "modelscan": (("modelscan.modelscan", "ModelScan.scan"),),
    "modelaudit": (
        ("modelaudit_picklescan.api", "PickleScanner.scan_bytes"),
        ("modelaudit_picklescan.api", "PickleScanner.scan_file"),
        ("modelaudit.scanners.pickle_scanner", "PickleScanner.scan"),
        ("modelaudit.scanners.joblib_scanner", "JoblibScanner.scan"),
        ("modelaudit.scanners.numpy_scanner", "NumPyScanner.scan"),
        ("modelaudit.scanners.pytorch_zip_scanner", "PyTorchZipScanner.scan"),
        ("modelaudit.scanners.pytorch_binary_scanner", "PyTorchBinaryScanner.scan"),
    ),
}
"""The functions that take a file, a pickle or its bytes."""
_LABELS = (
    (re.compile(r"critical|malicious", re.IGNORECASE), "malicious"),
    (re.compile(r"warning|suspicious|likely_unsafe|possibly", re.IGNORECASE), "suspicious"),
    (re.compile(r"clean|likely_safe", re.IGNORECASE), "benign"),
)
_seen: list[dict[str, str]] = []


def pytest_collection_finish() -> None:
    """Wrap the functions once everything is imported, and refuse what no test of a scanner needs."""
    for module, dotted in _HANDED[os.environ["RECORD_SCANNER"]]:
        owner: Any = importlib.import_module(module)
        *path, name = dotted.split(".")
        for part in path:
            owner = getattr(owner, part)
        setattr(owner, name, _recording(getattr(owner, name)))
    sys.addaudithook(_refuse)


def pytest_runtest_makereport(item: Any, call: Any) -> None:
    """Keep what a passing test handed over."""
    if call.when != "call":
        return
    if call.excinfo is None:
        with (_folder() / "seen.jsonl").open("a") as lines:
            lines.writelines(json.dumps({**each, "test": item.nodeid}) + "\n" for each in _seen)
    _seen.clear()


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if event in _REFUSED or (event == "pickle.find_class" and arguments[1] not in _PLAIN):
        raise RuntimeError(f"{event} is refused while tests are recorded")


def _recording(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def recording(*arguments: Any, **named: Any) -> Any:
        content = next(filter(None, map(_content, arguments)), None)
        given = function(*arguments, **named)
        if content is not None and len(content) <= LARGEST:
            digest = hashlib.sha256(content).hexdigest()
            (_folder() / digest).write_bytes(content)
            _seen.append({"digest": digest, "verdict": _verdict(given), "suite": os.environ["RECORD_SCANNER"]})
        return given

    return recording


def _content(argument: Any) -> bytes | None:
    if isinstance(argument, bytes):
        return argument
    if isinstance(argument, str | Path) and Path(argument).is_file():
        return Path(argument).read_bytes()
    return argument.dumps() if hasattr(argument, "dumps") and hasattr(argument, "opcodes") else None


def _verdict(given: Any) -> str:
    """The worst word in a result of any of them."""
    if isinstance(given, dict):
        return "malicious" if given.get("issues") else "clean"
    for name in ("verdict", "severity"):
        if hasattr(given, name):
            return str(getattr(getattr(given, name), "name", getattr(given, name)))
    issues = {str(issue.severity) for issue in getattr(given, "issues", ())}
    if not issues:
        return "clean" if getattr(given, "success", True) else "inconclusive"
    return " ".join(issues)


def _folder() -> Path:
    folder = Path(os.environ["RECORD_TO"])
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def write_labels(folder: Path) -> None:
    """Make `labels.json` and `files/` of what was seen; what two tests call by two names is `unknown`."""
    (folder / "files").mkdir(exist_ok=True)
    labels: dict[str, dict[str, Any]] = {}
    for line in (folder / "seen.jsonl").read_text().splitlines():
        seen = json.loads(line)
        label = next((label for words, label in _LABELS if words.search(seen["verdict"])), "unknown")
        known = labels.setdefault(f"{seen['digest'][:16]}.pkl", {"label": label, "suites": []})
        if known["label"] != label and {known["label"], label} != {"malicious", "suspicious"}:
            known["label"] = "unknown" if "unknown" not in {known["label"], label} else label
        elif label == "malicious":
            known["label"] = label
        known["suites"] = sorted({*known["suites"], seen["suite"]})
        (folder / "files" / f"{seen['digest'][:16]}.pkl").write_bytes((folder / seen["digest"]).read_bytes())
    (folder / "labels.json").write_text(json.dumps(labels, indent=1))


if __name__ == "__main__":
    write_labels(Path(sys.argv[1]))
