"""Qualcomm's containers: a zip with a graph, its parameters and what made them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import pytest

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader
from rules.facts import Confidence, Detection, LicenseStatement, LoadingSafety

WORDS = (
    b"converter-command=snpe-onnx-to-dlc adjust_nms=True input=x.onnx\nmodel-version=1.2\nmodel-copyright=Copyright X\n"
)


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


def archive(**members: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as file:
        for name, content in members.items():
            file.writestr(name.replace("__", "."), content)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("graph", "parameters"),
    [
        (b"\x20\0\0\0NETD" + bytes(64), b"\x20\0\0\0NETP" + bytes(64)),
        (b"\xd5\x0a\x03\0\0\0\0\0\x20\0\0\0NETD" + bytes(64), b"\xd5\x0a\x03\0\0\0\0\0\x20\0\0\0NETP" + bytes(64)),
        (b"\xd5\x0a\x04\0\x01\0\0\0\x20\0\0\0NETD" + bytes(64), b"\xd5\x0a\x04\0\x01\0\0\0\x20\0\0\0NR64" + bytes(64)),
        (b"\xd5\x0a\x02\0\0\0" + bytes(64), b"\xd5\x0a\x02\0\0\0" + bytes(64)),
    ],
)
def test_a_container_is_told_by_its_members_whatever_its_name(graph: bytes, parameters: bytes) -> None:
    detection = found_in(archive(model=graph, model__params=parameters, dlc__metadata=WORDS))
    assert detection is not None
    assert (detection.format, detection.is_weight, detection.confidence) == ("snpe-dlc", True, Confidence.CERTAIN)
    assert detection.metadata == {"producer": "snpe-onnx-to-dlc", "version": "1.2"}
    assert detection.licenses == (LicenseStatement("model-copyright", "Copyright X"),)
    assert detection.loading.safety is LoadingSafety.SAFE


def test_a_graph_alone_is_no_weight() -> None:
    detection = found_in(archive(model=b"\x20\0\0\0NETD" + bytes(64)))
    assert detection is not None
    assert not detection.is_weight


def test_other_archives_with_such_names_are_not_taken_for_it() -> None:
    assert found_in(archive(model=b"class Model: pass", model__params=b"a = 1"), "x.dlc") is None
    assert found_in(archive(readme=b"hello"), "x.dlc") is None


def test_a_damaged_container_gets_an_answer(damaged_everywhere: Callable[[bytes], None]) -> None:
    damaged_everywhere(archive(model=b"\x20\0\0\0NETD" + bytes(64), dlc__metadata=WORDS))
