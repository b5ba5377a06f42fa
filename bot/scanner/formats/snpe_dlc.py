"""Qualcomm's deep learning container (`.dlc`) of SNPE and QNN: a zip of a graph, its parameters, and what made it.

Qualcomm publishes no description of the format. Source: what Netron reads of it (source/dlc.js): FlatBuffers with the
identifiers `NETD`, `NETP` and `NR64`, before version 3 without; `dlc.metadata` has one `key=value` on each line.
"""

from __future__ import annotations

from bot.scanner.formats._licences import statements
from bot.scanner.readers import BoundedReader, UnreadableError
from bot.scanner.structures.zips import Archive, open_zip
from bot.scanner.wording import decoded
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "Qualcomm deep learning container"
SUFFIXES = ()
MARK = rb"PK\x03\x04"

_GRAPH, _PARAMETERS, _METADATA = "model", "model.params", "dlc.metadata"
_METADATA_LIMIT = 64 * 1024


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A container by the marks of its members; None for everything else."""
    archive = open_zip(blob)
    if archive is None or not {_GRAPH, _PARAMETERS} & archive.members.keys():
        return None
    graph, parameters = _mark(archive, _GRAPH), _mark(archive, _PARAMETERS)
    if graph not in {b"NETD", b"version 2"} and parameters not in {b"NETP", b"NR64", b"version 2"}:
        return None
    words = _words(archive)
    metadata = {"producer": words["converter-command"].split(" ", 1)[0]} if "converter-command" in words else {}
    if "model-version" in words:
        metadata["version"] = words["model-version"]
    size = archive.members[_PARAMETERS].file_size if _PARAMETERS in archive.members else 0
    return Detection(
        format="snpe-dlc",
        title=TITLE,
        is_weight=size > 0,
        confidence=Confidence.CERTAIN,
        loading=LoadingVerdict(LoadingSafety.SAFE, ("it holds a graph and numbers for a runtime without plug-ins",)),
        metadata={key: value for key, value in metadata.items() if value},
        licenses=statements([("model-copyright", words.get("model-copyright") if _says(words) else None)]),
        remarks=() if size else ("It holds a graph without parameters.",),
    )


def _says(words: dict[str, str]) -> bool:
    return words.get("model-copyright", "N/A") != "N/A"


def _mark(archive: Archive, name: str) -> bytes:
    """The identifier of a member's FlatBuffer, empty where there is none."""
    info = archive.members.get(name)
    if info is None:
        return b""
    try:
        head = archive.reader(info).read(0, 16)
    except UnreadableError:
        return b""
    if head[:2] != b"\xd5\x0a":
        return head[4:8]
    return b"version 2" if head[2:4] == b"\x02\0" else head[12:16]


def _words(archive: Archive) -> dict[str, str]:
    info = archive.members.get(_METADATA)
    if info is None or info.file_size > _METADATA_LIMIT:
        return {}
    try:
        lines = archive.reader(info).read(0, _METADATA_LIMIT).split(b"\n")
    except UnreadableError:
        return {}
    pairs = [line.partition(b"=") for line in lines[:200]]
    return {decoded(key, 60): decoded(value) for key, sign, value in pairs if sign}
