"""The scanners that are compared, each asked in a virtual environment of its own, file by file.

WEIGHBRIDGE_PICKLE_TOOLS names a folder with one environment for each (`picklescan`, `fickling`, `modelscan`,
`modelaudit`), made with `python3 -m venv` and `pip install`. A scanner that is not there is left out of the table.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bot.scanner.detect import detect
from bot.scanner.readers import FileReader, UnreadableError
from rules.facts import LoadingSafety

OURS = "weighbridge"
BATCH = 40
"""Files of one process: modelaudit, asked for many in one, stops to answer after some hundreds."""
TIMEOUT = 60
"""Seconds for one file."""

_FRAME = """
import json, logging, os, signal, sys, time
logging.disable(logging.CRITICAL)
class Late(BaseException): pass
def late(*_): raise Late
signal.signal(signal.SIGALRM, late)
{ask}
answers = {{}}
for path in json.load(open(sys.argv[1])):
    began = time.perf_counter()
    signal.alarm({timeout})
    try: answer = ask(path)
    except BaseException as error: answer = "crash"
    signal.alarm(0)
    answers[path] = [answer, time.perf_counter() - began]
json.dump(answers, open(sys.argv[2], "w"))
"""
_ASK = {
    "picklescan": """
from picklescan.scanner import scan_file_path
def ask(path):
    found = scan_file_path(path)
    if found.issues_count: return "dangerous"
    if found.scan_err: return "unknown"
    return "suspicious" if found.suspicious_count else "clean"
""",
    "fickling": """
from fickling.loader import scan_file, scan_zip_archive
ORDER = ["clean", "suspicious", "unknown", "dangerous"]
def one(found):
    name = found.severity.name
    if name in ("LIKELY_OVERTLY_MALICIOUS", "OVERTLY_MALICIOUS"): return "dangerous"
    if found.errors: return "unknown"
    return "clean" if name == "LIKELY_SAFE" else "suspicious"
def ask(path):
    if open(path, "rb").read(2) != b"PK": return one(scan_file(path, graceful=True))
    return max((one(each) for each in scan_zip_archive(path, graceful=True).values()), key=ORDER.index, default="clean")
""",
    "modelscan": """
from modelscan.modelscan import ModelScan
def ask(path):
    found = ModelScan().scan(path)
    if {each["severity"] for each in found["issues"]} & {"CRITICAL", "HIGH", "MEDIUM"}: return "dangerous"
    if found["issues"]: return "suspicious"
    return "unknown" if found["errors"] else "clean"
""",
    "modelaudit": """
from modelaudit.core import scan_model_directory_or_file
def ask(path):
    found = scan_model_directory_or_file(path, cache_enabled=False)
    worst = {getattr(each.severity, "value", str(each.severity)) for each in found.issues}
    if "critical" in worst: return "dangerous"
    if not found.success or found.has_errors: return "unknown"
    return "suspicious" if "warning" in worst else "clean"
""",
}
"""What each says of a file: `dangerous` is its word for certain danger, `suspicious` any weaker one."""
_OUR_WORDS = {
    LoadingSafety.DANGEROUS: "dangerous",
    LoadingSafety.EXECUTES_CODE: "suspicious",
    LoadingSafety.UNKNOWN: "unknown",
    LoadingSafety.SAFE: "clean",
}

Answers = dict[str, tuple[str, float]]
"""Path to the word for it, and seconds."""


def installed() -> list[str]:
    """The scanners that can be asked, ours last."""
    folder = os.environ.get("WEIGHBRIDGE_PICKLE_TOOLS")
    return [name for name in _ASK if folder and (Path(folder) / name / "bin" / "python").exists()] + [OURS]


def ask(scanner: str, paths: Sequence[str]) -> Answers:
    """What a scanner says of each file."""
    if scanner == OURS:
        return {path: _ours(path) for path in paths}
    answers: Answers = {}
    for start in range(0, len(paths), BATCH):
        answers |= _batch(scanner, paths[start : start + BATCH])
        print(f"{scanner}: {len(answers):,} of {len(paths):,}", file=sys.stderr)
    return answers


def _ours(path: str) -> tuple[str, float]:
    began = time.perf_counter()
    try:
        detection = detect(Path(path).name, FileReader(path))
        word = "clean" if detection is None else _OUR_WORDS[detection.loading.safety]
    except UnreadableError:
        word = "unknown"
    return word, time.perf_counter() - began


def _batch(scanner: str, paths: Sequence[str]) -> Answers:
    python = Path(os.environ["WEIGHBRIDGE_PICKLE_TOOLS"]) / scanner / "bin" / "python"
    code = _FRAME.format(ask=_ASK[scanner], timeout=TIMEOUT)
    with tempfile.TemporaryDirectory() as folder:
        wanted, given = Path(folder) / "wanted.json", Path(folder) / "given.json"
        wanted.write_text(json.dumps(list(paths)))
        quiet = os.environ | {"PROMPTFOO_DISABLE_TELEMETRY": "1", "NO_ANALYTICS": "1"}
        command = [str(python), "-c", code, str(wanted), str(given)]
        limit = TIMEOUT * len(paths) + 60
        subprocess.run(command, env=quiet, capture_output=True, timeout=limit, check=False)
        if not given.exists():
            return dict.fromkeys(paths, ("crash", 0.0))
        return {path: (word, seconds) for path, (word, seconds) in json.loads(given.read_text()).items()}
