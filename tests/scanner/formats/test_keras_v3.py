"""A model that Keras 3 wrote, whole, changed, damaged and hostile."""

from __future__ import annotations

import io
import json
import zipfile
from contextlib import suppress
from pathlib import Path

import h5py
import numpy as np
import pytest

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader, UnreadableError
from rules.facts import Confidence, Detection, LoadingSafety

DENSE = (Path(__file__).parent / "data" / "dense.keras").read_bytes()


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


def changed(method: int = zipfile.ZIP_STORED, **members: bytes | None) -> bytes:
    """The model with some of its members in other words, or left out."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(DENSE)) as source, zipfile.ZipFile(stream, "w", method) as target:
        for name in source.namelist():
            content = members.get(name.partition(".")[0], source.read(name))
            if content is not None:
                target.writestr(name, content)
    return stream.getvalue()


def linked() -> bytes:
    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        file["layers/dense/vars/0"] = np.ones((2, 2), np.float32)
        file["layers/dense/vars/1"] = h5py.ExternalLink("/home/me/secret.h5", "/a")
    return stream.getvalue()


@pytest.mark.parametrize("content", [DENSE, changed(zipfile.ZIP_DEFLATED)], ids=["stored", "compressed"])
def test_a_model_is_told_and_counted_whatever_its_name(content: bytes) -> None:
    for name in ("model.keras", "data.bin"):
        detection = found_in(content, name)
        assert detection is not None
        assert (detection.format, detection.is_weight, detection.confidence) == ("keras-v3", True, Confidence.CERTAIN)
        assert (detection.tensors, detection.parameters) == (4, 58)
        assert detection.metadata == {
            "producer": "Keras 3.15.1",
            "architecture": "Sequential",
            "dtypes": "float32 (4)",
        }
        assert detection.loading.safety is LoadingSafety.SAFE


def test_a_lambda_layer_is_named() -> None:
    described = {
        "class_name": "Sequential",
        "config": {"layers": [{"class_name": "Lambda", "config": {"name": "sly"}}]},
    }
    detection = found_in(changed(config=json.dumps(described).encode()))
    assert detection is not None
    assert detection.loading.safety is LoadingSafety.EXECUTES_CODE


def test_numbers_in_files_elsewhere_are_dangerous() -> None:
    detection = found_in(changed(model=linked()))
    assert detection is not None
    assert detection.loading.safety is LoadingSafety.DANGEROUS


def test_damaged_numbers_are_said_and_a_description_alone_is_no_model() -> None:
    detection = found_in(changed(model=b"\x89HDF\r\n\x1a\n" + bytes(100)))
    assert detection is not None
    assert (detection.is_weight, detection.parameters) == (True, None)
    detection = found_in(changed(model=b"nothing of the kind"))
    assert detection is not None
    assert detection.remarks == ("The parameters inside were not counted.",)
    detection = found_in(changed(model=None))
    assert detection is None or not detection.is_weight


def test_every_cut_gives_an_answer_or_is_said_to_be_unreadable() -> None:
    for kept in range(0, len(DENSE), 97):
        with suppress(UnreadableError):
            detection = found_in(DENSE[:kept])
            assert detection is None or detection.format != "keras-v3"
