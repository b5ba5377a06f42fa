"""Paddle: the program that computes a model, as ProgramDesc (`.pdmodel`, `__model__`) or in JSON (Paddle 3).

Its trained numbers lie in a file of parameters beside it, or, in old models, in one file for each of them.

Source: paddle/fluid/framework/framework.proto and paddle/fluid/pir/serialize_deserialize of PaddlePaddle.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field

from bot.scanner.formats._paths import leads_outside
from bot.scanner.readers import BoundedReader, BudgetExceededError
from bot.scanner.structures.protobuf import BYTES, VARINT, Field, Wire, WireError
from bot.scanner.wording import decoded
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "Paddle program (a graph without numbers)"
SUFFIXES = (".pdmodel",)
MARK = rb'\x0a[\x80-\xff]{0,4}[\0-\x7f]\x08\0\x10[\0\xff]|\{\s{0,8}"base_code"\s{0,8}:'

_BUDGET = 4 * 1024 * 1024
_FIELDS = 200_000
_FILES = 2000
"""Parameters with a file of their own that are named."""
_OPERATOR = re.compile(rb"[A-Za-z_]\w{0,99}")
_PYTHON = frozenset({b"py_func"})
"""Operators that call Python."""
_NATIVE = frozenset({b"custom_op", b"run_program", b"load", b"load_combine", b"save", b"save_combine"})
_VARIABLE_KINDS = {9: "FEED_MINIBATCH", 10: "FETCH_LIST"}
_JSON_LIMIT = 8 * 1024 * 1024
_BEGINNING = re.compile(rb'\{\s*"base_code"\s*:\s*\{[^{}]{0,200}"magic"\s*:\s*"pir"[^{}]{0,200}\}')
_NAMED = re.compile(rb'"#"\s?:\s?"[1-9]\d?\.(?!a_|t_)(\w{1,100})"')
"""Names of operators; those of attributes and types have a letter in front."""
_SAFE = LoadingVerdict(LoadingSafety.SAFE, ("it describes a graph only",))


@dataclass
class _Program:
    blocks: int = 0
    version: int | None = None
    operators: set[bytes] = field(default_factory=set)
    count: int = 0
    parameters: list[str] = field(default_factory=list)
    """Names of the variables that are kept."""


def recognise(path: str, blob: BoundedReader) -> Detection | None:
    """A program; None for everything else."""
    if blob.head[:1] == b"{":
        return _in_json(path, blob)
    program, wire, remark = _Program(), Wire(blob, _BUDGET, _FIELDS), None
    try:
        for part in wire.fields(0, wire.size):
            if part.number == 1:
                part.expect(BYTES)
                _block(wire, part, program)
            elif part.number == 4:
                part.expect(BYTES)
                program.version = next((item.value for item in wire.fields(part.start, part.end)), None)
            elif part.number not in {2, 3, 5}:
                return None
    except WireError:
        return None
    except BudgetExceededError:
        remark = "It is larger than what is read here."
    if not program.count:
        return None
    if wire.is_cut_off:
        remark = "It is cut off."
    return Detection(
        format="paddle-program",
        title=TITLE,
        is_weight=False,
        confidence=Confidence.CERTAIN if remark is None else Confidence.PROBABLE,
        loading=_loading(program, whole=remark is None),
        tensors=len(program.parameters) if remark is None else None,
        metadata=_metadata(program),
        companions=_companions(path, program.parameters),
        remarks=(remark,) if remark else (),
    )


def _block(wire: Wire, message: Field, program: _Program) -> None:
    program.blocks += 1
    for part in wire.fields(message.start, message.end):
        if part.number in {1, 2, 5}:
            part.expect(VARINT)
        elif part.number in {3, 4}:
            part.expect(BYTES)
            (_variable if part.number == 3 else _operator)(wire, part, program)
        else:
            raise WireError


def _variable(wire: Wire, message: Field, program: _Program) -> None:
    name, kind, kept = "", None, False
    for part in wire.fields(message.start, message.end):
        if part.number == 1:
            part.expect(BYTES)
            name = wire.content(part, 200).decode("utf-8", "replace")
        elif part.number == 2:
            part.expect(BYTES)
            kind = next((item.value for item in wire.fields(part.start, part.end) if item.number == 1), None)
        elif part.number == 3:
            kept = part.value == 1
    if kept and name and kind not in _VARIABLE_KINDS:
        program.parameters.append(name)


def _operator(wire: Wire, message: Field, program: _Program) -> None:
    name = b""
    for part in wire.fields(message.start, message.end):
        if part.number == 3:
            part.expect(BYTES)
            name = wire.content(part, 100)
    if wire.is_cut_off and message.end == wire.size:
        return
    if not _OPERATOR.fullmatch(name):
        raise WireError
    program.operators.add(name)
    program.count += 1


def _metadata(program: _Program) -> dict[str, str]:
    chosen = {"operators": f"{program.count:,}"}
    if program.version:
        thousands, last = divmod(min(program.version, 10**9), 1000)
        chosen["producer"] = f"PaddlePaddle {thousands // 1000}.{thousands % 1000}.{last}"
    return chosen


def _loading(program: _Program, *, whole: bool) -> LoadingVerdict:
    python = sorted(program.operators & _PYTHON)
    if python:
        return LoadingVerdict(
            LoadingSafety.EXECUTES_CODE, tuple(f"its graph calls Python ({decoded(n)})" for n in python)
        )
    files = sorted(program.operators & _NATIVE)
    if files:
        reasons = tuple(f"its graph reads or writes files, or runs a program ({decoded(name)})" for name in files)
        return LoadingVerdict(LoadingSafety.UNKNOWN, reasons)
    if not whole:
        return LoadingVerdict(LoadingSafety.UNKNOWN, ("not all of its operators could be read",))
    return _SAFE


def _companions(path: str, parameters: list[str]) -> tuple[str, ...]:
    name = posixpath.basename(path)
    stem = name.removesuffix(".pdmodel").removesuffix(".json")
    if stem != name:
        return (f"{stem}.pdiparams",)
    own = [found for found in parameters[:_FILES] if found.isprintable() and not leads_outside(found)]
    return ("__params__", *own) if name == "__model__" else ()


def _in_json(path: str, blob: BoundedReader) -> Detection | None:
    """A program of Paddle 3, by the keys that its writer puts first; its operators by the names in the text."""
    if not _BEGINNING.match(blob.head[:600]):
        return None
    text = blob.read(0, min(blob.size, _JSON_LIMIT))
    whole = len(text) == blob.size and text.rstrip().endswith(b"}")
    names = _NAMED.findall(text)
    program = _Program(operators=set(names), count=len(names), parameters=[""] * text.count(b'"#":"p"'))
    return Detection(
        format="paddle-program",
        title=TITLE,
        is_weight=False,
        confidence=Confidence.CERTAIN if whole and names else Confidence.PROBABLE,
        loading=_loading(program, whole=whole),
        tensors=len(program.parameters) if whole else None,
        metadata=_metadata(program),
        companions=_companions(path, []),
        remarks=() if whole else ("It is cut off, or larger than what is read here.",),
    )
