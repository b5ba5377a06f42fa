"""TensorFlow Lite (LiteRT): a FlatBuffer of operators, tensors, and the buffers with their numbers.

Source: tensorflow/compiler/mlir/lite/schema/schema.fbs of TensorFlow; metadata_schema.fbs of TFLite Support.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field

from bot.scanner.formats._licences import statements
from bot.scanner.formats._remarks import remark_of
from bot.scanner.readers import BoundedReader
from bot.scanner.structures.flatbuffer import Table, root_of, table_at
from bot.scanner.structures.pages import DamagedError, Pages
from bot.scanner.wording import decoded, shown, tally
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "TensorFlow Lite"
SUFFIXES = (".tflite",)
MARK = rb".{4}TFL3"

READ_LIMIT = 4 * 1024 * 1024
"""Bytes beyond the head that are read; the numbers of the buffers are not."""
PART_LIMIT = 50_000
"""Operators, tensors or buffers; large models have some thousand."""
_RANK_LIMIT = 32
_METADATA_LIMIT = 1024 * 1024
"""Bytes of the metadata buffer that are read."""
_TYPES = {0: ("FLOAT32", 32), 1: ("FLOAT16", 16), 2: ("INT32", 32), 3: ("UINT8", 8), 4: ("INT64", 64), 6: ("BOOL", 8),
          7: ("INT16", 16), 8: ("COMPLEX64", 64), 9: ("INT8", 8), 10: ("FLOAT64", 64), 11: ("COMPLEX128", 128),
          12: ("UINT64", 64), 15: ("UINT32", 32), 16: ("UINT16", 16), 17: ("INT4", 4),
          18: ("BFLOAT16", 16)}  # fmt: skip
"""Types of numbers by TensorType, with their bits; the others are texts and resources."""
_SHAPE_TYPES = frozenset({"INT32", "INT64", "BOOL", "other"})
"""Types by which graphs write shapes, indices, flags and texts."""
_SPARE_CONSTANTS = 1024
"""Numbers that a graph may carry without being a trained model."""
_VALUE_LIMIT = 64 * 1024
"""Bytes of one text of the metadata; the licence may be written out in full."""
_MOST = 10


@dataclass
class _Contents:
    version: int = 0
    description: str = ""
    custom: dict[str, None] = field(default_factory=dict)
    """Names of operators that the runtime does not bring."""
    parameters: int = 0
    tensors: int = 0
    types: Counter[str] = field(default_factory=Counter)
    inconsistent: int = 0
    words: dict[str, str] = field(default_factory=dict)
    """`name`, `author`, `license` of the model's metadata."""
    whole: bool = False


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A model; None for everything else."""
    return described_as("tflite", TITLE, b"TFL3", blob)


def described_as(identifier: str, title: str, mark: bytes, blob: BoundedReader) -> Detection | None:
    """A model of this format, or of one with the same tables and another mark; None for everything else."""
    head = blob.head
    root = root_of(blob)
    if head[4:8] != mark or root is None:
        return None
    contents = _Contents()
    too_large = "It is larger than what is read of its structure here; its tensors were not all counted."
    remark = remark_of(lambda: _read(Pages(blob, READ_LIMIT), root, contents), too_large)
    return _described(identifier, title, contents, remark)


def _read(pages: Pages, root: int, contents: _Contents) -> None:
    model = table_at(pages, root)
    contents.version = model.number(0, 4)
    contents.description = decoded(model.text(3, 400))
    for code in model.tables(1, PART_LIMIT):
        if name := code.text(1, 200):
            contents.custom[decoded(name, 60)] = None
    buffers = [_extent(buffer) for buffer in model.tables(4, PART_LIMIT)]
    for begin, length in buffers:
        if begin + length > pages.size:
            raise DamagedError
    _metadata_of(pages, model, buffers, contents)
    for graph in model.tables(2, PART_LIMIT):
        for tensor in graph.tables(0, PART_LIMIT):
            _tensor(tensor, buffers, contents)
    contents.whole = True


def _extent(buffer: Table) -> tuple[int, int]:
    """Where a buffer's bytes are, and how many: inside the FlatBuffer, or after it for models above 2 GiB."""
    begin, length = buffer.vector(0)
    if length == 0 and (outside := buffer.number(1, 8)) > 1:
        return outside, buffer.number(2, 8)
    return begin, length


def _tensor(tensor: Table, buffers: list[tuple[int, int]], contents: _Contents) -> None:
    index = tensor.number(2, 4)
    length = buffers[index][1] if index < len(buffers) else 0
    if length == 0:
        return  # the numbers come into it when the model runs
    shape = tensor.numbers(0, 4, _RANK_LIMIT)
    name, bits = _TYPES.get(tensor.number(1, 1), ("other", 0))
    elements = math.prod(shape)
    contents.tensors += 1
    contents.types[name] += 1
    # Sparse tensors keep fewer numbers than their shape has; field 6 says how.
    if elements * bits > 8 * length and not any(tensor.vector(6)):
        contents.inconsistent += 1
    elif bits:
        contents.parameters += elements


def _metadata_of(pages: Pages, model: Table, buffers: list[tuple[int, int]], contents: _Contents) -> None:
    """What the model's author wrote into it; a buffer of its own, and a FlatBuffer again."""
    for entry in model.tables(6, PART_LIMIT):
        index = entry.number(1, 4)
        if entry.text(0, 40) != b"TFLITE_METADATA" or index >= len(buffers):
            continue
        begin, length = buffers[index]
        try:
            if pages.read(begin + 4, 4) != b"M001" or length > _METADATA_LIMIT:
                continue
            table = table_at(pages, begin + pages.number(begin, 4))
            for number, name in ((0, "name"), (4, "author"), (5, "license")):
                if text := table.text(number, _VALUE_LIMIT):
                    contents.words[name] = text.decode("utf-8", "replace")
        except DamagedError:
            continue


def _described(identifier: str, title: str, contents: _Contents, remark: str | None) -> Detection:
    counted = contents.whole and not contents.inconsistent
    learned = contents.types.keys() - _SHAPE_TYPES
    is_weight = not contents.whole or bool(learned) or contents.parameters > _SPARE_CONSTANTS
    remarks = [remark] if remark else []
    if contents.inconsistent:
        remarks.append(f"{contents.inconsistent:,} of its tensors promise more numbers than their bytes hold.")
    return Detection(
        format=identifier,
        title=title if is_weight else f"{title} (a graph without numbers)",
        is_weight=is_weight,
        confidence=Confidence.CERTAIN if contents.whole else Confidence.PROBABLE,
        loading=_loading(contents),
        parameters=contents.parameters if counted else None,
        tensors=contents.tensors if contents.whole else None,
        metadata=_metadata(contents),
        licenses=statements([("license", contents.words.get("license"))]),
        remarks=tuple(remarks),
    )


def _metadata(contents: _Contents) -> dict[str, str]:
    chosen = {name: shown(contents.words[name]) for name in ("name", "author") if contents.words.get(name)}
    if contents.description:
        chosen["producer"] = contents.description
    if contents.types:
        chosen["dtypes"] = tally(contents.types)
    if contents.custom:
        chosen["custom_operators"] = shown(", ".join(list(contents.custom)[:_MOST]))
    return chosen


def _loading(contents: _Contents) -> LoadingVerdict:
    if not contents.whole:
        return LoadingVerdict(LoadingSafety.UNKNOWN, ("not all of its operators could be read",))
    reason = "the format holds a graph and numbers"
    if contents.custom:
        reason += "; it needs operators that the runtime does not bring, and that are not in the file"
    return LoadingVerdict(LoadingSafety.SAFE, (reason,))
