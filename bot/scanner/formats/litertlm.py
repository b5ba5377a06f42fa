"""LiteRT-LM (`.litertlm`): a language model for phones, its graphs, tokenizer and settings in one file.

Source: schema/core/litertlm_header_schema.fbs of LiteRT-LM: `LITERTLM`, three numbers of version, and at byte 32 a
FlatBuffer that lists the sections with their kinds.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from bot.scanner.formats._licences import statements
from bot.scanner.formats._marks import begins_with
from bot.scanner.formats._remarks import remark_of
from bot.scanner.readers import BoundedReader
from bot.scanner.structures.flatbuffer import Table, table_at
from bot.scanner.structures.pages import DamagedError, Pages
from bot.scanner.wording import decoded, shown, tally
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "LiteRT-LM"
SUFFIXES = (".litertlm",)
MARK = rb"LITERTLM.{3}\0"
LEAST = 48

_BUDGET = 256 * 1024
_START = 32
_PARTS = 1000
_KINDS = {1: "data", 3: "TensorFlow Lite", 4: "SentencePiece tokenizer", 5: "settings", 6: "tokenizer", 7: "weights",
          8: "settings", 9: "settings"}  # fmt: skip
_NUMBERS = frozenset({3, 7})
"""Kinds of sections that hold trained numbers."""
_TEXT = 9
"""Kind of a value that is a text."""


@dataclass
class _Model:
    sections: Counter[str] = field(default_factory=Counter)
    with_numbers: int = 0
    words: dict[str, str] = field(default_factory=dict)


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A model by its list of sections; None for everything else."""
    if not begins_with(MARK, blob, LEAST):
        return None
    model = _Model()
    too_large = "Its list of sections is larger than what is read here."
    remark = remark_of(lambda: _read(Pages(blob, _BUDGET), model), too_large)
    version = ".".join(str(int.from_bytes(blob.head[place : place + 4], "little")) for place in (8, 12, 16))
    metadata = {"version": version}
    if model.sections:
        metadata["sections"] = tally(model.sections)
    metadata |= {key.lower(): shown(value) for key, value in model.words.items() if key.lower() in {"author", "name"}}
    return Detection(
        format="litertlm",
        title=TITLE,
        is_weight=model.with_numbers > 0 or remark is not None,
        confidence=Confidence.CERTAIN if remark is None else Confidence.PROBABLE,
        loading=LoadingVerdict(LoadingSafety.SAFE, ("it holds graphs, numbers, a tokenizer and settings",)),
        metadata=metadata,
        licenses=statements((key, value) for key, value in model.words.items() if "licen" in key.lower()),
        remarks=(remark,) if remark else (),
    )


def _read(pages: Pages, model: _Model) -> None:
    root = table_at(pages, _START + pages.number(_START, 4))
    system, sections = root.table(0), root.table(1)
    for pair in system.tables(0, _PARTS) if system else ():
        _word(pair, model)
    for section in sections.tables(0, _PARTS) if sections else ():
        begin, end, kind = section.number(1, 8), section.number(2, 8), section.number(3, 1)
        if not begin <= end <= pages.size:
            raise DamagedError
        model.sections[_KINDS.get(kind, "other")] += 1
        model.with_numbers += kind in _NUMBERS


def _word(pair: Table, model: _Model) -> None:
    value = pair.table(2)
    if value is not None and pair.number(1, 1) == _TEXT:
        model.words[decoded(pair.text(0, 200), 60)] = value.text(0, 64 * 1024).decode("utf-8", "replace")
