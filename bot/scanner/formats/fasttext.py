"""fastText: arguments, a dictionary of words and labels, then the input and the output matrix, plain or quantized.

Source: fasttext.cc, args.cc, dictionary.cc, matrix and quantmatrix.cc of fastText.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from bot.scanner.readers import BoundedReader, BudgetExceededError
from bot.scanner.structures.pages import DamagedError, Pages
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "fastText model"
SUFFIXES = (".ftz",)
MARK = (
    rb"(?:\xba\x16O/[\x01-\x0f]\0\0\0|.{2}\0\0[\x01-\x40]\0\0\0(?:.{2}\0\0){2}.{4}[\x01-\x0f]\0\0\0"
    rb"[\x01-\x04]\0\0\0[\x01-\x03]\0\0\0)"
)
"""793712314 and a version, of which 11 and 12 are in use. Files of the first months have neither."""

_MAGIC = (793_712_314).to_bytes(4, "little")
READ_LIMIT = 2 * 1024 * 1024
"""Bytes of the dictionary beyond the head that are read to reach the matrices."""
_WORD_LIMIT = 4096
"""Bytes of one word; the dictionary cuts words at white space, so that long ones are rubbish of the web."""
_MODELS = {1: "continuous bag of words", 2: "skip-gram", 3: "supervised classifier"}
_LOSSES = {1: "hierarchical softmax", 2: "negative sampling", 3: "softmax", 4: "one against all"}
_ARGUMENTS = struct.Struct("<12id")
_COUNTS, _OLD_COUNTS = struct.Struct("<3i2q"), struct.Struct("<3iq")
_LOADING = LoadingVerdict(LoadingSafety.SAFE, ("the format holds words and numbers only",))


@dataclass(frozen=True)
class _Header:
    dimensions: int
    loss: int
    model: int
    bucket: int
    size: int
    words: int
    labels: int
    pruned: int
    start: int
    """Where the dictionary's entries begin."""
    marked: bool
    """False for the files of the first months, which have no mark and no quantized matrices."""

    @property
    def is_plausible(self) -> bool:
        return (
            0 < self.dimensions < 2**20
            and self.loss in _LOSSES
            and self.model in _MODELS
            and self.bucket >= 0
            and self.words >= 0
            and self.labels >= 0
            and 0 < self.size == self.words + self.labels
        )


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A model; one whose arguments make no sense is something else with the same first number."""
    pages = Pages(blob, READ_LIMIT)
    marked = blob.head[:4] == _MAGIC
    try:
        header = _header(pages, marked=marked)
    except DamagedError:
        return _described(None, None, "It ends within its header.") if marked and blob.size > 16 else None
    if not header.is_plausible:
        return None
    try:
        position = _after_dictionary(pages, header)
        parameters, remark = _matrices(pages, position, header)
    except DamagedError:
        parameters, remark = None, "It is cut off, or its dictionary is damaged."
    except BudgetExceededError:
        parameters, remark = _expected(header, blob.size), None
    # Without a mark, only matrices that are where they should be are proof.
    return _described(header, parameters, remark) if marked or (parameters is not None and not remark) else None


def _header(pages: Pages, *, marked: bool) -> _Header:
    start = 8 if marked else 0
    arguments = _ARGUMENTS.unpack(pages.read(start, _ARGUMENTS.size))
    kind = _COUNTS if marked else _OLD_COUNTS
    size, words, labels, *rest = kind.unpack(pages.read(start + _ARGUMENTS.size, kind.size))
    pruned = rest[1] if marked else 0
    start += _ARGUMENTS.size + kind.size
    return _Header(arguments[0], arguments[6], arguments[7], arguments[8], size, words, labels, pruned, start, marked)


def _after_dictionary(pages: Pages, header: _Header) -> int:
    """Where the matrices begin. Each entry is a word, a zero, a count (8 bytes) and a type (0 word, 1 label)."""
    position = header.start
    piece, origin = b"", position
    for _ in range(header.size):
        offset = position - origin
        end = piece.find(b"\0", offset)
        if end < 0 or end + 10 > len(piece):
            length = min(64 * 1024, pages.size - position)
            piece, origin, offset = pages.read(position, max(0, length)), position, 0
            end = piece.find(b"\0")
        if not 0 <= end - offset <= _WORD_LIMIT or end + 10 > len(piece) or piece[end + 9] > 1:
            raise DamagedError
        position = origin + end + 10
    return position + 8 * max(0, header.pruned)


def _matrices(pages: Pages, position: int, header: _Header) -> tuple[int, str | None]:
    """Numbers of both matrices, and a remark. Raises DamagedError where they are not those of the header."""
    rows, columns, position = _matrix(pages, position, marked=header.marked)
    if columns != header.dimensions:
        raise DamagedError
    more_rows, more_columns, end = _matrix(pages, position, marked=header.marked)
    remark = "It is cut off: not all of its numbers are there." if end > pages.size else None
    return rows * columns + more_rows * more_columns, remark


def _matrix(pages: Pages, position: int, *, marked: bool) -> tuple[int, int, int]:
    """Rows, columns and end of a matrix, which a byte precedes that says whether it is quantized."""
    quantized = pages.number(position, 1) if marked else 0
    if quantized > 1:
        raise DamagedError
    if not quantized:
        position += marked
        rows, columns = pages.number(position, 8), pages.number(position + 8, 8)
        return rows, columns, position + 16 + 4 * rows * columns
    has_norms = pages.number(position + 1, 1)
    rows, columns, codes = (pages.number(position + 2 + 8 * n, width) for n, width in enumerate((8, 8, 4)))
    position = _after_quantizer(pages, position + 22 + codes)
    if has_norms:
        position = _after_quantizer(pages, position + rows)
    return rows, columns, position


def _after_quantizer(pages: Pages, position: int) -> int:
    """The end of a product quantizer: four sizes, then 256 centroids of as many numbers as the first says."""
    return position + 16 + 4 * 256 * pages.number(position, 4)


def _expected(header: _Header, size: int) -> int | None:
    """Numbers of a plain model whose matrices lie beyond what is read; None where the file is too small for them."""
    rows = header.words + header.bucket + (header.labels if header.model == 3 else header.words)
    numbers = rows * header.dimensions
    return numbers if 4 * numbers <= size else None


def _described(header: _Header | None, parameters: int | None, remark: str | None) -> Detection:
    metadata = {}
    if header is not None:
        metadata = {
            "architecture": _MODELS[header.model],
            "loss": _LOSSES[header.loss],
            "dimensions": f"{header.dimensions:,}",
            "words": f"{header.words:,}",
            "labels": f"{header.labels:,}",
        }
    return Detection(
        format="fasttext",
        title=TITLE,
        is_weight=True,
        confidence=Confidence.PROBABLE if remark else Confidence.CERTAIN,
        loading=_LOADING,
        parameters=parameters if parameters is not None and 0 <= parameters < 2**63 else None,
        tensors=2 if header else None,
        metadata=metadata,
        remarks=(remark,) if remark else (),
    )
