"""Acoustic models of CMU Sphinx, array by array, in both byte orders."""

from __future__ import annotations

import struct

import pytest

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader
from rules.facts import Confidence, Detection, LoadingSafety


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


def array(*sizes: int, order: str = "<") -> bytes:
    """An array as bio.c writes it: text, the number that tells the byte order, sizes, then float32 numbers."""
    numbers = struct.pack(f"{order}{len(sizes) + 1}I", 0x11223344, *sizes)
    return b"s3\nversion 1.0\nchksum0 yes\n       endhdr\n" + numbers + bytes(4 * sizes[-1]) + bytes(4)


MEANS = (42, 3, 8, 13, 13, 13, 42 * 8 * 39)


@pytest.mark.parametrize(
    ("name", "sizes", "part"),
    [
        ("means", MEANS, "Gaussian means or variances"),
        ("mixture_weights", (102, 1, 5, 510), "mixture weights"),
        ("transition_matrices", (42, 3, 4, 504), "transition matrices"),
    ],
)
def test_an_array_is_certain_in_both_byte_orders(name: str, sizes: tuple[int, ...], part: str) -> None:
    for order in "<>":
        for path in (name, "data.bin"):
            detection = found_in(array(*sizes, order=order), path)
            assert detection is not None
            assert (detection.format, detection.confidence) == ("sphinx-acoustic", Confidence.CERTAIN)
            assert (detection.is_weight, detection.parameters) == (True, sizes[-1])
            assert detection.metadata["part"] == part
            assert detection.loading.safety is LoadingSafety.SAFE


def test_the_arrays_of_a_model_belong_together() -> None:
    detection = found_in(array(*MEANS), "model/en-us/means")
    assert detection is not None
    assert {"variances", "transition_matrices"} <= set(detection.companions)


def dump(*words: bytes, rows: int = 128, columns: int = 50) -> bytes:
    """Quantized mixture weights, as `sendump` keeps them."""
    texts = (b"BEGIN FILE FORMAT DESCRIPTION", *words)
    head = b"".join(len(text + b"\0").to_bytes(4, "little") + text + b"\0" for text in texts)
    sizes = rows.to_bytes(4, "little") + columns.to_bytes(4, "little")
    return head + bytes(4) + sizes + bytes(rows * columns)


def test_quantized_mixture_weights_are_known() -> None:
    detection = found_in(dump(b"cluster_count 0", b"feature_count 1"), "sendump")
    assert detection is not None
    assert (detection.confidence, detection.parameters) == (Confidence.CERTAIN, 6400)


def test_a_truncated_array_says_so() -> None:
    detection = found_in(array(*MEANS)[:400])
    assert detection is not None
    assert detection.confidence is Confidence.PROBABLE
    assert "cut off" in detection.remarks[0]


def test_other_files_of_the_toolkit_are_none() -> None:
    assert found_in(b"s3\nversion 1.0\nlogbase 1.0001\n       endhdr\n" + bytes(400)) is None
    assert found_in(array(42, 3, 4, 505)) is None
    assert found_in(b"s3\n" + b"text " * 2000) is None
    assert found_in(b"s3\nversion 1.0\nendhdr\n") is None


def test_a_dump_of_endless_texts_is_left_in_time() -> None:
    assert found_in(dump(*[b"word"] * 3000)) is not None
