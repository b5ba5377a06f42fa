"""OpenCV's cascades of boosted features, which find faces and other things: XML with stages, trees and thresholds.

Source: modules/objdetect/src/cascadedetect.cpp (new form) and the type `opencv-haar-classifier` (old form) of OpenCV.
"""

from __future__ import annotations

import re

from bot.scanner.readers import BoundedReader
from bot.scanner.wording import decoded
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "OpenCV cascade"
SUFFIXES = ()
MARK = rb"(?:\xef\xbb\xbf)?\s{0,8}<(?:\?xml|opencv_storage|!--)"
LEAST = 256

_STORAGE = re.compile(rb"<opencv_storage[^>]{0,100}>")
_PREAMBLE = 32 * 1024
"""Bytes before the root: a declaration, and a comment with the licence and the history."""
_NEW = re.compile(rb"<stageType>\s{0,20}BOOST\s{0,20}</stageType>")
_OLD = re.compile(rb"type_id\s{0,4}=\s{0,4}[\"']opencv-haar-classifier")
_NUMBERS = re.compile(rb"<(?:leafValues|left_val|right_val|stageThreshold|stage_threshold)>\s{0,40}-?[\d.]")
_FACTS = {"features": rb"<featureType>\s{0,20}(\w{2,20})", "stages": rb"<stageNum>\s{0,20}(\d{1,6})"}
_LOADING = LoadingVerdict(LoadingSafety.SAFE, ("the format is a tree of names and numbers",))


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A cascade, or one stage of it, which training leaves in a file of its own; None for every other XML."""
    root = _STORAGE.search(blob.head, 0, _PREAMBLE)
    if root is None:
        return None
    content = blob.head[root.end() :]
    numbers = _NUMBERS.search(content) is not None
    form = "new form" if _NEW.search(content, 0, 8192) else "old form" if _OLD.search(content, 0, 2048) else ""
    if not form:
        if not numbers or b"<weakClassifiers>" not in content:
            return None
        form = "one stage"
    metadata = {"architecture": f"boosted cascade, {form}"}
    for name, pattern in _FACTS.items():
        if match := re.search(pattern, content[:8192]):
            metadata[name] = decoded(match[1])
    cut = not numbers or (blob.size == len(blob.head) and b"</opencv_storage" not in content)
    return Detection(
        format="opencv-cascade",
        title=TITLE,
        is_weight=True,
        confidence=Confidence.PROBABLE if cut else Confidence.CERTAIN,
        loading=_LOADING,
        metadata=metadata,
        remarks=("It is cut off: its end is missing.",) if cut else (),
    )
