"""Models made here with the formats' own libraries, for formats that no package ships.

Each script of `makers/` names its libraries, pinned, in inline metadata (PEP 723) and writes models of random or
fitted numbers into the folder that it is given first; the second is the corpus folder. It prints one line per weight
file: the format, a tab, the path, and `headerless` after another tab where the file is raw numbers. What it does not
name is left out of both classes. A script runs once, in a virtual environment of its own; the folder's name holds the
script's digest.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tomllib
import venv
from collections.abc import Iterator
from pathlib import Path

from packages import CorpusError, Kind, regular_files

MAKERS = Path(__file__).with_name("makers")
LABELS = "labels.tsv"
TIMEOUT = 1200
"""Seconds that a script may take."""


def made_samples(corpus: Path) -> Iterator[tuple[Path, str, Kind, str]]:
    """File, path, class and format of everything the scripts made; a script whose libraries are not to be had is
    left out with a word on standard error."""
    for script in sorted(MAKERS.glob("*.py")):
        try:
            folder = _made(script, corpus)
        except CorpusError as error:
            print(f"left out: {error}", file=sys.stderr)
            continue
        labels = dict(_labels(folder / LABELS))
        for file in regular_files(folder / "files"):
            path = file.relative_to(folder / "files").as_posix()
            yield file, f"{script.stem}/{path}", *labels.get(path, (Kind.NEITHER, ""))


def _made(script: Path, corpus: Path) -> Path:
    digest = hashlib.sha256(script.read_bytes()).hexdigest()[:12]
    folder = corpus / "made" / f"{script.stem}-{digest}"
    if folder.exists():
        return folder
    python = _environment(script, corpus)
    partial = folder.with_name(f"{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    files = partial / "files"
    files.mkdir(parents=True)
    quiet = os.environ | {"PYTHONHASHSEED": "0", "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
    with (partial / LABELS).open("w", encoding="utf-8") as labels, (partial / "errors").open("wb") as errors:
        done = subprocess.run(
            [python, str(script), str(files), str(corpus)],
            stdout=labels,
            stderr=errors,
            env=quiet,
            timeout=TIMEOUT,
            check=False,
        )
    if done.returncode:
        raise CorpusError(f"{script.name}: {(partial / 'errors').read_text(errors='replace').strip()[-500:]}")
    partial.rename(folder)
    return folder


def _environment(script: Path, corpus: Path) -> str:
    """The Python of a virtual environment with the libraries that a script names."""
    block = re.search(r"(?m)^# /// script\n((?:#.*\n)+?)# ///$", script.read_text(encoding="utf-8"))
    lines = block[1].splitlines() if block else []
    wanted = tomllib.loads("\n".join(line.removeprefix("#").strip() for line in lines))["dependencies"]
    digest = hashlib.sha256("\n".join(wanted).encode()).hexdigest()[:12]
    folder = corpus / "environments" / f"{script.stem}-{digest}"
    python = folder / "bin" / "python"
    stamp = folder / "installed"
    if not stamp.exists():
        shutil.rmtree(folder, ignore_errors=True)
        venv.create(folder, with_pip=True)
        done = subprocess.run(
            [str(python), "-m", "pip", "install", "--quiet", *wanted], capture_output=True, text=True, check=False
        )
        if wanted and done.returncode:
            raise CorpusError(f"{script.name}: {done.stderr.strip()[-500:]}")
        stamp.touch()
    return str(python)


def _labels(file: Path) -> Iterator[tuple[str, tuple[Kind, str]]]:
    for line in file.read_text(encoding="utf-8").splitlines():
        fields = line.split("\t")
        if len(fields) in {2, 3}:
            yield fields[1], (Kind.HEADERLESS if fields[2:] == ["headerless"] else Kind.MADE, fields[0])


if __name__ == "__main__":
    from packages import corpus_folder

    for _, made_path, made_kind, made_format in made_samples(corpus_folder()):
        print(made_path, made_kind, made_format, sep="\t")
