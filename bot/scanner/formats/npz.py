"""NumPy's `.npz`: a zip of arrays. Models are saved so too, and so are measurements."""

from __future__ import annotations

import re
from collections import Counter

from bot.scanner.formats._layers import NamedArray, rated
from bot.scanner.pickles import loading_verdict, trace_all
from bot.scanner.readers import BoundedReader, UnreadableError
from bot.scanner.structures.npy import ArrayHeader, read_header
from bot.scanner.structures.zips import Archive, open_zip
from bot.scanner.wording import tally
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
_DENSEST = 10_000
"""Numbers for each byte of the file beyond which its shapes are not believed; deflate reaches about a thousand."""


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
    sureness = _sureness(headers)
    parameters = sum(header.elements for header in headers.values())
    believed = parameters <= _DENSEST * blob.size
    if not believed:
        remarks.append("Its shapes promise more numbers than the file can hold.")
    if sureness is Confidence.POSSIBLE:
        remarks.append("Only names in it speak for weights.")
    is_weight = sureness is not None
    return Detection(
        format="npz",
        title=TITLE if is_weight else "NumPy arrays (zip, no model)",
        is_weight=is_weight or loading.safety is LoadingSafety.DANGEROUS,
        confidence=sureness or Confidence.CERTAIN,
        loading=loading,
        parameters=parameters if believed else None,
        tensors=len(headers),
        metadata={"dtypes": tally(Counter(header.dtype for header in headers.values()))},
        remarks=tuple(remarks),
    )


def _sureness(headers: dict[str, ArrayHeader]) -> Confidence | None:
    """How sure it is that these are weights, by the names and shapes; None where nothing speaks for it."""
    names = {name.removesuffix(".npy"): header for name, header in headers.items()}
    arrays = [NamedArray(name, header.shape, header.is_float) for name, header in names.items()]
    if (sureness := rated(arrays)) is not None:
        return sureness
    if _is_language_identifier(names):
        return Confidence.PROBABLE
    named = [name for name, header in names.items() if header.holds_weights and _WEIGHT_NAME.search(name)]
    has_matrix = any(len(names[name].shape) > 1 or names[name].is_pickled for name in named)
    return Confidence.POSSIBLE if has_matrix and len(named) * 2 >= len(names) else None


def _is_language_identifier(names: dict[str, ArrayHeader]) -> bool:
    """True for langid's naive Bayes: probabilities of features by class, of classes, and the automaton of features.

    Source: `LanguageIdentifier` of py3langid (langid.py), whose arrays are named so.
    """
    features, classes = names.get("ptc"), names.get("pc")
    if features is None or classes is None or not any("nextmove" in name for name in names):
        return False
    return features.is_float and len(features.shape) == 2 and features.shape[-1:] == classes.shape


def _headers(archive: Archive, headers: dict[str, ArrayHeader], remarks: list[str]) -> LoadingVerdict:
    """Read the headers; the verdict is the worst of the arrays that are pickled."""
    verdicts = [LoadingVerdict(LoadingSafety.SAFE, ("the arrays hold numbers only",))]
    for count, info in enumerate(archive.all_members):  # of two with one name, either may be loaded
        name = info.filename
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
            verdicts.append(loading_verdict(trace_all(reader, header.offset), f" in {name[:80]}"))
    order = [LoadingSafety.SAFE, LoadingSafety.EXECUTES_CODE, LoadingSafety.UNKNOWN, LoadingSafety.DANGEROUS]
    return max(verdicts, key=lambda verdict: order.index(verdict.safety))
