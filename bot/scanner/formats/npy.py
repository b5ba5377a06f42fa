"""NumPy's `.npy`: one array. It may be a layer of a model; nothing in the file says so."""

from __future__ import annotations

from bot.scanner.pickles import loading_verdict, trace_all
from bot.scanner.readers import BoundedReader
from bot.scanner.structures.npy import MAGIC, read_header
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "NumPy array"
SUFFIXES = (".npy",)
MARK = rb"\x93NUMPY"

_WORDS = ("weight", "bias", "kernel", "embedding", "params", "checkpoint", "state_dict")
"""Parts of a name by which people mean a model's numbers."""


def recognise(path: str, blob: BoundedReader) -> Detection | None:
    """An array; possibly weights where a matrix of floating-point numbers stands under a name for weights."""
    if not blob.head.startswith(MAGIC):
        return None
    header = read_header(blob)
    if header is None:
        return None
    possible = header.is_float and len(header.shape) > 1 and any(word in path.lower() for word in _WORDS)
    loading = LoadingVerdict(LoadingSafety.SAFE, ("the format holds numbers only",))
    if header.is_pickled:
        loading = loading_verdict(trace_all(blob, header.offset))
        possible = possible or loading.safety is LoadingSafety.DANGEROUS
    return Detection(
        format="npy",
        title=TITLE,
        is_weight=possible,
        confidence=Confidence.POSSIBLE if possible else Confidence.CERTAIN,
        loading=loading,
        parameters=header.elements,
        tensors=1,
        metadata={"dtypes": header.dtype},
        remarks=("Only its name speaks for weights.",) if possible else (),
    )
