"""CTranslate2's `model.bin`: a version, the name of a specification, then variables with their shapes and numbers.

Source: python/ctranslate2/specs/model_spec.py and src/models/model.cc of CTranslate2.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field

from bot.scanner.readers import BoundedReader, BudgetExceededError
from bot.scanner.structures.pages import DamagedError, Pages
from bot.scanner.wording import decoded, tally
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "CTranslate2 model"
SUFFIXES = ()
MARK = rb"[\x02-\x09]\0\0\0[\x03-\x50]\0[A-Z][A-Za-z0-9_]{1,78}\0.{2}\0\0"

READ_LIMIT = 8 * 1024 * 1024
_VARIABLES = 20_000
"""Variables that are read; large models have some thousand."""
_TYPES = ("F32", "I8", "I16", "I32", "F16", "BF16")
_WIDTHS = (4, 1, 2, 4, 2, 2)
_LOADING = LoadingVerdict(LoadingSafety.SAFE, ("the format holds names and numbers only",))


@dataclass
class _Contents:
    parameters: int = 0
    tensors: int = 0
    types: Counter[str] = field(default_factory=Counter)
    promised: int = 0


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A model whose first variable has a name and a shape; None for everything else."""
    pages = Pages(blob, READ_LIMIT)
    contents = _Contents()
    remark = None
    try:
        version = pages.number(0, 4)
        name, position = _text(pages, 4)
        revision, contents.promised = pages.number(position, 4), pages.number(position + 4, 4)
    except DamagedError:
        return None
    if not 2 <= version <= 9 or not name[:1].isupper() or revision > 1000 or not 0 < contents.promised < 2**24:
        return None
    try:
        _variables(pages, position + 8, version, contents)
    except DamagedError:
        if contents.tensors == 0 and position + 1024 < blob.size:
            return None
        remark = "It is cut off, or damaged."
    except BudgetExceededError:
        remark = "It has more variables than are read here."
    metadata = {"architecture": decoded(name, 80), "version": str(version)}
    if contents.types:
        metadata["dtypes"] = tally(contents.types)
    return Detection(
        format="ctranslate2",
        title=TITLE,
        is_weight=True,
        confidence=Confidence.PROBABLE if remark else Confidence.CERTAIN,
        loading=_LOADING,
        parameters=contents.parameters if not remark else None,
        tensors=contents.promised if not remark else None,
        metadata=metadata,
        companions=("config.json", "shared_vocabulary.json", "shared_vocabulary.txt", "vocabulary.json"),
        remarks=(remark,) if remark else (),
    )


def _variables(pages: Pages, position: int, version: int, contents: _Contents) -> None:
    for _ in range(min(contents.promised, _VARIABLES)):
        _, position = _text(pages, position)
        rank = pages.number(position, 1)
        if rank > 16:
            raise DamagedError
        shape = [pages.number(position + 1 + 4 * axis, 4) for axis in range(rank)]
        position += 1 + 4 * rank
        kind, length = pages.number(position, 1), pages.number(position + 1, 4)
        elements = math.prod(shape)
        # Since version 4 a type and a length in bytes; before, the width of one number and how many there are.
        if version >= 4:
            if kind >= len(_TYPES) or elements * _WIDTHS[kind] != length:
                raise DamagedError
            name = _TYPES[kind]
        else:
            if kind not in {1, 2, 4} or elements != length:
                raise DamagedError
            name, length = {1: "I8", 2: "I16", 4: "F32"}[kind], length * kind
        position += 5 + length
        if position > pages.size:
            raise DamagedError
        contents.tensors += 1
        contents.parameters += elements
        contents.types[name] += 1
    if contents.promised > _VARIABLES:
        raise BudgetExceededError("it has more variables than are read here")


def _text(pages: Pages, position: int) -> tuple[bytes, int]:
    """A text, whose length counts the zero after it, and the place after that."""
    length = pages.number(position, 2)
    text = pages.read(position + 2, length)
    if length < 2 or text[-1] or not text[:-1].isascii() or not text[:-1].decode("ascii").isprintable():
        raise DamagedError
    return text[:-1], position + 2 + length
