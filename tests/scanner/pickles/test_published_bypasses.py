"""Every published way past a pickle scanner is called dangerous here, whatever the file is called."""

from __future__ import annotations

import pytest

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader
from rules.facts import Confidence, LoadingSafety
from tests.scanner.pickles.bypasses import BYPASSES


@pytest.mark.parametrize("story", BYPASSES)
def test_it_is_dangerous_and_the_finding_says_what_it_calls(story: str) -> None:
    detection = detect("x.bin", BytesReader(BYPASSES[story]))
    assert detection is not None
    assert detection.loading.safety is LoadingSafety.DANGEROUS, detection.loading.reasons
    assert detection.loading.reasons[0].startswith(("the pickle ", "x.bin", "model/", "data.pkl", "archive/"))


@pytest.mark.parametrize("name", ["x.bin", "noname", "LICENSE", "notes.txt"])
def test_a_pickle_of_thirteen_bytes_under_any_name_is_reported(name: str) -> None:
    detection = detect(name, BytesReader(b"cos\nabort\n)R."))
    assert detection is not None
    assert detection.is_weight
    assert detection.confidence >= Confidence.PROBABLE
    assert detection.loading.reasons == ("the pickle calls os.abort (GLOBAL)",)
