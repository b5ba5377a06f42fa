"""Networks of Leela Chess Zero: a message of Protocol Buffers, mostly in gzip (`.pb.gz`).

Source: proto/net.proto of lczero-common (Net: magic 1 as fixed32, license 2, min_version 3, format 4,
training_params 5, weights 10, onnx_model 11) and kWeightMagic 0x1c0 in src/neural/loader.cc of lc0.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.scanner.formats._licences import statements
from bot.scanner.readers import BoundedReader, BudgetExceededError, BytesReader
from bot.scanner.structures.gunzip import content_of, inflated
from bot.scanner.structures.protobuf import BYTES, FIXED32, VARINT, Field, Wire, WireError
from bot.scanner.wording import shown
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "Leela Chess Zero network"
SUFFIXES = ()
MARK = rb"\x1f\x8b\x08|\x0d\xc0\x01\0\0"

CONTENT_LIMIT = 8 * 1024 * 1024
"""Bytes of the inflated network that are looked at: what describes it comes first."""
FIELD_LIMIT = 100_000
_MAGIC = b"\x0d\xc0\x01\0\0"
_DEPTH = 8
_WIDTHS = {0: 2, 1: 2, 2: 2, 3: 2, 4: 4}
"""Bytes of a number by Format.Encoding: LINEAR16 (unset, too), FLOAT16, BFLOAT16, FLOAT32."""
_NETWORKS = {1: "classical", 2: "squeeze-excitation", 3: "classical", 4: "squeeze-excitation", 5: "ONNX",
             6: "attention", 7: "attention", 134: "attention"}  # fmt: skip
"""By NetworkFormat.NetworkStructure."""


@dataclass
class _Contents:
    license: str = ""
    version: list[int] = field(default_factory=list)
    encoding: int = 0
    network: int | None = None
    steps: int | None = None
    tensors: int = 0
    bytes: int = 0
    has_weights: bool = False
    holds_onnx: bool = False


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A network; None for everything else."""
    start = inflated(blob, len(_MAGIC)) or blob.head
    if not start.startswith(_MAGIC):
        return None
    content, is_all = content_of(blob, CONTENT_LIMIT)
    reader = BoundedReader(BytesReader(content), len(content) + 1)
    wire = Wire(reader, len(content) + 1, FIELD_LIMIT)
    contents = _Contents()
    is_damaged = False
    try:
        for each in wire.fields(0, reader.size):
            _read(wire, each, contents)
    except (WireError, BudgetExceededError):
        is_damaged = True
    is_cut = wire.is_cut_off or not is_all
    known = contents.has_weights or contents.version or contents.network is not None
    if is_damaged and not known:
        return None
    counted = contents.tensors > 0 and not is_damaged and not is_cut
    return Detection(
        format="leela-chess",
        title=TITLE,
        is_weight=contents.has_weights or is_cut,
        confidence=Confidence.CERTAIN if known and not is_damaged else Confidence.PROBABLE,
        loading=LoadingVerdict(LoadingSafety.SAFE, ("the format holds numbers and text only",)),
        parameters=contents.bytes // _WIDTHS.get(contents.encoding, 2) if counted else None,
        tensors=contents.tensors if counted else None,
        metadata=_metadata(contents),
        licenses=statements([("license", contents.license)]),
        remarks=_remarks(contents, is_all=is_all, is_broken=is_damaged or wire.is_cut_off),
    )


def _remarks(contents: _Contents, *, is_all: bool, is_broken: bool) -> tuple[str, ...]:
    if contents.holds_onnx:
        return ("Its layers are an ONNX graph, which was not looked into.",)
    if not is_all:
        return ("Its numbers were not counted: it is larger than what is read here.",)
    return ("It is damaged or cut off.",) if is_broken else ()


def _read(wire: Wire, each: Field, contents: _Contents) -> None:
    if each.number == 2 and each.wire == BYTES:
        contents.license = wire.content(each, 64 * 1024).decode("utf-8", "replace")
    elif each.number == 3 and each.wire == BYTES:
        contents.version = [part.value for part in wire.fields(each.start, each.end) if part.wire == VARINT][:3]
    elif each.number == 4 and each.wire == BYTES:
        _read_format(wire, each, contents)
    elif each.number == 5 and each.wire == BYTES:
        for part in wire.fields(each.start, each.end):
            if part.number == 1 and part.wire == VARINT:
                contents.steps = part.value
    elif each.number in {10, 11} and each.wire == BYTES and each.length:
        contents.has_weights = True
        contents.holds_onnx = each.number == 11
        if each.number == 10:
            _count(wire, each, contents, _DEPTH)


def _read_format(wire: Wire, each: Field, contents: _Contents) -> None:
    for part in wire.fields(each.start, each.end):
        if part.number == 1 and part.wire == VARINT:
            contents.encoding = part.value
        elif part.number == 2 and part.wire == BYTES:
            for inner in wire.fields(part.start, part.end):
                if inner.number == 3 and inner.wire == VARINT:
                    contents.network = inner.value


def _count(wire: Wire, each: Field, contents: _Contents, depth: int) -> None:
    """Count the layers of a message: those that hold a least and a greatest value and a stretch of bytes."""
    if each.end - each.start < each.length or depth == 0:
        return
    parts = list(wire.fields(each.start, each.end))
    if any(part.wire == FIXED32 for part in parts):
        contents.tensors += 1
        contents.bytes += sum(part.length for part in parts if part.number == 3 and part.wire == BYTES)
        return
    for part in parts:
        if part.wire == BYTES:
            _count(wire, part, contents, depth - 1)


def _metadata(contents: _Contents) -> dict[str, str]:
    chosen = {}
    if contents.network is not None:
        chosen["architecture"] = _NETWORKS.get(contents.network, f"kind {contents.network}")
    if contents.version:
        chosen["needs"] = shown("lc0 " + ".".join(map(str, contents.version)), 80)
    if contents.steps:
        chosen["training_steps"] = f"{contents.steps:,}"
    return chosen
