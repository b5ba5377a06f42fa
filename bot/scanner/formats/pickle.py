"""Pickles of any name: told from other bytes by following their instructions, never by running them.

Source: the documentation of Python's pickle and pickletools; a pickle of protocol 2 or later begins with PROTO.
"""

from __future__ import annotations

import re

from bot.scanner.formats._layers import NamedArray, rated
from bot.scanner.pickles import Allowance, Global, Holdings, Trace, holdings, loading_verdict, trace, trace_all
from bot.scanner.pickles.contents import WEIGHT_WORDS, WRAPPER
from bot.scanner.pickles.traces import OPCODE_LIMIT
from bot.scanner.readers import BoundedReader, BudgetExceededError
from bot.scanner.wording import tally
from rules.facts import Confidence, Detection, LoadingSafety

TITLE = "pickle"
SUFFIXES = (".pkl", ".pickle")
MARK = (
    rb"\x80[\0-\5]|\x95.{5}\0{3}|[(\]})cldi]|[\x8c\x8a\x8e\x96NKMGUX\x88\x89J].{1,8}?(?:0|[(\]})ci])|[TBX\x8b].{3}\0"
    rb"|(?:[FILP][-.\w]{1,40}|S['\"][^\n]{0,80}|V[^\n]{0,80})\n[0(\]})cipq\x94SVINKM]"
)
"""PROTO, FRAME, a start that makes an object, and the odd ones: a value that is dropped again or given to a call."""
GENERIC = True

_MODEL_SUFFIXES = (".bin", ".ckpt", ".joblib", ".model", ".pickle", ".pkl", ".pt", ".pth")
"""Names under which people load pickled models."""
TOGETHER = 1_000_000
"""Instructions of all pickles of one archive, from which on only small ones are followed: some seconds."""
SMALL = 500
"""Instructions of a small one; a text breaks off within."""
_MANY = 10_000
"""Numbers in a row that no text has by chance, and that a model may have in an array of Python's own."""
_ARRAY = Global("array", "array")
_SPENT = "instructions of pickles"
_FOLLOWED = re.compile(MARK, re.DOTALL)


def recognise(path: str, blob: BoundedReader) -> Detection | None:
    """A pickle, of weights or of other things; None for everything else."""
    head = blob.head
    if len(head) < 4 or not _FOLLOWED.match(head):
        return None
    traces = _followed(blob)
    if not traces:
        return None
    if may_be_dump(head) and any(name.dotted == WRAPPER for name in traces[0].globals):
        return None  # joblib's format knows where the arrays' bytes are, and looks into them too
    if head[0] == 0x80 and not _says_something(traces):
        return None
    return describe(path, "pickle", TITLE, traces, holdings(traces))


def _followed(blob: BoundedReader) -> list[Trace]:
    """The pickles of the file; none where it is a text after all.

    Raises BudgetExceededError for one that is no small one where the pickles of its archive have cost too much.
    """
    spent = blob.shared.get(_SPENT, 0)
    spent = spent if isinstance(spent, int) else 0
    limit = SMALL if spent >= TOGETHER else OPCODE_LIMIT
    allowance = Allowance(limit)
    first = trace(blob, allowance=allowance)
    is_told = blob.head[0] == 0x80 or _told_from_text(first)
    traces = trace_all(blob, allowance=allowance, first=first) if is_told else []
    blob.shared[_SPENT] = spent + limit - allowance.opcodes
    is_cut_off = limit == SMALL and not allowance.opcodes
    if is_cut_off and not any(found.is_dangerous for found in traces):
        raise BudgetExceededError(f"the pickles around it have more than {TOGETHER:,} instructions")
    return traces


def _says_something(traces: list[Trace]) -> bool:
    first = traces[0]
    if (
        first.reached_stop
        or any(name.is_plausible for name in first.globals)
        or any(found.is_dangerous for found in traces)
    ):
        return True
    return first.fits and (bool(first.texts) or first.end >= OPCODE_LIMIT)


def may_be_dump(head: bytes) -> bool:
    """True where the format joblib is to be asked: a dump that is not compressed names joblib near its begin."""
    return head[:1] == b"\x80" and head[1:2] in {b"\2", b"\3", b"\4", b"\5"} and b"joblib" in head


def _told_from_text(first: Trace) -> bool:
    """True for a whole pickle that calls something, and for one that breaks behind a name no text has by chance.

    Text may begin with the same letters. It is turned away here, before anything is looked for behind it.
    """
    if first.fits and first.end >= OPCODE_LIMIT:
        return True  # no text makes sense for so long; what lies behind was not followed
    makes_something = first.whole or first.numbers >= _MANY
    return first.fits and bool((makes_something and (first.globals or first.calls)) or first.is_dangerous)


def describe(path: str, identifier: str, title: str, traces: list[Trace], held: Holdings) -> Detection:
    """What a file is by the tensors and models in its pickles."""
    whole = all(found.whole for found in traces)
    loading = loading_verdict(traces)
    is_weight, confidence = _judged(path, held, whole=whole)
    if not is_weight and any(_ARRAY in found.globals and found.numbers >= _MANY for found in traces):
        is_weight, confidence = True, Confidence.POSSIBLE
    if not is_weight and loading.safety is LoadingSafety.DANGEROUS:
        # It holds no numbers that could be seen, but somebody may well load it as a model: that is what it is for.
        # No name and no size makes it less dangerous.
        is_weight, confidence = True, Confidence.PROBABLE
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


def _judged(path: str, held: Holdings, *, whole: bool) -> tuple[bool, Confidence]:
    """Whether it is weights, and how surely.

    Tensors of PyTorch are weights, and objects of a machine-learning library that hold learned numbers: one without
    is a setting, a split or a vocabulary. So are the tables of a classifier with the names of its classes. Arrays are,
    where they are named as people name weights, or follow each other as layers do; arrays alone may be data. A pickle
    that holds none of it is none.
    """
    certain = Confidence.CERTAIN if whole else Confidence.PROBABLE
    if held.torch_tensors or held.whole_models or (held.producers and held.has_floats):
        return True, certain
    if held.tables:
        return True, Confidence.PROBABLE
    if held.tensors and not held.texts_only:
        if _is_named_as_weights(held):
            return True, certain
        arrays = [NamedArray(one.name, one.shape, one.is_float) for one in held.named]
        return True, rated(arrays) or Confidence.POSSIBLE
    if held.tagger:
        return True, Confidence.PROBABLE
    if not whole and path.lower().endswith(_MODEL_SUFFIXES):
        return True, Confidence.PROBABLE
    return False, certain


def _is_named_as_weights(held: Holdings) -> bool:
    """True where a key or attribute that leads to a matrix is a word for weights; a row of numbers may be kilograms."""
    matrices = [one.name.lower() for one in held.named if one.is_float and len(one.shape) > 1]
    return any(word in name for name in matrices for word in WEIGHT_WORDS)
