"""The files of an Orbax checkpoint: names, an OCDBT store, Zarr arrays; and Zarr of other kinds."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader
from rules.facts import Confidence, Detection, LoadingSafety

DATA = Path(__file__).parent / "data"
NAMES = (DATA / "orbax_METADATA").read_bytes()
MANIFEST = (DATA / "manifest.ocdbt").read_bytes()
NODE = (DATA / "ocdbt_node.bin").read_bytes()
ZARR: dict[str, Any] = {"chunks": [2, 8], "dtype": "<f4", "shape": [4, 8], "zarr_format": 2}


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


def as_json(document: object) -> bytes:
    return json.dumps(document).encode()


def test_the_names_of_a_checkpoint_lead_to_its_folder() -> None:
    for name in ("checkpoints/10/default/_METADATA", "data.bin"):
        detection = found_in(NAMES, name)
        assert detection is not None
        assert (detection.format, detection.is_weight, detection.confidence) == ("orbax", True, Confidence.CERTAIN)
        # The step of the training is no part of the model.
        assert (detection.tensors, detection.parameters) == (3, 400 * 300 + 300 + 300 * 10)
        assert {"manifest.ocdbt", "d/", "ocdbt.process_0/"} <= set(detection.companions)
        assert detection.loading.safety is LoadingSafety.SAFE


def test_the_shapes_that_a_process_wrote_are_told_too() -> None:
    detection = found_in((DATA / "orbax_arrays.json").read_bytes())
    assert detection is not None
    assert (detection.is_weight, detection.parameters) == (True, 123_300)


def test_a_checkpoint_without_a_store_names_a_folder_for_each_array() -> None:
    document = json.loads(NAMES) | {"use_ocdbt": False}
    detection = found_in(as_json(document))
    assert detection is not None
    assert {"params.first.kernel/", "params.first.bias/"} <= set(detection.companions)


def test_the_record_of_writing_is_no_weight() -> None:
    detection = found_in(as_json({"item_handlers": "a.Handler", "metrics": {}, "init_timestamp_nsecs": 1}))
    assert detection is not None
    assert (detection.format, detection.is_weight) == ("orbax", False)


def test_a_manifest_is_told_by_its_mark_and_length_whatever_its_name() -> None:
    detection = found_in(MANIFEST)
    assert detection is not None
    assert (detection.format, detection.is_weight, detection.confidence) == ("ocdbt", True, Confidence.PROBABLE)
    assert "d/" in detection.companions


@pytest.mark.parametrize("before", [b"", b"\x28\xb5\x2f\xfd" + bytes(200_000)], ids=["a node", "values before it"])
def test_a_file_of_a_store_is_told_by_the_names_in_its_last_node(before: bytes) -> None:
    detection = found_in(before + NODE)
    assert detection is not None
    assert (detection.format, detection.is_weight, detection.confidence) == ("ocdbt", True, Confidence.CERTAIN)
    assert (detection.tensors, detection.parameters) == (4, 58)


def test_a_node_whose_names_cannot_be_read_is_told_by_its_mark() -> None:
    header = b"\x0c\xdb\x20\xde" + (14 + 40).to_bytes(8, "little") + b"\0"
    for kind in (b"\0", b"\1"):
        detection = found_in(header + kind + b"\x01" * 40)
        assert detection is not None
        assert (detection.is_weight, detection.confidence) == (True, Confidence.PROBABLE)


def test_a_file_of_values_alone_is_possibly_weights_by_its_name() -> None:
    content = b"\x28\xb5\x2f\xfd" + bytes(1000)
    detection = found_in(content, "default/d/6c45113f48273cc4ec7f6ef432db5684")
    assert detection is not None
    assert (detection.is_weight, detection.confidence) == (True, Confidence.POSSIBLE)
    for name in ("cache/6c45113f48273cc4ec7f6ef432db5684", "d/readme", "data.bin"):
        other = found_in(content, name)
        assert other is None or other.format != "ocdbt"


def test_cut_off_files_are_reported() -> None:
    for content in (NAMES[:400], MANIFEST[:60]):
        detection = found_in(content)
        assert detection is not None
        assert (detection.is_weight, detection.confidence) == (True, Confidence.PROBABLE)
        assert "cut off" in detection.remarks[0]


def test_an_array_of_zarr_is_probably_weights_in_a_folder_of_a_model_alone() -> None:
    for version in (ZARR, {"zarr_format": 3, "node_type": "array", "shape": [4, 8], "data_type": "float32"}):
        detection = found_in(as_json(version), "checkpoint_100/target.decoder.layers_0.mlp.wi.kernel/.zarray")
        assert detection is not None
        assert (detection.format, detection.is_weight) == ("zarr-array", True)
        assert (detection.confidence, detection.parameters) == (Confidence.PROBABLE, 32)
        assert detection.companions in {("0.0", "1.0"), ("c/",)}
        other = found_in(as_json(version), "climate.zarr/temperature/.zarray")
        assert other is not None
        assert not other.is_weight


def test_many_arrays_together_are_told_by_their_names() -> None:
    def together(*shapes: tuple[str, list[int]]) -> bytes:
        arrays = {f"{name}/.zarray": {**ZARR, "shape": shape} for name, shape in shapes}
        return as_json({"metadata": {".zgroup": {"zarr_format": 2}, **arrays}, "zarr_consolidated_format": 1})

    model = found_in(together(("l1/w", [4, 8]), ("l1/b", [8]), ("l2/w", [8, 2]), ("l2/b", [2])))
    assert model is not None
    assert (model.is_weight, model.confidence, model.parameters) == (True, Confidence.PROBABLE, 58)
    climate = found_in(together(("time", [12]), ("lat", [9]), ("air", [12, 9])))
    assert climate is not None
    assert (climate.is_weight, climate.confidence) == (False, Confidence.CERTAIN)


@pytest.mark.parametrize(
    "content",
    [
        as_json({"chunks": ["a.js", "b.js"], "files": {}}),
        as_json({"shape": [1, 2], "name": "a box"}),
        as_json({"tree_metadata": [1]}),
        b"\x0c\xdb\x3a\x2a" + bytes(100),
        b"\x0c\xdb\x20\xde" + b"\xff" * 100,
        b"\x28\xb5\x2f\xfd" + bytes(1000),
    ],
)
def test_other_content_is_not_taken_for_it(content: bytes) -> None:
    detection = found_in(content, "manifest.ocdbt")
    assert detection is None or detection.format not in {"ocdbt", "orbax", "zarr-array"}


def test_every_cut_and_damaged_byte_gives_an_answer() -> None:
    for content in (NAMES, MANIFEST, NODE, as_json(ZARR)):
        for position in range(0, len(content), 2):
            found_in(content[:position])
            for byte in (0x00, 0xFF):
                found_in(content[:position] + bytes([byte]) + content[position + 1 :])


def test_endless_files_are_left_in_time() -> None:
    begun = time.process_time()
    found_in(b"\x28\xb5\x2f\xfd" + b"\x0c\xdb\x20\xde" * 1_000_000)
    found_in(b'{"tree_metadata": ' + b"[" * 300_000)
    found_in(as_json({"chunks": [1] * 8, "shape": [2**50] * 8, "dtype": "<f4", "zarr_format": 2}))
    assert time.process_time() - begun < 10
