"""Caffe2: networks of operators; the one that makes the numbers (`init_net.pb`), and the one that uses them.

Source: caffe2/proto/caffe2.proto of PyTorch (NetDef, OperatorDef, Argument).
"""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from dataclasses import dataclass, field

from bot.scanner.readers import BoundedReader, BudgetExceededError
from bot.scanner.structures.protobuf import BYTES, FIXED32, VARINT, Field, Wire, WireError
from bot.scanner.wording import decoded, shown
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "Caffe2"
SUFFIXES = ()
MARK = rb"\x0a(?:\0|[\x01-\x7f][ -~]{1,127})\x12|\x12(?:[\x08-\x7f]|[\x80-\xff]{1,4}[\x01-\x7f])[\x0a\x12]"

_BUDGET = 4 * 1024 * 1024
_FIELDS = 200_000
_NET_FIELDS = {1: BYTES, 2: BYTES, 3: BYTES, 4: VARINT, 5: BYTES, 6: BYTES, 7: BYTES, 8: BYTES, 9: BYTES}
_OPERATOR_FIELDS = {1: BYTES, 2: BYTES, 3: BYTES, 4: BYTES, 5: BYTES, 6: BYTES, 7: BYTES, 8: BYTES, 9: VARINT,
                    10: BYTES, 11: BYTES, 12: VARINT}  # fmt: skip
_KIND = re.compile(rb"[A-Z]\w{0,79}")
_FILL = re.compile(rb"(Int8)?GivenTensor\w*Fill|GivenTensorFill")
"""Operators whose arguments are the numbers of a tensor."""
_PYTHON = frozenset({"Python", "PythonDLPack", "PythonGradient"})
_FILES = frozenset({"Load", "Save", "DBExists", "CreateDB", "Snapshot", "Checkpoint"})


@dataclass
class _Net:
    name: str = ""
    operators: int = 0
    fills: int = 0
    parameters: int = 0
    outer: int = 0
    """Names of tensors that come from outside or go there."""
    kinds: Counter[str] = field(default_factory=Counter)


def recognise(path: str, blob: BoundedReader) -> Detection | None:
    """A network; None for everything else."""
    net, wire, remark = _Net(), Wire(blob, _BUDGET, _FIELDS), None
    try:
        for part in wire.fields(0, wire.size):
            if part.number not in _NET_FIELDS:
                return None
            part.expect(_NET_FIELDS[part.number])
            if part.number == 1:
                net.name = shown(decoded(wire.content(part, 200)))
            elif part.number == 2:
                _operator(wire, part, net)
            elif part.number in {7, 8}:
                net.outer += 1
    except WireError:
        return None
    except BudgetExceededError:
        remark = "It is larger than what is read here; its tensors were not all counted."
    if wire.is_cut_off:
        remark = "It is cut off."
    if not net.operators or not (net.outer or net.fills):
        return None
    return _described(path, net, remark)


def _described(path: str, net: _Net, remark: str | None) -> Detection:
    is_weight = net.fills > 0
    return Detection(
        format="caffe2",
        title=TITLE if is_weight else "Caffe2 network (without numbers)",
        is_weight=is_weight,
        confidence=Confidence.CERTAIN if remark is None else Confidence.PROBABLE,
        loading=_loading(net, whole=remark is None),
        parameters=net.parameters if remark is None else None,
        tensors=net.fills if remark is None else None,
        metadata={"operators": f"{net.operators:,}"} | ({"name": net.name} if net.name else {}),
        companions=_companions(posixpath.basename(path)),
        remarks=(remark,) if remark else (),
    )


def _companions(name: str) -> tuple[str, ...]:
    if "init" in name and name.endswith(".pb"):
        return (name.replace("init", "predict", 1),)
    return (name.replace("predict", "init", 1),) if "predict" in name and name.endswith(".pb") else ()


def _operator(wire: Wire, message: Field, net: _Net) -> None:
    """One operator: its kind has a name in capitals, and it has an input or an output."""
    kind, ends, numbers = b"", 0, 0
    for part in wire.fields(message.start, message.end):
        if part.number not in _OPERATOR_FIELDS:
            raise WireError
        part.expect(_OPERATOR_FIELDS[part.number])
        if part.number in {1, 2}:
            ends += 1
        elif part.number == 4:
            kind = wire.content(part, 100)
        elif part.number == 5:
            numbers += _argument(wire, part)
    if wire.is_cut_off and message.end == wire.size:
        return
    if not _KIND.fullmatch(kind) or not ends:
        raise WireError
    net.operators += 1
    net.kinds[kind.decode("ascii", "replace")] += 1
    if _FILL.fullmatch(kind):
        net.fills += 1
        net.parameters += numbers


def _argument(wire: Wire, message: Field) -> int:
    """Numbers of the argument `values`, packed or each alone, or its bytes where it is a text."""
    name, floats, words = b"", 0, 0
    for part in wire.fields(message.start, message.end):
        if part.number == 1:
            part.expect(BYTES)
            name = wire.content(part, 40)
        elif part.number == 5:
            floats += part.length // 4 if part.wire in {BYTES, FIXED32} else 0
        elif part.number == 6:
            words += 1 if part.wire == VARINT else part.length
        elif part.number in {4, 7} and part.wire == BYTES:
            words += part.length
    return (floats or words) if name == b"values" else 0


def _loading(net: _Net, *, whole: bool) -> LoadingVerdict:
    if python := sorted(_PYTHON & net.kinds.keys()):
        return LoadingVerdict(
            LoadingSafety.EXECUTES_CODE, tuple(f"its operator {name} calls Python" for name in python)
        )
    if files := sorted(_FILES & net.kinds.keys()):
        return LoadingVerdict(
            LoadingSafety.DANGEROUS, tuple(f"its operator {name} reads or writes files" for name in files)
        )
    if not whole:
        return LoadingVerdict(LoadingSafety.UNKNOWN, ("not all of its operators could be read",))
    return LoadingVerdict(LoadingSafety.SAFE, ("it holds operators and numbers",))
