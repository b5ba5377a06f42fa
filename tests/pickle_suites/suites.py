"""The files that the scanners are asked about, and what is true of each.

Our own are written anew (tests/scanner/pickles). Those of the scanners' own tests are taken from a folder that
WEIGHBRIDGE_PICKLE_SUITES names, as `record.py` leaves it: `files/`, and `labels.json` with suite and label of each.
"""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import os
import pickle
import pickletools
import re
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.scanner.pickles.bypasses import BYPASSES
from tests.scanner.pickles.test_honest_pickles import VALUES, WRITTEN

_UNPACK = (gzip.decompress, bz2.decompress, lzma.decompress, zlib.decompress)
_STORAGE = re.compile(r"(^|/)data/[^/]+$")
_INERT = re.compile(
    r"(torch(\.storage)?\.\w+Storage|torch\._utils\._rebuild_\w+|collections\.OrderedDict|numpy\.(ndarray|dtype)"
    r"|_codecs\.encode|numpy\.(_?core)\.multiarray\.(_reconstruct|scalar))\Z"
)
"""Constructors of tensors and arrays, by their names: a file that names nothing else cannot do anything."""
_STRINGS = frozenset({"SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8", "UNICODE", "STRING", "BINSTRING",
                      "SHORT_BINSTRING"})  # fmt: skip


@dataclass(frozen=True)
class Sample:
    """A file, and what its suite says of it."""

    path: str
    suite: str
    label: str
    """`malicious`, `suspicious`, `benign`; `unknown` where the suite says nothing or contradicts itself."""
    acts: bool
    """False where no pickle that a loader takes from the file names more than constructors of tensors."""


def samples(folder: Path) -> list[Sample]:
    """Every file of the union; ours are written into `folder`."""
    return [*_own(folder), *_recorded()]


def _own(folder: Path) -> Iterator[Sample]:
    for number, content in enumerate(BYPASSES.values()):
        yield _written(folder / f"bypass{number:03}.pkl", content, "malicious")
    for number, content in enumerate([*WRITTEN.values(), *_values()]):
        yield _written(folder / f"honest{number:03}.pkl", content, "benign")


def _values() -> Iterator[bytes]:
    for value in VALUES.values():
        for protocol in (2, 4):
            try:
                yield pickle.dumps(value, protocol)
            except (TypeError, ValueError, pickle.PicklingError):
                continue


def _written(path: Path, content: bytes, label: str) -> Sample:
    path.write_bytes(content)
    return Sample(str(path), "weighbridge", label, acts=label == "malicious" or acts(content))


def _recorded() -> Iterator[Sample]:
    named = os.environ.get("WEIGHBRIDGE_PICKLE_SUITES")
    if not named:
        return
    folder = Path(named)
    for name, known in sorted(json.loads((folder / "labels.json").read_text()).items()):
        path = folder / "files" / name
        yield Sample(str(path), "+".join(known["suites"]), known["label"], acts(path.read_bytes()))


def acts(content: bytes, depth: int = 0) -> bool:
    """True where a loader that takes the file comes upon a callable other than a constructor of tensors.

    Read with pickletools alone, so that our own machine does not judge itself.
    """
    if depth > 4:
        return True
    inner = _inner(content)
    if inner is not None:
        return any(acts(each, depth + 1) for each in inner)
    if content.startswith(b"\x93NUMPY"):
        width = 2 if content[6] == 1 else 4
        content = content[8 + width + int.from_bytes(content[8 : 8 + width], "little") :]
    return any(not _INERT.match(name) for name in _names(content))


def _inner(content: bytes) -> list[bytes] | None:
    """What a container holds for its loader, None where the bytes are none."""
    if content.startswith(b"PK"):
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                wanted = [info for info in archive.infolist() if not _STORAGE.search(info.filename)]
                return [archive.read(info) for info in wanted]
        except (zipfile.BadZipFile, zlib.error, RuntimeError, OSError, EOFError, NotImplementedError, ValueError):
            return [b"cdamaged\narchive\n."]
    if content.startswith(b"7z\xbc\xaf"):
        return [b"cseven\nzip\n."]
    for unpack in _UNPACK:
        try:
            return [unpack(content)]
        except (OSError, EOFError, lzma.LZMAError, zlib.error, ValueError):
            continue
    try:
        with tarfile.open(fileobj=io.BytesIO(content)) as archive_of_tar:
            files = [archive_of_tar.extractfile(member) for member in archive_of_tar.getmembers() if member.isfile()]
            return [file.read() for file in files if file is not None]
    except (tarfile.TarError, OSError, EOFError, ValueError):
        return None


def _names(content: bytes) -> Iterator[str]:
    """Callables that the pickles at the start of the bytes name, one pickle after the other."""
    stream = io.BytesIO(content)
    texts: list[str] = []
    while stream.tell() < len(content):
        try:
            for opcode, argument, _ in pickletools.genops(stream):
                if opcode.name in {"GLOBAL", "INST"}:
                    yield str(argument).replace(" ", ".", 1)
                elif opcode.name == "STACK_GLOBAL":
                    yield ".".join(texts[-2:])
                elif opcode.name.startswith("EXT"):
                    yield "a registered extension"
                elif opcode.name in _STRINGS:
                    texts.append(str(argument))
        except Exception:  # pickletools raises what it likes on broken pickles; a loader stops there too
            return
