"""GGUF: magic, version, counts, key-values, then the names and shapes of the tensors.

Source: docs/gguf.md of the ggml project.
"""

from __future__ import annotations

import math
import re
import struct
from collections import Counter
from dataclasses import dataclass, field

from bot.scanner.formats._jinja import suspicious
from bot.scanner.formats._licences import statements
from bot.scanner.readers import BoundedReader, BudgetExceededError
from bot.scanner.wording import shown, tally
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "GGUF"
SUFFIXES = (".gguf",)
MARK = rb"GGUF"

VERSIONS = range(1, 9)
KEY_LIMIT = 65_535
"""Bytes of a key (docs/gguf.md: "up to 2^16-1 bytes")."""
TEXT_LIMIT = 256 * 1024
"""Bytes of a text value that are kept; a longer one is passed over."""
LICENSE_LIMIT = 64 * 1024
"""Bytes of a `general` text that are kept: a licence may be written out in full."""
COUNT_LIMIT = 100_000
"""Key-values or tensors that are read; the largest models have a few thousand."""
_LICENSE_FIELDS = ("general.license", "general.license.name", "general.license.link")
_TEMPLATE = "tokenizer.chat_template"
_BASE = re.compile(r"general\.base_model\.\d+\.(name|repo_url)")
_DENSEST = 8
"""Numbers for each byte of the file beyond which its shapes are not believed; the densest types take above one bit."""
_WIDTHS = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
"""Bytes of each type of value that is neither text (8) nor a list (9)."""
_FORMATS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_TEXT, _LIST = 8, 9
_GGML_TYPES = {0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 6: "Q5_0", 7: "Q5_1", 8: "Q8_0", 9: "Q8_1", 10: "Q2_K",
               11: "Q3_K", 12: "Q4_K", 13: "Q5_K", 14: "Q6_K", 15: "Q8_K", 24: "I8", 25: "I16", 26: "I32", 27: "I64",
               28: "F64", 30: "BF16"}  # fmt: skip


class _EndError(Exception):
    """The file ends, or says something impossible, at this place."""


@dataclass
class _Cursor:
    """A place in the file, read in pieces that are large enough to be cheap."""

    blob: BoundedReader
    endian: str
    version: int
    position: int = 24
    piece: bytes = b""
    origin: int = 0

    def take(self, length: int) -> bytes:
        offset = self.position - self.origin
        if offset < 0 or offset + length > len(self.piece):
            self.piece = self.blob.read(self.position, max(length, 64 * 1024))
            self.origin, offset = self.position, 0
        raw = self.piece[offset : offset + length]
        if len(raw) < length:
            raise _EndError
        self.position += length
        return raw

    def skip(self, length: int) -> None:
        self.position += length
        if self.position > self.blob.size:
            raise _EndError

    def number(self, code: str) -> int:
        raw = self.take(struct.calcsize(f"{self.endian}{code}"))
        return int(struct.unpack(f"{self.endian}{code}", raw)[0])

    def length(self) -> int:
        """A count or length: 32 bits in version 1, 64 bits since."""
        return self.number("I" if self.version == 1 else "Q")

    def text(self, limit: int) -> bytes | None:
        """A text, None where it is longer than `limit` and was passed over."""
        length = self.length()
        if length > limit:
            self.skip(length)
            return None
        return self.take(length)


@dataclass
class _Found:
    values: dict[str, str] = field(default_factory=dict)
    types: Counter[str] = field(default_factory=Counter)
    parameters: int = 0
    tensors: int = 0
    data_end: int = 0
    """Bytes that the tensors need at the least, counted from the end of the header."""
    templates: list[str] = field(default_factory=list)
    template_unread: bool = False
    whole: bool = False


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A file of this format, weights or vocabulary only; None for everything else."""
    head = blob.head
    if head[:4] != b"GGUF" or len(head) < 8:
        return None
    # Big-endian files exist; the version tells, for it is small.
    endian = "<" if int.from_bytes(head[4:8], "little") in VERSIONS else ">"
    version = int.from_bytes(head[4:8], "little" if endian == "<" else "big")
    if version not in VERSIONS:
        return None
    found = _Found()
    cursor = _Cursor(blob, endian, version, position=8)
    tensors = pairs = 0
    remark = None
    try:
        tensors, pairs = cursor.length(), cursor.length()
        _read(cursor, found, tensors, pairs)
        if tensors and cursor.position + found.data_end > blob.size:
            remark = "It is cut off: not all of its tensors are there."
    except _EndError:
        remark = "It ends within its header, or its header is damaged."
    except BudgetExceededError:
        remark = "Its header is longer than what is read here; not all of it was read."
    return _described(found, tensors, remark, blob.size)


def _read(cursor: _Cursor, found: _Found, tensors: int, pairs: int) -> None:
    if tensors > COUNT_LIMIT or pairs > COUNT_LIMIT:
        raise _EndError
    for _ in range(pairs):
        key = cursor.text(KEY_LIMIT)
        if key is None:
            raise _EndError
        _value(cursor, key.decode("utf-8", "replace"), found)
    for _ in range(tensors):
        _tensor(cursor, found)
    found.whole = True


def _value(cursor: _Cursor, key: str, found: _Found) -> None:
    kind = cursor.number("I")
    if kind == _TEXT:
        text = cursor.text(TEXT_LIMIT)
        if key == _TEMPLATE or key.startswith(f"{_TEMPLATE}."):
            found.template_unread = found.template_unread or text is None
            found.templates.append((text or b"").decode("utf-8", "replace"))
        elif text is not None and key.startswith("general."):
            found.values[key] = text[:LICENSE_LIMIT].decode("utf-8", "replace")
    elif kind == _LIST:
        _skip_list(cursor, 0)
    elif kind in _WIDTHS:
        raw = cursor.take(_WIDTHS[kind])
        if key.endswith((".context_length", ".block_count")):
            found.values[key.rpartition(".")[2]] = str(struct.unpack(f"{cursor.endian}{_FORMATS[kind]}", raw)[0])
    else:
        raise _EndError


def _skip_list(cursor: _Cursor, depth: int) -> None:
    kind, count = cursor.number("I"), cursor.length()
    if kind in _WIDTHS:
        cursor.skip(_WIDTHS[kind] * count)
        return
    # Each element has a length of at least four bytes, so a list cannot promise more than the file holds.
    if depth > 4 or kind not in {_TEXT, _LIST} or 4 * count > cursor.blob.size:
        raise _EndError
    for _ in range(count):
        if kind == _LIST:
            _skip_list(cursor, depth + 1)
        else:
            cursor.skip(cursor.length())


def _tensor(cursor: _Cursor, found: _Found) -> None:
    if cursor.text(KEY_LIMIT) is None:
        raise _EndError
    dimensions = cursor.number("I")
    if dimensions > 8:
        raise _EndError
    shape = [cursor.length() for _ in range(dimensions)]
    kind = cursor.number("I")
    found.data_end = max(found.data_end, cursor.number("Q") + 1)
    if any(size >= 2**63 for size in shape):
        raise _EndError
    found.parameters += math.prod(shape)
    found.tensors += 1
    found.types[_GGML_TYPES.get(kind, f"type {kind}")] += 1


def _described(found: _Found, promised: int, remark: str | None, size: int) -> Detection:
    values = found.values
    remarks = [remark] if remark else []
    believed = found.parameters <= _DENSEST * size or remark is not None
    if not believed:
        remarks.append("Its shapes promise more numbers than the file can hold.")
    metadata = {
        name: shown(values[key])
        for name, key in (
            ("architecture", "general.architecture"),
            ("name", "general.name"),
            ("author", "general.author"),
            ("size_label", "general.size_label"),
            ("context_length", "context_length"),
            ("block_count", "block_count"),
        )
        if values.get(key)
    }
    if found.types:
        metadata["dtypes"] = tally(found.types)
    return Detection(
        format="gguf",
        title=TITLE if promised or remark else "GGUF (vocabulary only)",
        is_weight=bool(promised) or remark is not None,
        confidence=Confidence.CERTAIN if not remark else Confidence.PROBABLE,
        loading=_loading(found),
        parameters=found.parameters if found.whole and believed and found.parameters < 2**63 else None,
        tensors=found.tensors if found.whole else None,
        metadata=metadata,
        licenses=statements((name, values.get(name)) for name in _LICENSE_FIELDS),
        base_models=tuple(shown(values[key]) for key in sorted(values) if _BASE.fullmatch(key)),
        remarks=tuple(remarks),
    )


def _loading(found: _Found) -> LoadingVerdict:
    for template in found.templates:
        if word := suspicious(template):
            reason = f"its chat template (Jinja) uses {shown(word, 40)}, which laying out a conversation does not need"
            return LoadingVerdict(LoadingSafety.DANGEROUS, (reason,))
    if found.template_unread:
        return LoadingVerdict(LoadingSafety.UNKNOWN, ("its chat template (Jinja) is too long to be read here",))
    if not found.whole:
        return LoadingVerdict(LoadingSafety.UNKNOWN, ("its header could not be read to the end",))
    return LoadingVerdict(LoadingSafety.SAFE, ("the format holds numbers, text and a template",))
