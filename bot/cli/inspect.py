"""`weighbridge inspect`: what one file is."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.scanner.detect import detect, promised_formats
from bot.scanner.examine import may_be_part, title_of
from bot.scanner.folder import Folder
from bot.scanner.groups import in_company
from bot.scanner.pointers import pointers_in
from bot.scanner.readers import FileReader, UnreadableError
from bot.scanner.wording import shown
from rules.facts import Confidence, Detection, LoadingSafety, Pointer
from rules.text import printable, quantity, size

_PIECE = 1024 * 1024
_EXECUTES = {
    LoadingSafety.SAFE: False,
    LoadingSafety.EXECUTES_CODE: True,
    LoadingSafety.DANGEROUS: True,
    LoadingSafety.UNKNOWN: None,
}


@dataclass(frozen=True)
class _Inspected:
    path: str
    size: int
    sha256: str
    detection: Detection | None
    pointers: Sequence[Pointer]
    error: str | None = None
    """Why it could not be looked through, None where it could."""


@click.command("inspect")
@click.argument("files", nargs=-1, required=True, type=click.Path(), metavar="FILE...")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per file and line.")
def command(files: tuple[str, ...], as_json: bool) -> None:
    """Say what a file is: weights or not, in which format, how large, under which licence, safe to load or not.

    Nothing is loaded or unpickled. A Git LFS pointer is named as one; it is no weight itself. Exit code 0 when every
    file could be read, 2 otherwise.
    """
    failed = False
    console = Console(highlight=False, soft_wrap=True)
    for name in files:
        try:
            found = _inspect(name)
        except UnreadableError as error:
            click.echo(f"weighbridge: {printable(str(error))}", err=True)
            failed = True
            continue
        if found.error is not None:
            click.echo(f"weighbridge: {printable(f'{name}: {found.error}')}", err=True)
            failed = True
        if as_json:
            click.echo(json.dumps(_plain(found), ensure_ascii=True))
        else:
            console.print(_table(found))
    sys.exit(2 if failed else 0)


def _inspect(name: str) -> _Inspected:
    if Path(name).is_dir():
        raise UnreadableError(f"{name}: it is a directory; name files, or judge a repository with `weighbridge scan`")
    reader = FileReader(name)
    path = os.path.abspath(name)  # noqa: PTH100 - keeps undecodable names
    pointers, detection, failure = pointers_in(path, reader), None, None
    try:
        detection = None if pointers else _detected(path, reader)
    except UnreadableError as error:
        failure = str(error)
    return _Inspected(name, reader.size, _digest(name), detection, pointers, failure)


def _detected(path: str, reader: FileReader) -> Detection | None:
    """What the file is by its bytes, or else by the description of a model that lies beside it or one folder up."""
    detection = detect(path, reader)
    sure = detection is not None and detection.confidence > Confidence.POSSIBLE
    if sure or not may_be_part(path, reader):
        return detection
    top = os.path.dirname(os.path.dirname(path))  # noqa: PTH120 - keeps undecodable names
    company = in_company(os.path.relpath(path, top), Folder(top))
    return detection if company is None else company[1]


def _digest(name: str) -> str:
    digest = hashlib.sha256()
    try:
        with Path(name).open("rb") as stream:
            while piece := stream.read(_PIECE):
                digest.update(piece)
    except OSError as error:
        raise UnreadableError(f"{name}: {error.strerror}") from error
    return digest.hexdigest()


def _plain(found: _Inspected) -> Mapping[str, Any]:
    detection = found.detection
    content: dict[str, Any] = {
        "path": found.path,
        "is_weight": False,
        "format": None,
        "confidence": None,
        "size": found.size,
        "sha256": found.sha256,
        "parameters": None,
        "metadata": {"remarks": " ".join(remarks)} if (remarks := _remarks(found)) else {},
        "licenses": [],
        "executes_code_on_load": None,
    }
    if found.error is not None:
        return content | {"is_weight": None, "metadata": {"error": found.error}}
    if found.pointers:
        pointer = found.pointers[0]
        metadata = {pointer.algorithm: pointer.digest, "size": str(pointer.size)}
        if pointer.fault:
            metadata["fault"] = pointer.fault
        return content | {"format": pointer.kind, "confidence": "certain", "metadata": metadata}
    if detection is None:
        return content
    return content | {
        "is_weight": detection.is_weight,
        "format": detection.format,
        "confidence": detection.confidence.label,
        "parameters": detection.parameters,
        "metadata": content["metadata"] | detection.metadata,
        "licenses": [{"field": license_.field, "text": license_.text} for license_ in detection.licenses],
        "executes_code_on_load": _EXECUTES[detection.loading.safety],
    }


def _remarks(found: _Inspected) -> Sequence[str]:
    """What was odd: of the content, or that it is none of what the name promises."""
    if found.detection is not None:
        return found.detection.remarks
    promised = promised_formats(found.path)
    if not promised or found.pointers or not found.size:
        return ()
    return (f"Its name promises {title_of(promised[0])}, but its content is no format that is known here.",)


def _table(found: _Inspected) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    table.title = Text(printable(found.path), style="bold")
    table.title_justify = "left"
    table.add_row(Text("  what", style="dim"), Text(_verdict(found)))
    for name, value in _rows(found):
        table.add_row(Text(f"  {name}", style="dim"), Text(printable(value)))
    return table


def _verdict(found: _Inspected) -> str:
    if found.pointers:
        return f"a {found.pointers[0].kind} pointer: the object it stands for is elsewhere"
    if found.error is not None:
        return "not looked through: it may hold weights"
    detection = found.detection
    if detection is None:
        return "no format of weights that is known here"
    if not detection.is_weight:
        return f"no weights: {detection.title}"
    return f"weights: {detection.title} ({detection.confidence.label})"


def _rows(found: _Inspected) -> list[tuple[str, str]]:
    rows = [("size", f"{size(found.size)} ({found.size:,} bytes)"), ("sha256", found.sha256)]
    for pointer in found.pointers:
        stands_for = size(pointer.size) if pointer.size is not None else "of unknown size"
        named = f"{pointer.path}, " if pointer.path else ""
        rows.append(("stands for", f"{named}{stands_for}, {pointer.algorithm} {pointer.digest or 'unknown'}"))
        if pointer.fault:
            rows.append(("broken", pointer.fault))
    detection = found.detection
    remarks = [("remark", remark) for remark in _remarks(found)]
    if detection is None:
        return [*rows, *remarks]
    if detection.parameters is not None:
        tensors = f" in {detection.tensors:,} tensors" if detection.tensors is not None else ""
        rows.append(("parameters", f"{quantity(detection.parameters)}{tensors}"))
    rows += [(name.replace("_", " "), value) for name, value in detection.metadata.items()]
    rows += [("licence", f"{shown(license_.text)} ({license_.field})") for license_ in detection.licenses]
    rows += [("base model", name) for name in detection.base_models]
    rows.append(("loading", f"{detection.loading.safety.value}: {'; '.join(detection.loading.reasons)}"))
    return [*rows, *remarks]
