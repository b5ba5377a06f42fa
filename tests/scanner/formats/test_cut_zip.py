"""Zips without their directory: models that were cut, and other archives."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader, UnreadableError
from rules.facts import Confidence, LoadingSafety

DATA = Path(__file__).parent / "data"


@pytest.mark.parametrize("name", ["scripted.pt", "lite.ptl", "exported.pt2", "dense.keras"])
def test_half_a_model_is_still_one_and_not_called_safe(name: str) -> None:
    content = (DATA / name).read_bytes()
    detection = detect("data.bin", BytesReader(content[: len(content) * 3 // 4]))
    assert detection is not None
    assert (detection.is_weight, detection.confidence) == (True, Confidence.PROBABLE)
    assert detection.loading.safety is LoadingSafety.UNKNOWN
    assert detection.remarks[0].startswith("It is cut off or the first part of several")
    whole = detect("data.bin", BytesReader(content))
    assert whole is not None
    assert whole.format != "cut-zip"


def test_arrays_without_a_directory_are_weights_by_their_names_only() -> None:
    for names, confidence in ((("W1", "b1"), Confidence.PROBABLE), (("time", "voltage"), Confidence.POSSIBLE)):
        stream = io.BytesIO()
        np.savez(stream, **{name: np.ones(400) for name in names})
        detection = detect("data.bin", BytesReader(stream.getvalue()[:5000]))
        assert detection is not None
        assert detection.confidence is confidence


@pytest.mark.parametrize(
    "members", [("word/document.xml", "data.pkl"), ("META-INF/MANIFEST.MF", "a/data/0"), ("config.json",)]
)
def test_other_archives_that_are_cut_are_not_examined(members: tuple[str, ...]) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for member in members:
            archive.writestr(member, bytes(1000))
    with pytest.raises(UnreadableError):
        detect("data.bin", BytesReader(stream.getvalue()[:-40]))


def test_every_cut_and_change_gives_an_answer() -> None:
    content = (DATA / "scripted.pt").read_bytes()[:3000]
    for end in range(30, len(content), 41):
        for changed in (content[:end], content[: end - 1] + b"\xff" + content[end:]):
            try:
                detect("data.bin", BytesReader(changed))
            except UnreadableError:
                continue
