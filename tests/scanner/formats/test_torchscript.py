"""TorchScript programs made by PyTorch: what they hold, and what they call when they run."""

from __future__ import annotations

import io
import time
import zipfile
from pathlib import Path

import pytest

from bot.scanner.detect import detect
from bot.scanner.formats import torchscript
from bot.scanner.formats._torch_operators import operators_in_source
from bot.scanner.readers import BoundedReader, BytesReader, FileReader
from rules.facts import Confidence, Detection, LoadingSafety

DATA = Path(__file__).parent / "data"
with zipfile.ZipFile(DATA / "state_dict.pt") as _archive:
    MODEL = _archive.read(next(name for name in _archive.namelist() if name.endswith("/data.pkl")))
"""The pickle of a checkpoint, whose numbers lie beside it."""


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


def read_alone(content: bytes) -> Detection | None:
    return torchscript.recognise("x", BoundedReader(BytesReader(content), 2**25))


def archived(**members: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in members.items():
            archive.writestr(f"model/{name}", content)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("name", "title"), [("scripted.pt", "TorchScript"), ("lite.ptl", "TorchScript (lite interpreter)")]
)
def test_a_program_with_numbers_is_a_weight_that_runs_code(name: str, title: str) -> None:
    detection = detect("renamed.dat", FileReader(DATA / name))
    assert detection is not None
    assert (detection.format, detection.title) == ("torchscript", title)
    assert (detection.is_weight, detection.confidence) == (True, Confidence.CERTAIN)
    assert (detection.parameters, detection.tensors) == (178, 4)
    assert detection.loading.safety is LoadingSafety.EXECUTES_CODE
    assert not any("__torch__" in reason for reason in detection.loading.reasons)


@pytest.mark.parametrize(("name", "operator"), [("reads_file.pt", "aten::from_file"), ("writes_file.pt", "aten::save")])
def test_a_program_that_reaches_for_files_is_dangerous(name: str, operator: str) -> None:
    detection = detect("model.pt", FileReader(DATA / name))
    assert detection is not None
    assert detection.is_weight
    assert detection.loading.safety is LoadingSafety.DANGEROUS
    assert operator in detection.loading.reasons[0]


def test_an_operator_of_somebody_else_is_named() -> None:
    detection = read_alone((DATA / "custom_operator.pt").read_bytes())
    assert detection is not None
    assert detection.loading.safety is LoadingSafety.EXECUTES_CODE
    assert "mylib::twist" in detection.loading.reasons[-1]
    # It was traced with eight numbers, which are no trained ones.
    assert (detection.is_weight, detection.parameters) == (False, None)


def test_a_program_without_numbers_is_not_called_an_archive_of_weights_for_its_example() -> None:
    for name in ("custom_operator.pt", "data.bin"):
        detection = detect(name, FileReader(DATA / "custom_operator.pt"))
        assert detection is not None
        assert (detection.format, detection.is_weight) == ("torchscript", False)


def test_other_weights_in_a_program_without_numbers_are_found() -> None:
    state = (DATA / "state_dict.pt").read_bytes()
    for hidden in ({"other.bin": state}, {"traced_inputs.pkl": MODEL, "traced_inputs/0": bytes(5 * 2**20)}):
        content = archived(**{"data.pkl": b"\x80\x02}.", "code/a.py": b"x = 1\n", **hidden})
        detection = found_in(content)
        assert detection is not None
        assert (detection.format, detection.is_weight, detection.confidence) == ("zip", True, Confidence.CERTAIN)


@pytest.mark.parametrize(
    ("source", "operators"),
    [
        (b"x = torch.add(a, b)\ny = ops.prim.NumToTensor(z)", set()),
        (b"x = self.torch.save\n", set()),
        (b"x = torch . save (a, 'b')", {"aten::save"}),
        (b"x = ops.aten.from_file(a)", {"aten::from_file"}),
        (b"x = ops.\\\n aten.save(a)", {"aten::save"}),
        (b"rpc_sync(to, f, args)", {"prim::rpc_sync"}),
        (b"p : __torch__.torch.classes.quantized.Conv2dPackedParamsBase", set()),
        (b"p : __torch__.torch.classes.mine.Runner", {"mine::Runner"}),
        (b"ops.torchvision.nms(a, b, 0.5)", {"torchvision::nms"}),
    ],
)
def test_calls_are_found_in_source(source: bytes, operators: set[str]) -> None:
    assert operators_in_source(source) == operators


def test_a_program_that_cannot_be_read_is_unknown() -> None:
    content = bytearray(archived(**{"data.pkl": b"\x80\x02}.", "code/a.py": b"x = 1\n" * 100, "data/0": bytes(16)}))
    place = content.rfind(b"model/code/a.py") - 46
    content[place + 10] = 77  # a way of compressing that nobody knows
    detection = read_alone(bytes(content))
    assert detection is not None
    assert detection.loading.safety is LoadingSafety.UNKNOWN


@pytest.mark.parametrize(
    "members",
    [
        {"code/a.py": b"print(1)"},
        {"data.pkl.txt": b"x", "src/code/a.py": b""},
        {"data.pkl": b"\x80\x02}."},
    ],
)
def test_other_archives_are_not_taken_for_it(members: dict[str, bytes]) -> None:
    detection = found_in(archived(**members), "model.ptl")
    assert detection is None or detection.format != "torchscript"


def test_a_program_of_many_files_is_left_in_time() -> None:
    files = {f"code/{number}.py": b"torch . " * 500 for number in range(800)}
    content = archived(**{"data.pkl": b"\x80\x02}."}, **files)
    begun = time.process_time()
    detection = read_alone(content)
    assert time.process_time() - begun < 8
    assert detection is not None


def test_every_cut_and_change_gives_an_answer() -> None:
    content = (DATA / "reads_file.pt").read_bytes()
    for place in range(0, len(content), 3):
        read_alone(content[:place])
        read_alone(content[:place] + b"\xff" + content[place + 1 :])
