"""Objects of .NET libraries, laid out field by field after [MS-NRBF]."""

from __future__ import annotations

import struct

import pytest

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader
from rules.facts import Confidence, Detection, LoadingSafety


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


def text(value: str) -> bytes:
    return bytes([len(value)]) + value.encode()


def serialized(*class_names: str, library: str = "Accord.MachineLearning, Version=3.8.0.0") -> bytes:
    """A header, a library, objects of these classes without members, and the end."""
    content = b"\0" + struct.pack("<iiii", 1, -1, 1, 0) + b"\x0c" + struct.pack("<i", 2) + text(library)
    for number, name in enumerate(class_names, 1):
        content += b"\x05" + struct.pack("<i", number) + text(name) + struct.pack("<ii", 0, 2)
    return content + b"\x0b"


def test_a_machine_of_accord_is_told_by_its_class_and_runs_code() -> None:
    detection = found_in(serialized("Accord.MachineLearning.VectorMachines.SupportVectorMachine"))
    assert detection is not None
    assert (detection.format, detection.is_weight, detection.confidence) == (
        "dotnet-serialized", True, Confidence.CERTAIN)  # fmt: skip
    assert detection.metadata["producer"] == "Accord.NET"
    assert detection.loading.safety is LoadingSafety.EXECUTES_CODE


def test_a_gadget_under_the_name_of_a_model_is_dangerous() -> None:
    content = serialized("System.Windows.Data.ObjectDataProvider", library="PresentationFramework")
    detection = found_in(content, "svm.model")
    assert detection is not None
    assert (detection.confidence, detection.loading.safety) == (Confidence.POSSIBLE, LoadingSafety.DANGEROUS)
    assert found_in(content, "settings.resources") is None


@pytest.mark.parametrize(
    "content",
    [
        serialized("Contoso.Shop.Basket", library="Contoso.Shop"),
        serialized(),
        b"\0\1\0\0\0\xff\xff\xff\xff\1" + bytes(90),
    ],
)
def test_other_objects_are_no_model(content: bytes) -> None:
    assert found_in(content, "basket.model") is None


def test_a_cut_machine_is_known_by_its_class() -> None:
    content = serialized("Accord.Statistics.Models.Regression.LogisticRegression")
    detection = found_in(content[:-6])
    assert detection is not None
    assert detection.loading.safety is LoadingSafety.EXECUTES_CODE
