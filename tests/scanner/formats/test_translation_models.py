"""Models of machine translation: CTranslate2's and Marian's, whole, cut and hostile."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

import numpy as np

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader
from rules.facts import Confidence, Detection, LoadingSafety

DATA = Path(__file__).parent / "data" / "language"


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


CTRANSLATE2 = (DATA / "ctranslate2.bin").read_bytes()


def test_a_model_of_ctranslate2_is_certain_whatever_its_name() -> None:
    for name in ("model.bin", "data.bin"):
        detection = found_in(CTRANSLATE2, name)
        assert detection is not None
        assert (detection.format, detection.is_weight) == ("ctranslate2", True)
        assert detection.confidence is Confidence.CERTAIN
        assert (detection.parameters, detection.tensors) == (796, 27)
        assert detection.metadata["architecture"] == "TransformerDecoderSpec"
        assert "config.json" in detection.companions
        assert detection.loading.safety is LoadingSafety.SAFE


def test_the_versions_before_types_are_read_too() -> None:
    variable = struct.pack("<H", 2) + b"w\0" + b"\x02" + struct.pack("<IIBI", 3, 4, 4, 12) + bytes(48)
    content = struct.pack("<I", 2) + struct.pack("<H", 16) + b"TransformerSpec\0" + struct.pack("<II", 1, 1) + variable
    detection = found_in(content)
    assert detection is not None
    assert (detection.confidence, detection.parameters) == (Confidence.CERTAIN, 12)


def test_a_truncated_model_of_ctranslate2_says_so() -> None:
    detection = found_in(CTRANSLATE2[:-100])
    assert detection is not None
    assert (detection.confidence, detection.parameters) == (Confidence.PROBABLE, None)


def test_foreign_and_hostile_bytes_are_not_taken_for_ctranslate2() -> None:
    head = struct.pack("<IH", 6, 12) + b"Transformer\0" + struct.pack("<II", 1, 2**24 - 1)
    assert found_in(head + b"\xff" * 4000) is None
    assert found_in(head + bytes(4000)) is None


def marian(names: list[bytes], *, kind: int = 0x404, size: int = 4) -> bytes:
    """Items as src/common/binary.cpp writes them: headers, names, shapes, padding and numbers, one shape for all."""
    shape, numbers = (3, 5), 15
    headers = b"".join(struct.pack("<4Q", len(name) + 1, kind, len(shape), numbers * size) for name in names)
    body = b"".join(name + b"\0" for name in names) + struct.pack("<2i", *shape) * len(names)
    padding = bytes(16)
    return (
        struct.pack("<2Q", 1, len(names))
        + headers
        + body
        + struct.pack("<Q", 16)
        + padding
        + bytes(numbers * size * len(names))
    )


ITEMS = [b"encoder_Wemb", b"decoder_Wemb", b"special:model.yml"]


def test_a_binary_model_of_marian_is_certain() -> None:
    for name in ("model.bin", "model.intgemm.alphas.bin", "data.bin"):
        detection = found_in(marian(ITEMS), name)
        assert detection is not None
        assert (detection.format, detection.is_weight) == ("marian", True)
        assert detection.confidence is Confidence.CERTAIN
        assert (detection.tensors, detection.parameters) == (3, 45)
        assert detection.loading.safety is LoadingSafety.SAFE


def test_quantized_items_are_named() -> None:
    detection = found_in(marian(ITEMS, kind=0x10001, size=1))
    assert detection is not None
    assert detection.metadata["dtypes"] == "intgemm 8 (3)"


def npz(names: list[str]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in names:
            array = io.BytesIO()
            np.save(array, np.zeros((2, 4), np.float32))
            archive.writestr(f"{name}.npy", array.getvalue())
    return stream.getvalue()


def test_a_zip_with_the_settings_among_its_arrays_is_certain() -> None:
    detection = found_in(npz(["Wemb", "decoder_Wemb_dec", "special:model.yml"]), "model.npz")
    assert detection is not None
    assert (detection.format, detection.confidence) == ("marian", Confidence.CERTAIN)
    assert (detection.tensors, detection.parameters) == (2, 16)


def test_other_zips_of_arrays_are_left_to_others() -> None:
    detection = found_in(npz(["time", "value"]))
    assert detection is None or detection.format == "npz"


def test_truncated_and_hostile_items_are_told() -> None:
    detection = found_in(marian(ITEMS)[:-20])
    assert detection is not None
    assert detection.confidence is Confidence.PROBABLE
    assert found_in(struct.pack("<6Q", 1, 2**40, 8, 0x404, 2, 60) + bytes(400)) is None
    assert found_in(struct.pack("<6Q", 1, 1, 8, 0x404, 2, 60) + b"\xff" * 400) is None


def phrases(count: int, *, scores: str = "0.5 0.25 1 0.0625") -> bytes:
    return "".join(
        f"das Haus {n} ||| the house {n} ||| {scores} ||| 0-0 1-1 ||| 4 2 1\n" for n in range(count)
    ).encode()


def test_a_phrase_table_is_probable() -> None:
    for name in ("phrase-table", "data.bin"):
        detection = found_in(phrases(20), name)
        assert detection is not None
        assert (detection.format, detection.is_weight) == ("phrase-table", True)
        assert (detection.confidence, detection.metadata["scores"]) == (Confidence.PROBABLE, "4")
        assert detection.loading.safety is LoadingSafety.SAFE


def test_other_text_with_bars_is_none() -> None:
    assert found_in(phrases(20, scores="17 200 3"), "alignment.txt") is None
    assert found_in(phrases(20, scores="words of text"), "corpus.txt") is None
    assert found_in(phrases(3)) is None
    assert found_in(phrases(20) + b"a line of another kind\n" + phrases(20)) is None
    assert found_in(b"a ||| b ||| " + b"0.5 " * 100_000) is None
