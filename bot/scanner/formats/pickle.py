"""Pickles of any name: told from other bytes by following their instructions, never by running them.

Source: the documentation of Python's pickle and pickletools; a pickle of protocol 2 or later begins with PROTO.
"""

from __future__ import annotations

from bot.scanner.pickles import Holdings, Trace, holdings, loading_verdict, trace
from bot.scanner.pickles.contents import WEIGHT_WORDS
from bot.scanner.readers import BoundedReader
from bot.scanner.wording import tally
from rules.facts import Confidence, Detection, LoadingSafety

TITLE = "pickle"
SUFFIXES = (".pkl", ".pickle")
MARK = rb"\x80[\x02-\x05]|[(\]})cldi]"
GENERIC = True

STREAM_LIMIT = 64
"""Pickles in a row that are followed in one file."""
_PROTOCOLS = range(2, 6)
_MODEL_SUFFIXES = (".bin", ".ckpt", ".joblib", ".model", ".pickle", ".pkl", ".pt", ".pth")
"""Names under which people load pickled models."""
_TEXT_STARTS = (b"(", b"]", b"}", b")", b"c", b"l", b"d", b"i")
"""First bytes of a pickle of protocol 0 or 1 that makes an object."""


def recognise(path: str, blob: BoundedReader) -> Detection | None:
    """A pickle, of weights or of other things; None for everything else."""
    head = blob.head
    if len(head) < 4:
        return None
    modern = head[0] == 0x80 and head[1] in _PROTOCOLS
    if not modern and not head.startswith(_TEXT_STARTS):
        return None
    traces = follow(blob)
    first = traces[0]
    if not modern and not (first.whole and (first.globals or first.calls)):
        return None  # text may begin with the same letters; only a whole pickle that calls something counts
    if modern and not first.whole and len(first.globals) == 0 and not first.texts:
        return None
    return describe(path, "pickle", TITLE, traces, holdings(traces))


def follow(blob: BoundedReader) -> list[Trace]:
    """Follow the pickles that stand one after the other in a file."""
    traces: list[Trace] = []
    position = 0
    while position < blob.size and len(traces) < STREAM_LIMIT:
        found = trace(blob, position)
        if traces and not found.whole and not found.globals:
            break  # bytes behind the last pickle that are none
        traces.append(found)
        if not found.whole:
            break
        position = found.end
    return traces


def describe(path: str, identifier: str, title: str, traces: list[Trace], held: Holdings) -> Detection:
    """What a file is by the tensors and models in its pickles."""
    whole = all(found.whole for found in traces)
    texts = {text.lower() for found in traces for text in found.texts}
    named = any(word in text for text in texts for word in WEIGHT_WORDS)
    loading = loading_verdict(traces)
    is_weight, confidence = _judged(path, held, named=named, whole=whole)
    if not is_weight and loading.safety is LoadingSafety.DANGEROUS:
        # It holds no numbers that could be seen, but somebody may well load it as a model: that is what it is for.
        is_weight = True
        confidence = Confidence.PROBABLE if path.lower().endswith(_MODEL_SUFFIXES) else Confidence.POSSIBLE
    metadata = {}
    if held.producers:
        metadata["producer"] = ", ".join(held.producers[:4])
    if held.types:
        metadata["dtypes"] = tally(held.types)
    faults = [found.fault for found in traces if found.fault]
    return Detection(
        format=identifier,
        title=title,
        is_weight=is_weight,
        confidence=confidence,
        loading=loading,
        parameters=held.parameters if held.tensors and whole else None,
        tensors=held.tensors if held.tensors and whole else None,
        metadata=metadata,
        remarks=(f"Not all of it could be followed: {faults[0]}.",) if faults else (),
    )


def _judged(path: str, held: Holdings, *, named: bool, whole: bool) -> tuple[bool, Confidence]:
    """Whether it is weights, and how surely.

    Objects of a machine-learning library and tensors of PyTorch are weights. Arrays are, where something is named as
    people name weights; arrays alone may be data. A pickle that holds neither is none.
    """
    certain = Confidence.CERTAIN if whole else Confidence.PROBABLE
    if held.torch_tensors or held.producers:
        return True, certain
    if held.tensors:
        return (True, certain) if named else (True, Confidence.POSSIBLE)
    if not whole and path.lower().endswith(_MODEL_SUFFIXES):
        return True, Confidence.PROBABLE
    return False, certain
