"""One file to one verdict: ask every format, keep the surest answer; where none knows it, look into what it carries."""

from __future__ import annotations

import dataclasses
import logging
import posixpath

from bot.scanner.containers import look_inside
from bot.scanner.containers.allowance import Allowance
from bot.scanner.formats import format_gate
from bot.scanner.promises import promised_formats
from bot.scanner.readers import FAULTS, BlobReader, BoundedReader, FaultError, UnreadableError
from rules.facts import Confidence, Detection

__all__ = ["READ_BUDGET", "detect", "promised_formats"]

READ_BUDGET = 32 * 1024 * 1024
"""Bytes that the formats may read of one file: the head, a header, a central directory, the pickles in a zip."""
_LARGEST_COUNT = 2**63 - 1
"""Parameters or tensors: what databases and JSON's readers hold."""

_log = logging.getLogger(__name__)


def detect(path: str, reader: BlobReader) -> Detection | None:
    """Say what the bytes behind `reader` are, or None where no format knows them and nothing known is in them.

    `path` is a hint that can raise confidence, never a reason by itself. What is read is bounded: READ_BUDGET
    for the formats, and for archives what `bot/scanner/containers` allows. Raises UnreadableError where the head
    cannot be had, and where an archive in which no weights were seen could not be looked through.
    """
    found = _detect(path, reader, Allowance())
    if found is None:
        return None
    return dataclasses.replace(found, parameters=_countable(found.parameters), tensors=_countable(found.tensors))


def _countable(count: int | None) -> int | None:
    """A count, None where no file can have it: products and sums of what a damaged or hostile one says."""
    return count if count is None or 0 <= count <= _LARGEST_COUNT else None


def _detect(path: str, reader: BlobReader, allowance: Allowance) -> Detection | None:
    blob = BoundedReader(reader, READ_BUDGET, allowance.shared)
    if not blob.head:
        return None
    best = _by_format(path, blob)
    if best is not None and best.is_weight and best.confidence > Confidence.POSSIBLE:
        return best
    try:
        inside = look_inside(path, blob, allowance, _detect)
    except UnreadableError:
        if best is None:
            raise
        return best
    return inside if best is None or (inside is not None and _rank(inside) > _rank(best)) else best


def _by_format(path: str, blob: BoundedReader) -> Detection | None:
    """The surest answer of the formats. A fault in one hides no weights that another knows, and is never silent."""
    answers = []
    fault: FaultError | None = None
    for module in format_gate().candidates(posixpath.basename(path).lower(), blob.head, blob.size):
        try:
            answer = module.recognise(path, blob)
        except FAULTS as error:
            _log.exception("asking %s about %r failed", module.TITLE, path)
            fault = FaultError(error)
            continue
        if answer is not None:
            answers.append((answer.confidence, answer.is_weight, not getattr(module, "GENERIC", False), answer))
    best = max(answers, key=lambda rated: rated[:3])[3] if answers else None
    if fault is not None and (best is None or not best.is_weight):
        raise fault
    return best


def _rank(detection: Detection) -> tuple[bool, Confidence]:
    return detection.is_weight, detection.confidence
