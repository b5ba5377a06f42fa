"""Archives of torch.export and of AOTInductor (`.pt2`): a graph as JSON with its numbers, or a compiled library.

Source: torch/export/pt2_archive/constants.py and _package.py of PyTorch (`archive_format` holds "pt2"; `models/*.json`,
`data/weights/`, `data/constants/`, `data/sample_inputs/*.pt`, `data/aotinductor/MODEL/*.so`), torch/_export/serde/
schema.py for the JSON, and torch/_export/serialize.py of PyTorch 2.1 for `serialized_exported_program.json`.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from bot.scanner.formats import pytorch_zip
from bot.scanner.formats._torch_operators import is_noted, verdict_on
from bot.scanner.readers import BoundedReader, UnreadableError
from bot.scanner.structures.zips import Archive, open_zip
from bot.scanner.wording import shown, tally
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "torch.export archive"
SUFFIXES = (".pt2",)
MARK = rb"PK[\x03\x05][\x04\x06]"

JSON_LIMIT = 16 * 1024 * 1024
"""Bytes of a graph or of a list of tensors that are read."""
PICKLE_LIMIT = 4 * 1024 * 1024
"""Bytes that may be read of each checkpoint inside."""
PART_LIMIT = 200
_FORMAT, _OLD = "archive_format", "serialized_exported_program.json"
_LIBRARY = re.compile(r"\.(so|dylib|dll|pyd|o|cubin|hsaco|spv|metallib)$")
_GRAPH = re.compile(r"(^|/)models/[^/]+\.json$|(^|/)serialized_exported_program\.json$")
_TENSORS = re.compile(r"(^|/)data/(weights|constants)/[^/]+_config\.json$")
_NUMBERS = re.compile(
    r"(^|/)data/weights/(?!.*_config\.json$)[^/]+$|(^|/)serialized_(state_dict|constants)\.(pt|json)$"
)
_TARGET = re.compile(rb'"target":\s{0,4}"torch\.ops\.(\w{1,60})\.(\w{1,80})')
_EXPRESSION = re.compile(rb'"expr_str":\s{0,4}"((?:[^"\\]|\\.)*)')
_PLAIN = re.compile(rb"[\w\s+\-*/%(),.<>=&|~]*")
"""What a formula of sizes is written with."""
_TYPES = {1: "uint8", 2: "int8", 3: "int16", 4: "int32", 5: "int64", 6: "float16", 7: "float32", 8: "float64",
          10: "complex64", 11: "complex128", 12: "bool", 13: "bfloat16"}  # fmt: skip
"""ScalarType of schema.py, whose numbers are not those of c10."""
_ORDER = [LoadingSafety.SAFE, LoadingSafety.EXECUTES_CODE, LoadingSafety.UNKNOWN, LoadingSafety.DANGEROUS]


@dataclass
class _Contents:
    operators: set[str] = field(default_factory=set)
    verdicts: list[LoadingVerdict] = field(default_factory=list)
    tensors: int = 0
    parameters: int = 0
    types: Counter[str] = field(default_factory=Counter)
    libraries: list[str] = field(default_factory=list)
    is_counted: bool = True


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """An archive of either kind; None for everything else, other archives of PyTorch too."""
    archive = open_zip(blob)
    if archive is None or not _is_export(archive):
        return None
    contents = _Contents()
    for count, name in enumerate(archive.members):
        if _LIBRARY.search(name):
            contents.libraries.append(name.rpartition("/")[2])
        elif count < 10_000:
            _read(archive, name, contents)
    if len(archive.members) > 10_000:
        contents.verdicts.append(LoadingVerdict(LoadingSafety.UNKNOWN, ("it has more parts than are looked at here",)))
    compiled = bool(contents.libraries)
    counted = contents.is_counted and contents.tensors > 0 and not compiled and contents.parameters < 2**63
    chosen = {"dtypes": tally(contents.types)} if contents.types else {}
    if compiled:
        chosen["libraries"] = shown(", ".join(contents.libraries[:3]))
    return Detection(
        format="torch-export",
        title="AOTInductor package" if compiled else TITLE,
        is_weight=compiled or contents.tensors > 0 or any(_NUMBERS.search(name) for name in archive.members),
        confidence=Confidence.CERTAIN,
        loading=_loading(contents),
        parameters=contents.parameters if counted else None,
        tensors=contents.tensors if counted else None,
        metadata=chosen,
        remarks=("Its numbers are in a compiled library and were not counted.",) if compiled else (),
    )


def _is_export(archive: Archive) -> bool:
    if archive.named(f"/{_OLD}") is not None:
        return True
    kind = archive.named(f"/{_FORMAT}")
    if kind is None or kind.file_size > 16:
        return False
    try:
        reader = archive.reader(kind)
        return reader.read(0, reader.size).strip() == b"pt2"
    except UnreadableError:
        return False


def _read(archive: Archive, name: str, contents: _Contents) -> None:
    """Look at one member, where it is of a kind that matters."""
    try:
        if _GRAPH.search(name):
            _graph(_content(archive, name), contents)
        elif _TENSORS.search(name):
            _tensors(_content(archive, name), contents)
        elif name.endswith((".pt", ".pkl")) and len(contents.verdicts) < PART_LIMIT:
            _pickled(archive, name, contents)
    except UnreadableError as error:
        contents.verdicts.append(LoadingVerdict(LoadingSafety.UNKNOWN, (str(error),)))


def _content(archive: Archive, name: str) -> bytes:
    reader = archive.reader(archive.members[name])
    if reader.size > JSON_LIMIT:
        raise UnreadableError(f"{shown(name, 60)} is longer than what is read here")
    return reader.read(0, reader.size)


def _graph(content: bytes, contents: _Contents) -> None:
    for space, operator in _TARGET.findall(content):
        found = f"{space.decode('ascii', 'replace')}::{operator.decode('ascii', 'replace')}"
        if is_noted(found):
            contents.operators.add(found)
    for formula in set(_EXPRESSION.findall(content)):
        # Sizes are formulas that older versions hand to sympy, which evaluates them as Python.
        if b"__" in formula or not _PLAIN.fullmatch(formula):
            reason = f"a size in its graph is a formula that runs code: {shown(formula.decode('utf-8', 'replace'), 60)}"
            contents.verdicts.append(LoadingVerdict(LoadingSafety.DANGEROUS, (reason,)))
            return


def _tensors(content: bytes, contents: _Contents) -> None:
    """Count the tensors of a list of them."""
    try:
        listed = json.loads(content)["config"].values()
        for entry in listed:
            _tensor(entry, contents)
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError):
        contents.is_counted = False


def _tensor(entry: Any, contents: _Contents) -> None:
    meta = entry["tensor_meta"]
    if meta is None:
        return
    sizes = [size["as_int"] for size in meta["sizes"]]
    if len(sizes) > 64 or not all(isinstance(size, int) and 0 <= size < 2**63 for size in sizes):
        raise ValueError("no sizes")
    contents.tensors += 1
    contents.parameters += math.prod(sizes)
    contents.types[_TYPES.get(meta.get("dtype"), "other")] += 1


def _pickled(archive: Archive, name: str, contents: _Contents) -> None:
    """A checkpoint of PyTorch inside: example inputs, or the numbers themselves in the old kind."""
    inner = pytorch_zip.recognise(name, BoundedReader(archive.reader(archive.members[name]), PICKLE_LIMIT))
    if inner is None:
        reason = f"{shown(name, 60)} inside is no checkpoint that could be read"
        contents.verdicts.append(LoadingVerdict(LoadingSafety.UNKNOWN, (reason,)))
        return
    contents.verdicts.append(inner.loading)
    if name.endswith(("state_dict.pt", "constants.pt")):
        contents.tensors += inner.tensors or 0
        contents.parameters += inner.parameters or 0


def _loading(contents: _Contents) -> LoadingVerdict:
    verdicts = list(contents.verdicts)
    if contents.libraries:
        names = shown(", ".join(contents.libraries[:3]), 100)
        reason = f"it holds native code that runs when it is loaded: {names}"
        verdicts.append(LoadingVerdict(LoadingSafety.EXECUTES_CODE, (reason,)))
    verdicts.append(LoadingVerdict(LoadingSafety.SAFE, ("it holds a graph and numbers",)))
    worst = max(verdicts, key=lambda verdict: _ORDER.index(verdict.safety))
    return verdict_on(contents.operators, worst)
