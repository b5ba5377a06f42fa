"""GGUF: magic, version, counts, key-values, then the names and shapes of the tensors.

Source: docs/gguf.md of the ggml project; gguf-py/gguf/constants.py of llama.cpp for the keys of split files, adapters
and importance matrices (`split.*`, `general.type`, `adapter.type`).
"""

from __future__ import annotations

import math
import re
import struct
from collections import Counter
from dataclasses import dataclass, field

from bot.scanner.formats._ggml_types import NAMES_OF_TYPES
from bot.scanner.formats._jinja import suspicious
from bot.scanner.formats._licences import statements
from bot.scanner.formats._shards import shards_beside
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
NAMES_LIMIT = 64
"""Data sets that are kept; real files name a handful."""
COUNT_LIMIT = 100_000
"""Key-values or tensors that are read; the largest models have a few thousand."""
_LICENSE_FIELDS = ("general.license", "general.license.name", "general.license.link")
_TEMPLATE = "tokenizer.chat_template"
_BASE = re.compile(r"general\.base_model\.\d+\.(name|repo_url)")
_DATA = re.compile(r"general\.dataset(s|\.\d+\.(repo_url|url))")
_DATASETS = "general.datasets"
_SOURCES = ("general.source.repo_url", "general.source.url", "general.repo_url", "general.url")
"""Addresses that a file gives for itself, that of what it was converted from first."""
_DENSEST = 8
"""Numbers for each byte of the file beyond which its shapes are not believed; the densest types take above one bit."""
_WIDTHS = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
"""Bytes of each type of value that is neither text (8) nor a list (9)."""
_FORMATS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_TEXT, _LIST = 8, 9
_COUNTS = ("split.count", "split.no")
_MEASURED = (b".in_sum2", b".counts")
"""Endings of the tensors of an importance matrix: statistics of a run, no trained numbers."""
_ROOM = 64 * 1024
"""Bytes behind the header that padding may take where there is no tensor."""


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
    measured: int = 0
    """Tensors whose names are those of an importance matrix."""
    whole: bool = False


def recognise(path: str, blob: BoundedReader) -> Detection | None:
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
    is_hiding = False
    try:
        tensors, pairs = cursor.length(), cursor.length()
        _read(cursor, found, tensors, pairs)
        if tensors and cursor.position + found.data_end > blob.size:
            remark = "It is cut off: not all of its tensors are there."
        is_hiding = not tensors and blob.size - cursor.position > _ROOM
    except _EndError:
        remark = "It ends within its header, or its header is damaged."
    except BudgetExceededError:
        remark = "Its header is longer than what is read here; not all of it was read."
    if is_hiding:
        remark = "It lists no tensor, but more bytes stand behind its header than padding takes."
    return _described(path, found, tensors, remark, blob.size)


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
        elif text is not None and key.startswith(("general.", "adapter.type")):
            found.values[key] = text[:LICENSE_LIMIT].decode("utf-8", "replace")
    elif kind == _LIST and key == _DATASETS:
        found.values[key] = _words(cursor)
    elif kind == _LIST:
        _skip_list(cursor, 0)
    elif kind in _WIDTHS:
        raw = cursor.take(_WIDTHS[kind])
        if key.endswith((".context_length", ".block_count")) or key in _COUNTS:
            name = key if key in _COUNTS else key.rpartition(".")[2]
            found.values[name] = str(struct.unpack(f"{cursor.endian}{_FORMATS[kind]}", raw)[0])
    else:
        raise _EndError


def _words(cursor: _Cursor) -> str:
    """A list of texts, as one with commas. It is the older way to name data sets (gguf.md)."""
    position = cursor.position
    kind, count = cursor.number("I"), cursor.length()
    if kind != _TEXT or count > NAMES_LIMIT:
        cursor.position = position
        _skip_list(cursor, 0)
        return ""
    texts = [cursor.text(KEY_LIMIT) for _ in range(count)]
    return ", ".join(text.decode("utf-8", "replace") for text in texts if text)


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
    name = cursor.text(KEY_LIMIT)
    if name is None:
        raise _EndError
    found.measured += name.endswith(_MEASURED)
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
    found.types[NAMES_OF_TYPES.get(kind, f"type {kind}")] += 1


def _described(path: str, found: _Found, promised: int, remark: str | None, size: int) -> Detection:
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
            ("part", "split.no"),
            ("parts", "split.count"),
        )
        if values.get(key)
    }
    if found.types:
        metadata["dtypes"] = tally(found.types)
    if source := next((values[key] for key in _SOURCES if values.get(key)), None):
        metadata["source"] = shown(source)
    if data := [values[key] for key in sorted(values) if _DATA.fullmatch(key) and values[key]]:
        metadata["datasets"] = shown(", ".join(data))
    return Detection(
        format="gguf",
        title=_title(found, promised, remark),
        is_weight=(bool(promised) and not _is_measured(found)) or remark is not None,
        confidence=Confidence.CERTAIN if not remark else Confidence.PROBABLE,
        loading=_loading(found),
        parameters=found.parameters if found.whole and believed and found.parameters < 2**63 else None,
        tensors=found.tensors if found.whole else None,
        metadata=metadata,
        licenses=statements((name, values.get(name)) for name in _LICENSE_FIELDS),
        base_models=tuple(shown(values[key]) for key in sorted(values) if _BASE.fullmatch(key)),
        companions=shards_beside(path) if _is_split(found) else (),
        remarks=tuple(remarks),
    )


def _is_split(found: _Found) -> bool:
    return found.values.get("split.count", "1") not in {"0", "1"}


def _is_measured(found: _Found) -> bool:
    return found.whole and 0 < found.measured == found.tensors


def _title(found: _Found, promised: int, remark: str | None) -> str:
    values = found.values
    if remark:
        return TITLE
    if not promised:
        return "GGUF (part without tensors)" if _is_split(found) else "GGUF (vocabulary only)"
    if _is_measured(found):
        return "GGUF (importance matrix)"
    if values.get("general.type") == "adapter" or "adapter.type" in values:
        return "GGUF adapter (LoRA)"
    if values.get("general.type") == "mmproj" or values.get("general.architecture") == "clip":
        return "GGUF (multimodal projector)"
    return TITLE


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
