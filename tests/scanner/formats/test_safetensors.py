"""safetensors files made by their own library, whole, damaged and hostile."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from safetensors.numpy import save

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader
from rules.facts import Confidence, Detection, LicenseStatement, LoadingSafety

TENSORS: dict[str, npt.NDArray[Any]] = {
    "layer.weight": np.ones((4, 8), np.float32),
    "layer.bias": np.zeros(4, np.float16),
}


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


def with_header(header: object, data: bytes = b"") -> bytes:
    raw = json.dumps(header).encode()
    return len(raw).to_bytes(8, "little") + raw + data


def entry(shape: list[int], begin: int, end: int, kind: str = "F32") -> dict[str, object]:
    return {"dtype": kind, "shape": shape, "data_offsets": [begin, end]}


def test_a_model_is_told_by_its_header_whatever_its_name() -> None:
    detection = found_in(save(TENSORS, {"format": "pt"}), "renamed.txt")
    assert detection is not None
    assert (detection.format, detection.is_weight, detection.confidence) == ("safetensors", True, Confidence.CERTAIN)
    assert (detection.tensors, detection.parameters) == (2, 36)
    assert detection.metadata == {"producer": "pt", "dtypes": "F16 (1), F32 (1)"}
    assert detection.loading.safety is LoadingSafety.SAFE
    assert detection.remarks == ()


def test_licence_and_origin_are_read_from_its_metadata() -> None:
    words = {
        "modelspec.license": "CreativeML OpenRAIL-M",
        "license_name": "openrail",
        "license_link": "https://example.org/licence",
        "modelspec.merged_from": "base-a, base-b",
        "modelspec.architecture": "stable-diffusion-v1/lora",
    }
    detection = found_in(save(TENSORS, words))
    assert detection is not None
    assert detection.licenses == (
        LicenseStatement("modelspec.license", "CreativeML OpenRAIL-M"),
        LicenseStatement("license_name", "openrail"),
        LicenseStatement("license_link", "https://example.org/licence"),
    )
    assert detection.base_models == ("base-a, base-b",)
    assert detection.metadata["architecture"] == "stable-diffusion-v1/lora"


def test_a_licence_written_out_keeps_its_lines_and_loses_its_control_characters() -> None:
    detection = found_in(save(TENSORS, {"license": "MIT License\n\nPermission\x1b[31m is granted"}))
    assert detection is not None
    assert detection.licenses[0].text == "MIT License\n\nPermission [31m is granted"


def test_metadata_is_short_and_on_one_line() -> None:
    detection = found_in(save(TENSORS, {"modelspec.title": "a\nb\x1b[31m" + "c" * 999}))
    assert detection is not None
    assert detection.metadata["name"].startswith("a b[31m")
    assert len(detection.metadata["name"]) == 200


def test_a_file_without_tensors_is_no_weight() -> None:
    detection = found_in(with_header({"__metadata__": {"format": "pt"}}))
    assert detection is not None
    assert not detection.is_weight


@pytest.mark.parametrize("kept", [12, 60, 150, 200])
def test_a_truncated_file_is_reported_not_raised(kept: int) -> None:
    detection = found_in(save(TENSORS)[:kept])
    if detection is not None:
        assert (detection.is_weight, detection.confidence) == (True, Confidence.PROBABLE)
        assert "cut off" in detection.remarks[0] or "ends within its header" in detection.remarks[0]
    assert detection is not None or kept < 40


def test_a_damaged_header_is_reported() -> None:
    content = save(TENSORS).replace(b'"shape":', b'"shape"!')
    detection = found_in(content)
    assert detection is not None
    assert (detection.is_weight, detection.confidence) == (True, Confidence.PROBABLE)
    assert detection.remarks == ("Its header is damaged.",)


def test_a_shape_that_its_bytes_cannot_hold_is_not_counted() -> None:
    detection = found_in(with_header({"a": entry([2**62, 2**62], 0, 4)}, b"1234"))
    assert detection is not None
    assert detection.parameters is None
    assert detection.remarks == ("1 of its tensors promise more numbers than their bytes hold.",)


def test_bytes_behind_the_last_tensor_are_named() -> None:
    detection = found_in(save({"a": np.ones(2, np.float32)}) + b"hidden")
    assert detection is not None
    assert detection.remarks == ("6 bytes at its end belong to no tensor.",)


@pytest.mark.parametrize(
    "content",
    [
        with_header({}),
        with_header([1, 2]),
        with_header({"name": "package", "version": "1.0"}),
        with_header({"a": {"dtype": "F32", "shape": [-1], "data_offsets": [0, 4]}}),
        with_header({"a": {"dtype": "F32", "shape": [1], "data_offsets": [4, 0]}}),
        (2).to_bytes(8, "little") + b"{}" + b"x" * 100,
        b"\xff" * 8 + b"{" * 100,
        (90_000).to_bytes(8, "little") + b"[" * 90_000,
        b"{" * 200,
    ],
)
def test_other_content_is_not_taken_for_it(content: bytes) -> None:
    assert found_in(content, "model.safetensors") is None


def long_header(tensors: int, *, padding: int = 60) -> bytes:
    """A file whose header is longer than what is parsed at once."""
    name = "x" * padding
    header = {f"{name}{number}": entry([1], 4 * number, 4 * number + 4) for number in range(tensors)}
    return with_header({"__metadata__": {"license": "MIT {1}"}, **header}, bytes(4 * tensors))


def test_a_header_of_several_megabytes_is_read_entry_by_entry() -> None:
    content = long_header(20_000, padding=180)
    detection = found_in(content)
    assert detection is not None
    assert (detection.confidence, detection.tensors, detection.parameters) == (Confidence.CERTAIN, 20_000, 20_000)
    assert detection.licenses == (LicenseStatement("license", "MIT {1}"),)
    assert detection.loading.safety is LoadingSafety.SAFE
    cut = found_in(content[:-4])
    assert cut is not None
    assert "cut off" in cut.remarks[0]
    damaged = found_in(content.replace(b'x1":', b'x1"!'))
    assert damaged is not None
    assert damaged.remarks == ("Its header is damaged.",)
    twice = found_in(content.replace(b'x19999":', b'x19998":'))
    assert twice is not None
    assert twice.loading.safety is LoadingSafety.UNKNOWN


def test_a_header_beyond_the_cap_is_said_to_be_longer_than_what_is_read() -> None:
    detection = found_in(long_header(23_000, padding=210))
    assert detection is not None
    assert (detection.is_weight, detection.confidence, detection.parameters) == (True, Confidence.PROBABLE, None)
    assert "longer than what is read here" in detection.remarks[0]
