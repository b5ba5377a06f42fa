"""dlib's landmarks, detectors and networks, whole, cut and foreign."""

from __future__ import annotations

from pathlib import Path

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader
from rules.facts import Confidence, Detection, LoadingSafety

DATA = Path(__file__).parent / "data" / "language"


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


LANDMARKS = (DATA / "dlib-landmarks.dat").read_bytes()
DETECTOR = (DATA / "dlib-detector.svm").read_bytes()


def text(word: bytes) -> bytes:
    return b"\x01" + bytes([len(word)]) + word


NETWORK = (
    b"\1\1" + text(b"loss_metric_2") + b"\3\x0a\xd7\xa3\x81\x1c" + b"\1\2" * 60
    + b"\1\3" + text(b"input_rgb_image_sized") + b"\1\1" + text(b"con_4") + b"\1\x20" + bytes(range(256)) * 20
)  # fmt: skip


def test_a_predictor_of_landmarks_is_certain() -> None:
    for name in ("landmarks.dat", "data.bin"):
        detection = found_in(LANDMARKS, name)
        assert detection is not None
        assert (detection.format, detection.is_weight, detection.confidence) == ("dlib", True, Confidence.CERTAIN)
        assert (detection.metadata["landmarks"], detection.parameters) == ("3", 246)
        assert detection.loading.safety is LoadingSafety.SAFE


def test_a_detector_is_certain() -> None:
    for name in ("detector.svm", "data.bin"):
        detection = found_in(DETECTOR, name)
        assert detection is not None
        assert (detection.confidence, detection.parameters) == (Confidence.CERTAIN, 1117)


def test_a_network_is_certain_with_a_loss_or_without() -> None:
    for content in (NETWORK, NETWORK[NETWORK.index(b"\1\2\1\2") :]):
        detection = found_in(content)
        assert detection is not None
        assert (detection.format, detection.confidence) == ("dlib", Confidence.CERTAIN)
        assert detection.metadata["input"] == "input_rgb_image_sized"


def test_truncated_models_are_probable() -> None:
    for content in (LANDMARKS[:300], DETECTOR[:2000], NETWORK[:90]):
        detection = found_in(content)
        assert detection is not None
        assert (detection.is_weight, detection.confidence) == (True, Confidence.PROBABLE)


def test_other_bytes_that_begin_alike_are_none() -> None:
    assert found_in(b"\1\1\x81\x06\x81\x01" + b"\xff" * 100) is None
    assert found_in(b"\1\1\x81\x06\x81\x01" + b"\x01\x00" * 100) is None
    assert found_in(b"\1\2\1\1\1" + b"\1\x05" * 100) is None
    assert found_in(b"\1\2\1\1\1" + bytes(100)) is None
    assert found_in(b"\1\1\1\x0dloss of words that are not a layer" + bytes(100)) is None
