"""ExecuTorch programs made by its exporter: whole, with numbers elsewhere, damaged and hostile."""

from __future__ import annotations

import struct
import time
from pathlib import Path

import pytest

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader
from rules.facts import Confidence, Detection, LoadingSafety

DATA = Path(__file__).parent / "data"
PLAIN = (DATA / "plain.pte").read_bytes()


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


def test_a_program_is_told_by_its_structure_whatever_its_name() -> None:
    detection = found_in(PLAIN)
    assert detection is not None
    assert (detection.format, detection.is_weight, detection.confidence) == ("executorch", True, Confidence.CERTAIN)
    assert (detection.parameters, detection.tensors) == (178, 4)
    assert detection.metadata == {"methods": "forward", "dtypes": "float32 (4)"}
    assert detection.loading.safety is LoadingSafety.SAFE


def test_numbers_in_a_data_file_are_counted_and_told() -> None:
    detection = found_in((DATA / "external.pte").read_bytes())
    assert detection is not None
    assert (detection.is_weight, detection.parameters) == (True, 178)
    assert detection.remarks == ("4 of its tensors are in a data file (.ptd).",)


def test_a_backend_that_holds_numbers_is_named() -> None:
    detection = found_in((DATA / "xnnpack.pte").read_bytes())
    assert detection is not None
    assert (detection.is_weight, detection.parameters) == (True, None)
    assert detection.metadata["backends"] == "XnnpackBackend"
    assert detection.loading.safety is LoadingSafety.SAFE


def test_data_for_an_unknown_backend_are_never_called_safe() -> None:
    content = (DATA / "xnnpack.pte").read_bytes().replace(b"XnnpackBackend", b"StrangeBackend")
    detection = found_in(content)
    assert detection is not None
    assert detection.loading.safety is LoadingSafety.UNKNOWN


def test_an_operator_that_the_runtime_does_not_bring_is_named() -> None:
    detection = found_in(PLAIN.replace(b"aten::addmm", b"mine::addmm"))
    assert detection is not None
    assert detection.metadata["custom_operators"] == "mine::addmm"


@pytest.mark.parametrize("kept", [70, 200, 1000, 2000, len(PLAIN) - 8])
def test_a_truncated_program_is_reported_not_raised(kept: int) -> None:
    detection = found_in(PLAIN[:kept])
    assert detection is not None
    assert detection.is_weight
    assert len(detection.remarks) == 1


@pytest.mark.parametrize(
    "content",
    [b"abcdET12", b"\x10\0\0\0ET12" + bytes(100), b"\x10\0\0\0ETxx" + PLAIN[8:], b"\x08\0\0\0ET99" + b"\xff" * 90],
)
def test_other_content_is_not_taken_for_it(content: bytes) -> None:
    assert found_in(content, "model.pte") is None


def test_a_file_of_circles_is_left_in_time() -> None:
    begun = time.process_time()
    found_in(b"\x10\0\0\0ET12eh00" + struct.pack("<IQQ", 24, 0, 0) + b"\x10\0\0\0\x0c\0\x04\0" * 2**18)
    found_in(b"\x30\0\0\0ET12eh00" + b"\x10\0\0\0" * 2**20)
    assert time.process_time() - begun < 10


def test_every_cut_and_change_gives_an_answer() -> None:
    for place in range(8, len(PLAIN), 5):
        found_in(PLAIN[:place])
        detection = found_in(PLAIN[:place] + b"\xff" + PLAIN[place + 1 :])
        assert detection is None or detection.format == "executorch"
