"""The header of NumPy's array files (numpy.lib.format): magic, version, and a Python literal."""

from __future__ import annotations

import ast
import math
import re
from dataclasses import dataclass

from bot.scanner.readers import BlobReader
from bot.scanner.wording import shown

MAGIC = b"\x93NUMPY"
_BRAIN_FLOATS = {"|V2", "<V2"}
"""How NumPy writes numbers of types that it does not know itself: JAX's bfloat16 becomes two bytes without a type."""
_HEADER_LIMIT = 256 * 1024
"""Bytes. NumPy itself refuses headers of more than 10,000, but not where it is told to unpickle (numpy.lib.format,
`read_array`)."""
_OBJECTS = re.compile(r"""(^|,)\s*['"]?[|<>=]?(O\d*|object_?\d*)(['",\s\[]|$)""")
"""The type of Python objects, alone or among the fields of a record."""


@dataclass(frozen=True)
class ArrayHeader:
    """What a `.npy` file says of its array."""

    dtype: str
    """`<f4`; `O` for arrays of Python objects, which are pickled; `record` for structured ones."""
    shape: tuple[int, ...]
    offset: int
    """Where the data begin."""
    is_pickled: bool = False
    """True for arrays of Python objects, records with such fields too."""

    @property
    def elements(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)

    @property
    def is_float(self) -> bool:
        """True for floating-point numbers."""
        return self.dtype.lstrip("<>=|")[:1] == "f" or self.dtype in _BRAIN_FLOATS

    @property
    def holds_weights(self) -> bool:
        """True for floating-point numbers, and for Python objects, among which such arrays may be."""
        return self.is_float or self.is_pickled


def read_header(blob: BlobReader) -> ArrayHeader | None:
    """The header, None where the bytes are no array file."""
    start = blob.read(0, 12)
    if len(start) < 10 or start[:6] != MAGIC or start[6] not in {1, 2, 3}:
        return None
    width = 2 if start[6] == 1 else 4
    length = int.from_bytes(start[8 : 8 + width], "little")
    if length > _HEADER_LIMIT:
        return None
    raw = blob.read(8 + width, length)
    try:
        header = ast.literal_eval(raw.decode("utf-8" if start[6] == 3 else "latin-1").strip())
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None
    if not isinstance(header, dict):
        return None
    dtype, shape = header.get("descr"), header.get("shape")
    if not isinstance(shape, tuple) or not all(isinstance(size, int) and 0 <= size < 2**63 for size in shape):
        return None
    is_pickled = _OBJECTS.search(dtype if isinstance(dtype, str) else repr(dtype)) is not None
    if isinstance(dtype, list):
        dtype = "record (O)" if is_pickled else "record"
    return ArrayHeader(shown(dtype, 24), shape, 8 + width + length, is_pickled)
