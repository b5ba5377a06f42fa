"""Conditional random fields and their kin: CRFsuite, CRF++, Wapiti, KyTea."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader
from rules.facts import Confidence, Detection, LoadingSafety

DATA = Path(__file__).parent / "data" / "classical"
CRFSUITE = (DATA / "model.crfsuite").read_bytes()


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


def crfpp(weights: int = 3, cost: float = 1.0, template: bytes = b"U00:%x[0,0]") -> bytes:
    """An index as CRF++ writes it, field by field after DecoderFeatureIndex::openFromArray."""
    labels, templates = b"B\0I\0O\0\0", template + b"\0B\0\0"
    index = bytes(64)
    head = struct.pack("<IIdIII", 100, 0, cost, weights, 2, len(index))
    strings = struct.pack("<I", len(labels)) + labels + struct.pack("<I", len(templates)) + templates
    return head + strings + index + struct.pack("<3f", 0.5, -0.5, 0.25)


WAPITI = b"#mdl#2#3\n#rdr#1/0/0\n8:u:%x[0,0],\n#qrk#2\n1:X,\n1:Y,\n#qrk#1\n3:u:a,\n0=0x1.8p-1\n1=-0x1.8p-1\n3=0x1p+0\n"
"""Laid out as mdl_save of Wapiti prints it."""


@pytest.mark.parametrize(
    ("content", "identifier", "parameters"),
    [
        (CRFSUITE, "crfsuite", 5),
        (crfpp(), "crfpp", 3),
        (b"version: 100\ncost-factor: 1\nmaxid: 12\nxsize: 2\n\nB\nI\n\nU00:%x[0,0]\n", "crfpp", 12),
        (WAPITI, "wapiti", 3),
        (b"KyTea 0.4.0 B utf8\n" + bytes(100), "kytea", None),
        (b"KyTea 0.4.0 T utf8\n-numtags 1\n-charw 3\n-charn 3\n-typew 3\n-typen 3\n-dicn 4\n", "kytea", None),
    ],
    ids=["crfsuite", "crfpp", "crfpp text", "wapiti", "kytea", "kytea text"],
)
def test_a_model_is_told_by_its_content(content: bytes, identifier: str, parameters: int | None) -> None:
    detection = found_in(content)
    assert detection is not None
    assert (detection.format, detection.is_weight, detection.confidence) == (identifier, True, Confidence.CERTAIN)
    assert detection.parameters == parameters
    assert detection.loading.safety is LoadingSafety.SAFE


@pytest.mark.parametrize("content", [CRFSUITE[:-40], crfpp()[:-4], WAPITI[:40]], ids=["crfsuite", "crfpp", "wapiti"])
def test_a_truncated_model_is_reported(content: bytes) -> None:
    detection = found_in(content)
    assert detection is not None
    assert (detection.is_weight, detection.confidence) == (True, Confidence.PROBABLE)
    assert "cut off" in detection.remarks[0]


@pytest.mark.parametrize(
    "content",
    [
        b"lCRF" + bytes(100),
        b"lCRF\xff\xff\xff\xffFOMC" + b"\xff" * 40,
        crfpp(cost=-1.0),
        crfpp(template=b"X"),
        b"\x64\0\0\0" * 20,
        b"version: 100\ncost-factor: 1\nmaxid: many\n",
        b"#mdl#2#3\nis how the file begins\n",
        b"KyTea 0.4.0 is a text analysis toolkit.\n" * 4,
    ],
)
def test_other_content_is_not_taken_for_it(content: bytes) -> None:
    assert found_in(content, "model.crfsuite") is None
