"""HDF5 files made by h5py in the manner of Keras and of laboratories, whole, damaged and hostile."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import h5py
import numpy as np
import pytest

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader
from rules.facts import Confidence, Detection, LoadingSafety

LAMBDA: dict[str, object] = {"class_name": "Lambda", "config": {"name": "sneaky", "function": ["4wEAAAA="]}}


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


def written(fill: Callable[[h5py.File], object], **options: Any) -> bytes:
    stream = io.BytesIO()
    with h5py.File(stream, "w", **options) as file:
        fill(file)
    return stream.getvalue()


def keras(file: h5py.File, *extra: dict[str, object], layers: int = 30) -> None:
    names = [f"dense_{number}" for number in range(layers)]
    described = [{"class_name": "Dense", "config": {"name": name}} for name in names]
    file.attrs["keras_version"] = "2.15.0"
    file.attrs["backend"] = "tensorflow"
    file.attrs["model_config"] = json.dumps({"class_name": "Functional", "config": {"layers": [*described, *extra]}})
    group = file.create_group("model_weights")
    group.attrs["layer_names"] = [name.encode() for name in names]
    for name in names:
        layer = group.create_group(name)
        layer.attrs["weight_names"] = [f"{name}/kernel:0".encode(), f"{name}/bias:0".encode()]
        layer[f"{name}/kernel:0"] = np.ones((4, 8), np.float32)
        layer[f"{name}/bias:0"] = np.ones(8, np.float16)
    file["optimizer_weights/Adam/m"] = np.ones(1000, np.float32)


@pytest.mark.parametrize("options", [{}, {"userblock_size": 512}, {"track_order": True}, {"libver": "latest"}])
def test_a_keras_model_is_told_by_its_attributes_whatever_its_name(options: dict[str, Any]) -> None:
    detection = found_in(written(keras, **options), "renamed.txt")
    assert detection is not None
    assert (detection.format, detection.is_weight, detection.confidence) == ("hdf5", True, Confidence.CERTAIN)
    assert (detection.tensors, detection.parameters) == (60, 30 * 40)
    assert detection.metadata == {
        "producer": "Keras 2.15.0 on tensorflow",
        "architecture": "Functional",
        "dtypes": "float16 (30), float32 (30)",
    }
    assert detection.loading.safety is LoadingSafety.SAFE
    assert detection.remarks == ()


@pytest.mark.parametrize("options", [{}, {"userblock_size": 1024}, {"track_order": True}, {"libver": "latest"}])
def test_a_lambda_layer_is_named(options: dict[str, Any]) -> None:
    detection = found_in(written(lambda file: keras(file, LAMBDA), **options))
    assert detection is not None
    assert detection.loading.safety is LoadingSafety.EXECUTES_CODE
    assert "sneaky" in detection.loading.reasons[0]


def test_an_attribute_that_cannot_be_read_is_said_and_never_called_safe() -> None:
    def fill(file: h5py.File) -> None:
        keras(file, layers=3)
        file["kind of number"] = np.dtype(np.int32)
        file.attrs.create("of that kind", 3, dtype=file["kind of number"])

    detection = found_in(written(fill))
    assert detection is not None
    assert (detection.is_weight, detection.parameters) == (True, None)
    assert detection.remarks == ("Some of its names are kept in a manner that is not read here.",)
    assert detection.loading.safety is LoadingSafety.UNKNOWN


@pytest.mark.parametrize("layers", [9, 400, 2000])
@pytest.mark.parametrize("length", [1, 150])
def test_groups_of_many_are_read_to_the_end(layers: int, length: int) -> None:
    """The newest version of the library keeps them in a heap of blocks, named by a tree of several levels."""

    def fill(file: h5py.File) -> None:
        file.attrs["keras_version"] = "2.15.0"
        group = file.create_group("model_weights")
        for number in range(layers):
            group[f"dense_{number}{'x' * length}"] = np.ones((2, 3), np.float32)

    detection = found_in(written(fill, libver="latest"))
    assert detection is not None
    assert (detection.tensors, detection.parameters, detection.remarks) == (layers, layers * 6, ())


@pytest.mark.parametrize("size", [100, 3000, 200_000])
def test_a_lambda_layer_among_many_attributes_is_named_whatever_its_length(size: int) -> None:
    def fill(file: h5py.File) -> None:
        for number in range(300):
            file.attrs[f"filler {number}"] = np.bytes_(b"x" * number)
        keras(file, layers=3)
        described = {"class_name": "Sequential", "config": [{"name": "y" * size}, LAMBDA]}
        file.attrs["model_config"] = np.bytes_(json.dumps(described).encode())

    detection = found_in(written(fill, libver="latest"))
    assert detection is not None
    assert detection.loading.safety is LoadingSafety.EXECUTES_CODE
    assert detection.metadata["architecture"] == "Sequential"


def test_weights_of_keras_3_are_told_by_their_paths() -> None:
    def fill(file: h5py.File) -> None:
        for number in range(20):
            file[f"layers/dense_{number}/vars/0"] = np.ones((8, 8), np.float32)
        file["optimizer/vars/0"] = np.int64(3)

    detection = found_in(written(fill))
    assert detection is not None
    assert (detection.is_weight, detection.confidence) == (True, Confidence.CERTAIN)
    assert detection.parameters == 20 * 64


def test_a_description_without_numbers_is_no_weight() -> None:
    detection = found_in(written(lambda file: file.attrs.update({"keras_version": "2.15.0", "model_config": "{}"})))
    assert detection is not None
    assert not detection.is_weight


def test_a_description_that_is_no_json_is_never_called_safe() -> None:
    def fill(file: h5py.File) -> None:
        keras(file)
        file.attrs["model_config"] = "{" * 100_000

    detection = found_in(written(fill))
    assert detection is not None
    assert detection.loading.safety is LoadingSafety.UNKNOWN


def test_measurements_are_no_weights() -> None:
    def fill(file: h5py.File) -> None:
        file["temperature"] = np.ones(100)
        file["weight"] = np.ones(3)
        file.create_dataset("image", data=np.zeros((1000, 1000)), compression="gzip")
        file["notes"] = "a text"

    detection = found_in(written(fill), "experiment.h5")
    assert detection is not None
    assert (detection.format, detection.is_weight, detection.confidence) == ("hdf5", False, Confidence.CERTAIN)


def test_layers_of_other_libraries_are_probably_weights() -> None:
    def fill(file: h5py.File) -> None:
        file["encoder/l1/W"] = np.ones((4, 8), np.float32)
        file["encoder/l1/b"] = np.ones(4, np.float32)
        file["encoder/l2/W"] = np.ones((2, 4), np.float32)
        file["encoder/l2/b"] = np.ones(2, np.float32)
        file["steps"] = 12

    detection = found_in(written(fill))
    assert detection is not None
    assert (detection.is_weight, detection.confidence) == (True, Confidence.PROBABLE)
    assert detection.remarks == ("The names and shapes of its arrays speak for weights.",)


def test_an_experiment_with_names_of_keras_but_nothing_of_it_is_no_keras_model() -> None:
    def fill(file: h5py.File) -> None:
        file.create_group("model_weights")
        file["sensor/kernel"] = np.ones((100, 3))
        file["layer_0/thickness"] = np.ones((50, 50), np.float32)
        file["bias"] = np.ones(10)
        file["optimizer/step"] = np.arange(20)
        file.attrs["backend"] = "nidaq"

    detection = found_in(written(fill), "exp.h5")
    assert detection is None or detection.confidence is Confidence.POSSIBLE or not detection.is_weight


def test_the_numbers_of_a_whole_model_are_in_a_group_of_keras() -> None:
    def fill(file: h5py.File) -> None:
        file["model_weights/dense/dense/kernel:0"] = np.ones((4, 8), np.float32)

    detection = found_in(written(fill))
    assert detection is not None
    assert (detection.is_weight, detection.title) == (True, "Keras model (HDF5)")


def test_a_cell_count_table_and_a_climate_are_no_weights() -> None:
    """In the manner of AnnData, NetCDF and NeXus: columns of equal length, axes and their names."""

    def cells(file: h5py.File) -> None:
        file.attrs["encoding-type"] = "anndata"
        file["X"] = np.ones((50, 20), np.float32)
        file["obs/weight"] = np.ones(50)
        file["var/bias"] = np.ones(20)
        file["layers/counts"] = np.ones((50, 20), np.float32)
        file["varm/PCs"] = np.ones((20, 5))
        file["uns/params/kernel"] = np.ones((3, 3))
        file["uns/params/bias"] = np.ones(3)

    def climate(file: h5py.File) -> None:
        file.attrs["Conventions"] = "CF-1.8"
        for name, size in (("time", 12), ("lat", 9), ("lon", 18)):
            file[name] = np.ones(size)
            file[name].make_scale(name)
        for name in ("w", "bias", "weights", "t2m"):
            file[name] = np.ones((12, 9, 18), np.float32)
        file["kernel"] = np.ones((9, 18), np.float32)
        file["bias of kernel"] = np.ones(9, np.float32)

    def instrument(file: h5py.File) -> None:
        file.attrs["NX_class"] = "NXroot"
        file["entry/detector/data"] = np.ones((30, 40), np.float32)
        file["entry/detector/kernel"] = np.ones((3, 3))
        file["strain/Strain"] = np.ones(4096)

    for fill in (cells, climate, instrument):
        for options in ({}, {"libver": "latest"}):
            detection = found_in(written(fill, **options), "model.h5")
            assert detection is not None
            assert (detection.is_weight, detection.confidence) == (False, Confidence.CERTAIN), fill


def test_a_matlab_file_is_named_and_left_to_others() -> None:
    stream = io.BytesIO(written(lambda file: file.update({"x": np.ones((3, 4))}), userblock_size=512))
    stream.write(b"MATLAB 7.3 MAT-file, Platform: GLNXA64")
    detection = found_in(stream.getvalue())
    assert detection is not None
    assert (detection.title, detection.is_weight) == ("MATLAB file (HDF5)", False)
    assert detection.confidence is Confidence.PROBABLE


def test_a_damaged_heap_or_tree_gives_an_answer() -> None:
    content = bytearray(written(lambda file: keras(file, layers=12), libver="latest"))
    for mark in (b"FRHP", b"FHDB", b"BTHD", b"BTLF"):
        begin = content.index(mark)
        for offset in range(0, 150, 3):
            for byte in (0x00, 0xFF):
                changed = bytes(content[: begin + offset] + bytes([byte]) + content[begin + offset + 1 :])
                detection = found_in(changed)
                assert detection is not None
                assert detection.format == "hdf5"


def test_links_to_files_elsewhere_are_dangerous() -> None:
    def linked(file: h5py.File) -> None:
        keras(file, layers=3)
        file["model_weights/more"] = h5py.ExternalLink("../../secret.h5", "/a")

    def outside(file: h5py.File) -> None:
        keras(file)
        file.create_dataset("stolen", (10,), "f4", external=[("/etc/passwd", 0, 40)])

    for fill, name in ((linked, "../../secret.h5"), (outside, "/etc/passwd")):
        detection = found_in(written(fill))
        assert detection is not None
        assert detection.loading.safety is LoadingSafety.DANGEROUS
        assert name in detection.loading.reasons[0]


@pytest.mark.parametrize("part", [0.05, 0.3, 0.6, 0.99])
def test_a_truncated_model_is_reported_and_not_called_safe_unread(part: float) -> None:
    content = written(keras)
    detection = found_in(content[: int(len(content) * part)])
    assert detection is not None
    assert detection.is_weight
    assert detection.confidence < Confidence.CERTAIN
    assert "cut off" in detection.remarks[0]


def test_a_group_that_holds_itself_is_read_once() -> None:
    def fill(file: h5py.File) -> None:
        keras(file)
        file["model_weights/again"] = file["/"]

    detection = found_in(written(fill))
    assert detection is not None
    assert detection.parameters == 30 * 40


@pytest.mark.parametrize("content", [b"\x89HDF", b"\x89PNG\r\n\x1a\n" + bytes(600), b"HDF5 is a format"])
def test_other_content_is_not_taken_for_it(content: bytes) -> None:
    assert found_in(content, "model.weights.h5") is None


def test_a_lambda_layer_behind_many_attributes_is_named() -> None:
    def fill(file: h5py.File) -> None:
        for number in range(300):
            file.attrs[f"filler {number:03}"] = "x"
        keras(file, LAMBDA, layers=3)

    detection = found_in(written(fill))
    assert detection is not None
    assert detection.loading.safety is LoadingSafety.EXECUTES_CODE
