"""TorchScript: a zip with a program in `code/`, `data.pkl`, and storages; lite ones have `bytecode.pkl` too.

The program runs when the model is used. What it calls is read from its source or bytecode.

Source: torch/csrc/jit/docs/serialization.md and torch/csrc/jit/mobile/import.cpp of PyTorch.
"""

from __future__ import annotations

import dataclasses
import re

from bot.scanner.formats._torch_operators import is_noted, operators_in_source, verdict_on
from bot.scanner.formats.pickle import describe
from bot.scanner.pickles import Trace, holdings, trace
from bot.scanner.readers import BoundedReader, UnreadableError
from bot.scanner.structures.zips import Archive, open_zip
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "TorchScript"
SUFFIXES = (".ptl", ".torchscript")
MARK = rb"PK[\x03\x05][\x04\x06]"

CODE_LIMIT = 16 * 1024 * 1024
"""Bytes of source that are read in all; the largest programs have some megabytes."""
FILE_LIMIT = 5_000
EXAMPLES_LIMIT = 4 * 1024 * 1024
"""Bytes of the inputs that a program was traced with; what is larger may be a model that is kept there."""
_OPERATOR = re.compile(r"^(\w{1,60})::(\w{1,80})$")
_OWN_TYPE = re.compile(r"__torch__\.|torch\.jit\._pickle\.(build_\w+|restore_type_tag)$")
_STORAGE = re.compile(r"(^|/)(data|constants)/[^/]+$")


def recognise(path: str, blob: BoundedReader) -> Detection | None:
    """A program of TorchScript; None for everything else, checkpoints of PyTorch too."""
    archive = open_zip(blob)
    if archive is None or not is_script(archive):
        return None
    faults: list[str] = []
    traces = _traces(archive, faults)
    operators = _operators_in_code(archive, faults)
    is_lite = archive.named("/bytecode.pkl") is not None
    if is_lite:
        operators |= _operators_in_bytecode(traces)
    model = [found for name, found in traces.items() if not name.endswith("traced_inputs.pkl")]
    found = describe(path, "torchscript", TITLE, list(traces.values()), holdings(model))
    loading = verdict_on(operators, _without_operators(found.loading, faults))
    has_numbers = bool(found.tensors) or any(_STORAGE.search(name) for name in archive.members)
    return dataclasses.replace(
        found,
        title="TorchScript (lite interpreter)" if is_lite else TITLE,
        # A program without numbers is no weight, but one that reaches out is made to be loaded as one.
        is_weight=has_numbers or loading.safety is LoadingSafety.DANGEROUS,
        confidence=Confidence.CERTAIN,
        loading=loading,
    )


def is_script(archive: Archive) -> bool:
    """True for an archive of PyTorch that holds a program."""
    if archive.named("/data.pkl") is None:
        return False
    return archive.named("/bytecode.pkl") is not None or any("/code/" in f"/{name}" for name in archive.members)


def is_example(archive: Archive, name: str) -> bool:
    """True for the inputs that a program was traced with, which are stored beside it: no loader takes them."""
    if not f"/{name}".endswith("/traced_inputs.pkl") or not is_script(archive):
        return False
    stored = [info.file_size for info in archive.all_members if "/traced_inputs" in f"/{info.filename}"]
    return sum(stored) <= EXAMPLES_LIMIT


def _traces(archive: Archive, faults: list[str]) -> dict[str, Trace]:
    """Every pickle of the archive by its name, not only those that are loaded first."""
    traces = {}
    for name, info in archive.members.items():
        if name.endswith(".pkl"):
            try:
                traces[name] = _without_own_types(trace(archive.reader(info)))
            except UnreadableError as error:
                faults.append(str(error))
    return traces


def _without_own_types(found: Trace) -> Trace:
    """A trace without the classes that the program in the archive defines: its source is looked at by itself.

    PyTorch's own reader takes these pickles, and makes lists and types of what `torch.jit._pickle` names.
    """
    kept = {name: opcode for name, opcode in found.globals.items() if not _OWN_TYPE.match(name.dotted)}
    return dataclasses.replace(found, globals=kept)


def _operators_in_code(archive: Archive, faults: list[str]) -> set[str]:
    operators: set[str] = set()
    left, files = CODE_LIMIT, 0
    for name, info in archive.members.items():
        if "/code/" not in f"/{name}" or name.endswith(".debug_pkl"):
            continue
        files += 1
        try:
            reader = archive.reader(info)
            left -= reader.size
            if left < 0 or files > FILE_LIMIT:
                faults.append("its program is longer than what is read here")
                break
            operators |= operators_in_source(reader.read(0, reader.size))
        except UnreadableError as error:
            faults.append(str(error))
    return operators


def _operators_in_bytecode(traces: dict[str, Trace]) -> set[str]:
    texts = {text for name, found in traces.items() if name.endswith("bytecode.pkl") for text in found.texts}
    return {text for text in texts if _OPERATOR.match(text) and is_noted(text)}


def _without_operators(verdict: LoadingVerdict, faults: list[str]) -> LoadingVerdict:
    if verdict.safety is LoadingSafety.DANGEROUS:
        return verdict
    if faults:
        return LoadingVerdict(LoadingSafety.UNKNOWN, tuple(dict.fromkeys(faults))[:5])
    reason = "TorchScript holds a program; it runs when the model is used"
    safety = LoadingSafety.UNKNOWN if verdict.safety is LoadingSafety.UNKNOWN else LoadingSafety.EXECUTES_CODE
    return LoadingVerdict(safety, (reason, *verdict.reasons))
