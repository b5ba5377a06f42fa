"""Archives of torch.export and AOTInductor: made by PyTorch, laid out as it does, damaged and hostile."""

from __future__ import annotations

import io
import json
import pickle
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest

from bot.scanner.detect import detect
from bot.scanner.formats import torch_export
from bot.scanner.readers import BoundedReader, BytesReader
from rules.facts import Confidence, Detection, LoadingSafety

DATA = Path(__file__).parent / "data"
EXPORTED = (DATA / "exported.pt2").read_bytes()


def read_alone(content: bytes) -> Detection | None:
    return torch_export.recognise("x", BoundedReader(BytesReader(content), 2**25))


def archived(members: dict[str, bytes], folder: str = "model/") -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in members.items():
            archive.writestr(folder + name, content)
    return stream.getvalue()


class Calls:
    """Pickles as a call of something; never unpickled."""

    def __reduce__(self) -> Any:
        return print, ("never",)


@pytest.mark.parametrize("name", ["model.pt2", "data.bin"])
def test_an_exported_graph_is_told_by_its_archive_whatever_its_name(name: str) -> None:
    detection = detect(name, BytesReader(EXPORTED))
    assert detection is not None
    assert (detection.format, detection.is_weight, detection.confidence) == ("torch-export", True, Confidence.CERTAIN)
    assert (detection.parameters, detection.tensors) == (178, 4)
    assert detection.metadata == {"dtypes": "float32 (4)"}
    # Its example inputs are a pickle.
    assert detection.loading.safety is LoadingSafety.EXECUTES_CODE


def test_a_compiled_package_runs_native_code() -> None:
    folder = "data/aotinductor/model/"
    detection = read_alone(
        archived(
            {
                "archive_format": b"pt2",
                f"{folder}cabc.wrapper.cpp": b"// generated",
                f"{folder}cabc.wrapper.so": b"\x7fELF" + bytes(300),
                "archive_version": b"0",
            }
        )
    )
    assert detection is not None
    assert (detection.is_weight, detection.title) == (True, "AOTInductor package")
    assert detection.loading.safety is LoadingSafety.EXECUTES_CODE
    assert "cabc.wrapper.so" in detection.loading.reasons[0]


def test_the_layout_of_the_first_versions_is_known_too() -> None:
    numbers = (DATA / "state_dict.pt").read_bytes()
    members = {
        "serialized_exported_program.json": b'{"graph_module": {}}',
        "serialized_state_dict.pt": numbers,
        "serialized_constants.pt": archived({"data.pkl": pickle.dumps({}, 2)}),
        "version": b"5.1",
    }
    detection = read_alone(archived(members, folder=""))
    assert detection is not None
    assert (detection.format, detection.is_weight, detection.parameters) == ("torch-export", True, 178)


@pytest.mark.parametrize(
    ("graph", "safety", "named"),
    [
        (b'{"target": "torch.ops.aten.from_file.default"}', LoadingSafety.DANGEROUS, "aten::from_file"),
        (b'{"target": "torch.ops.mylib.twist.default"}', LoadingSafety.EXECUTES_CODE, "mylib::twist"),
        (b"{\"expr_str\": \"__import__('os').system('true')\"}", LoadingSafety.DANGEROUS, "formula"),
        (b'{"expr_str": "Max(2, s0 + 4*s1)"}', LoadingSafety.EXECUTES_CODE, ""),
    ],
)
def test_what_a_graph_calls_is_read(graph: bytes, safety: LoadingSafety, named: str) -> None:
    members = {"archive_format": b"pt2", "models/model.json": graph, "data/weights/weight_0": bytes(64)}
    detection = read_alone(archived({**members, "data/sample_inputs/model.pt": archived({"data.pkl": b"\x80\x02}."})}))
    assert detection is not None
    assert detection.loading.safety is safety
    assert any(named in reason for reason in detection.loading.reasons)


def test_a_pickle_inside_that_calls_is_not_passed_over() -> None:
    inner = archived({"data.pkl": pickle.dumps(Calls(), 2)})
    detection = read_alone(archived({"archive_format": b"pt2", "data/sample_inputs/model.pt": inner}))
    assert detection is not None
    assert any("print" in reason for reason in detection.loading.reasons)


def test_a_part_that_cannot_be_read_is_never_called_safe() -> None:
    detection = read_alone(archived({"archive_format": b"pt2", "data/constants/a.pt": b"no checkpoint"}))
    assert detection is not None
    assert detection.loading.safety is LoadingSafety.UNKNOWN


def test_a_graph_without_numbers_is_no_weight() -> None:
    detection = read_alone(archived({"archive_format": b"pt2", "models/model.json": b"{}"}))
    assert detection is not None
    assert (detection.is_weight, detection.loading.safety) == (False, LoadingSafety.SAFE)


@pytest.mark.parametrize(
    "members", [{"archive_format": b"tar"}, {"archive_format": b"pt2" * 40}, {"models/model.json": b"{}"}]
)
def test_other_archives_are_none(members: dict[str, bytes]) -> None:
    assert read_alone(archived(members)) is None


@pytest.mark.parametrize(
    "config",
    [
        b"[" * 100_000,
        json.dumps({"config": {"w": {"tensor_meta": {"sizes": [{"as_int": 2**70}]}}}}).encode(),
        json.dumps({"config": {"w": {"tensor_meta": {"sizes": [{"as_int": "x"}] * 5}}}}).encode(),
        json.dumps({"config": [1]}).encode(),
    ],
)
def test_a_hostile_list_of_tensors_is_not_counted(config: bytes) -> None:
    begun = time.process_time()
    members = {
        "archive_format": b"pt2",
        "data/weights/model_weights_config.json": config,
        "data/weights/weight_0": b"x",
    }
    detection = read_alone(archived(members))
    assert detection is not None
    assert (detection.is_weight, detection.parameters) == (True, None)
    assert time.process_time() - begun < 5


def test_every_cut_and_change_gives_an_answer() -> None:
    for place in range(0, len(EXPORTED), 23):
        read_alone(EXPORTED[:place])
        read_alone(EXPORTED[:place] + b"\xff" + EXPORTED[place + 1 :])
