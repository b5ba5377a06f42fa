"""NumPy's `.npz`: a zip of arrays. Models are saved so too, and so are measurements."""

from __future__ import annotations

import re
from collections import Counter

from bot.scanner.formats._npy import ArrayHeader, read_header
from bot.scanner.pickles import loading_verdict, trace
from bot.scanner.readers import BoundedReader, UnreadableError
from bot.scanner.wording import tally
from bot.scanner.zips import Archive, open_zip
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "NumPy arrays (zip)"
SUFFIXES = (".npz",)
MARK = rb"PK[\x03\x05][\x04\x06]"

_ARRAYS = 2_000
"""Arrays whose headers are read."""
_WEIGHT_NAME = re.compile(
    r"(weight|bias|kernel|gamma|beta|embedding|running_(mean|var)|moving_(mean|variance)|(^|[/._-])(w|b)_?\d+$"
    r"|conv\d|dense|layer_?\d|params|logits|attention)",
    re.IGNORECASE,
)


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A zip of arrays; probably weights where most floating-point arrays are named like layers."""
    archive = open_zip(blob)
    if archive is None or not archive.members or not all(name.endswith(".npy") for name in archive.members):
        return None
    headers: dict[str, ArrayHeader] = {}
    remarks: list[str] = []
    loading = _headers(archive, headers, remarks)
    if not headers:
        return None
    floats = [name for name, header in headers.items() if header.is_float]
    named = [name for name in floats if _WEIGHT_NAME.search(name.removesuffix(".npy"))]
    is_weight = bool(named) and len(named) * 2 >= len(headers)
    return Detection(
        format="npz",
        title=TITLE,
        is_weight=is_weight or loading.safety is LoadingSafety.DANGEROUS,
        confidence=_confidence(is_weight, named),
        loading=loading,
        parameters=sum(header.elements for header in headers.values()),
        tensors=len(headers),
        metadata={"dtypes": tally(Counter(header.dtype for header in headers.values()))},
        remarks=tuple(remarks),
    )


def _confidence(is_weight: bool, named: list[str]) -> Confidence:
    if not is_weight:
        return Confidence.CERTAIN
    return Confidence.PROBABLE if len(named) > 1 else Confidence.POSSIBLE


def _headers(archive: Archive, headers: dict[str, ArrayHeader], remarks: list[str]) -> LoadingVerdict:
    """Read the headers; the verdict is the worst of the arrays that are pickled."""
    verdicts = [LoadingVerdict(LoadingSafety.SAFE, ("the arrays hold numbers only",))]
    for count, (name, info) in enumerate(archive.members.items()):
        if count >= _ARRAYS:
            remarks.append(f"Only the first {_ARRAYS:,} of {len(archive.members):,} arrays were looked at.")
            verdicts.append(LoadingVerdict(LoadingSafety.UNKNOWN, ("not every array was looked at",)))
            break
        try:
            reader = archive.reader(info)
            header = read_header(reader)
        except UnreadableError as error:
            remarks.append(f"An array could not be read: {error}.")
            verdicts.append(LoadingVerdict(LoadingSafety.UNKNOWN, (str(error),)))
            continue
        if header is None:
            continue
        headers[name] = header
        if header.is_pickled:
            verdicts.append(loading_verdict([trace(reader, header.offset)], f" in {name[:80]}"))
    order = [LoadingSafety.SAFE, LoadingSafety.EXECUTES_CODE, LoadingSafety.UNKNOWN, LoadingSafety.DANGEROUS]
    return max(verdicts, key=lambda verdict: order.index(verdict.safety))
