"""dlib's own serialization: predictors of landmarks, detectors of objects (HOG), and networks.

A number is a byte with its length and sign, then its bytes; a floating-point number is two of these, a text a length
and its bytes. Source: dlib/serialize.h, matrix/matrix.h, image_processing/shape_predictor.h,
image_processing/object_detector.h and dnn/core.h of dlib.
"""

from __future__ import annotations

import re

from bot.scanner.readers import BoundedReader, BudgetExceededError
from bot.scanner.structures.pages import DamagedError, Pages
from bot.scanner.wording import decoded
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "dlib model"
SUFFIXES = ()
MARK = (
    rb"\x01\x01(?:\x81[\x02-\xfe]\x81\x01|\x82..\x81\x01|\x01[\x06-\x40]loss_)"
    rb"|\x01\x02\x01\x01\x01|(?:\x01[\x01\x02]){1,400}\x01[\x01-\x04]\x01[\x0b-\x20]input_"
)
LEAST = 64

READ_LIMIT = 256 * 1024
_LOSS = re.compile(rb"loss_[a-z_0-9]{2,50}")
_INPUT = re.compile(rb"input_[a-z_0-9]{3,40}")
_BARE = re.compile(rb"(?:\x01[\x01\x02]){1,400}\x01[\x01-\x04]\x01[\x0b-\x20]input_")
"""A network without a loss: the versions of its layers, then the layer of the input."""
_LAYER = re.compile(rb"\x01[\x03-\x20]((?:con|fc|affine|bn_con|bn_fc|prelu|cont|embeddings|linear)_\d?)\x01")
_LANDMARK_LIMIT = 20_000
_SCANNER_NUMBERS = 40
"""Numbers before the weights of a detector: the scanner's sizes and how boxes may overlap; there are some twenty."""
_HOG_FEATURES = 31
"""Features of one cell; a detector has one weight for each, and one bias."""
_LOADING = LoadingVerdict(LoadingSafety.SAFE, ("the format holds numbers and names only",))


class _ForeignError(Exception):
    """The bytes at this place are no number of this form."""


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A model of one of the three kinds; None for other bytes that begin alike."""
    pages = Pages(blob, READ_LIMIT)
    try:
        return _network(blob) or _landmarks(pages) or _detector(pages)
    except (DamagedError, BudgetExceededError, _ForeignError):
        return None


def _network(blob: BoundedReader) -> Detection | None:
    """A loss layer of known name comes first, and the layer of the input later; networks without a loss have one."""
    head = blob.head
    name = head[4 : 4 + head[3]] if head[:3] == b"\1\1\1" and len(head) > 4 else b""
    loss = _LOSS.fullmatch(name)
    if not loss and not _BARE.match(head):
        return None
    start = _INPUT.search(head)
    layer = _LAYER.search(head)
    metadata = {"architecture": "network"}
    if loss:
        metadata["loss"] = decoded(loss[0], 60)
    if start:
        metadata["input"] = decoded(start[0], 60)
    whole = start is not None and (layer is not None or loss is not None)
    remark = () if whole else ("Its layers were not found in its first 64 KiB.",)
    return _described(metadata, None, Confidence.CERTAIN if whole else Confidence.PROBABLE, remark)


def _landmarks(pages: Pages) -> Detection | None:
    """Version 1, the mean shape, then cascades of regression trees."""
    version, position = _number(pages, 0)
    rows, position = _number(pages, position)
    columns, position = _number(pages, position)
    # Sizes are written below zero, to tell them from an older form.
    if version != 1 or columns != -1 or not -2 * _LANDMARK_LIMIT <= rows <= -2 or rows % 2:
        return None
    points = -rows // 2
    metadata = {"architecture": "landmarks by regression trees", "landmarks": f"{points:,}"}
    try:
        for _ in range(-rows):
            mantissa, position = _number(pages, position)
            exponent, position = _number(pages, position)
            # A coordinate is a mantissa of 24 bits, and its binary exponent, or zero.
            if not -(2**25) < mantissa < 2**25 or not -160 < exponent < 140:
                return None
        cascades, position = _number(pages, position)
        trees, position = _number(pages, position)
        splits, position = _number(pages, position)
    except DamagedError:
        return _cut_off(metadata) if points > 1 else None
    if not 0 < cascades < 1_000 or not 0 < trees < 100_000 or not 0 < splits < 2**20 or (splits + 1) & splits:
        return None
    numbers = -rows * (1 + cascades * trees * (splits + 1))
    if 2 * numbers > pages.size:
        return _cut_off(metadata)
    return _described(metadata, numbers, Confidence.CERTAIN, ())


def _detector(pages: Pages) -> Detection | None:
    """Version 2, a scanner of version 1, then as many weights as a window of cells has features."""
    version, position = _number(pages, 0)
    scanner, position = _number(pages, position)
    if (version, scanner) != (2, 1):
        return None
    before = 0
    for _ in range(_SCANNER_NUMBERS):
        try:
            number, position = _number(pages, position)
        except _ForeignError:
            number, position = before, position + 1  # a flag is one byte
        if number == -1 and before < -_HOG_FEATURES and -before % _HOG_FEATURES == 1:
            metadata = {"architecture": "object detector (HOG)"}
            if position + -before * 4 > pages.size:
                return _cut_off(metadata)
            return _described(metadata, -before, Confidence.CERTAIN, ())
        before = number
    return None


def _number(pages: Pages, position: int) -> tuple[int, int]:
    """A number and the place after it. Raises _ForeignError where there is none, DamagedError where the file ends."""
    control = pages.number(position, 1)
    length = control & 0x0F
    if control & 0x70 or not 0 < length <= 8:
        raise _ForeignError
    value = pages.number(position + 1, length)
    return (-value if control & 0x80 else value), position + 1 + length


def _cut_off(metadata: dict[str, str]) -> Detection:
    return _described(metadata, None, Confidence.PROBABLE, ("It is cut off: not all of its numbers are there.",))


def _described(
    metadata: dict[str, str], parameters: int | None, confidence: Confidence, remarks: tuple[str, ...]
) -> Detection:
    return Detection(
        format="dlib",
        title=TITLE,
        is_weight=True,
        confidence=confidence,
        loading=_LOADING,
        parameters=parameters,
        metadata=metadata,
        remarks=remarks,
    )
