"""Graphs that OpenVINO writes, whose numbers lie beside them, and models that it compiled."""

from __future__ import annotations

import struct
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader
from rules.facts import Confidence, Detection, LoadingSafety

DATA = Path(__file__).parent / "data"
GRAPH = (DATA / "tiny_openvino.xml").read_bytes()
COMPILED = (DATA / "tiny_openvino.blob").read_bytes()
OLD = b"""<?xml version="1.0" ?>
<net name="old" version="7" batch="1"><layers>
<layer id="0" name="conv" type="Convolution" precision="FP32"><data group="1"/>
<blobs><weights offset="0" size="432"/><biases offset="432" size="16"/></blobs></layer>
</layers></net>"""


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


def test_a_graph_stands_for_the_numbers_beside_it() -> None:
    detection = found_in(GRAPH, "models/tiny.xml")
    assert detection is not None
    assert (detection.format, detection.is_weight, detection.confidence) == ("openvino", True, Confidence.CERTAIN)
    assert (detection.tensors, detection.parameters) == (5, 439)
    assert detection.companions == ("tiny.bin",)
    assert detection.metadata["external_data"] == "1,764 bytes"
    assert detection.metadata["dtypes"] == "f32 (4), i64 (1)"
    assert detection.loading.safety is LoadingSafety.SAFE


def test_a_graph_is_told_whatever_its_name() -> None:
    detection = found_in(GRAPH)
    assert detection is not None
    assert (detection.confidence, detection.companions) == (Confidence.CERTAIN, ())


def test_a_graph_of_before_version_10_keeps_its_numbers_with_the_layers() -> None:
    detection = found_in(OLD, "old.xml")
    assert detection is not None
    assert (detection.is_weight, detection.tensors) == (True, 2)
    assert detection.metadata["external_data"] == "448 bytes"


def test_a_layer_of_an_extension_needs_a_library() -> None:
    detection = found_in(GRAPH.replace(b'type="ReLU" version="opset1"', b'type="Mine" version="my_ops"'))
    assert detection is not None
    assert detection.loading.safety is LoadingSafety.EXECUTES_CODE
    assert "my_ops Mine" in detection.loading.reasons[0]


def test_a_graph_without_numbers_is_no_weight() -> None:
    detection = found_in(GRAPH.replace(b'type="Const"', b'type="Parameter"'))
    assert detection is not None
    assert not detection.is_weight


def test_a_tokenizer_holds_words_and_no_trained_numbers() -> None:
    words = GRAPH.replace(b'element_type="f32"', b'element_type="u8"').replace(
        b'type="ReLU" version="opset1"', b'type="BPETokenizer" version="extension"'
    )
    detection = found_in(words)
    assert detection is not None
    assert (detection.is_weight, detection.loading.safety) == (False, LoadingSafety.EXECUTES_CODE)


def test_a_compiled_model_is_told_by_its_mark() -> None:
    detection = found_in(COMPILED)
    assert detection is not None
    assert (detection.is_weight, detection.confidence) == (True, Confidence.CERTAIN)
    assert detection.loading.safety is LoadingSafety.UNKNOWN


@pytest.mark.parametrize(
    "content",
    [
        b'<?xml version="1.0"?>\n<net version="1.16" junctionCornerDetail="5"><location netOffset="0"/><edge/></net>',
        b'<?xml version="1.0"?><pnml><net id="n" type="ptnet"><place id="p"/></net></pnml>',
        b'<?xml version="1.0"?><net name="x"><layers></layers></net>',
        b"<net ",
    ],
    ids=["road network", "petri net", "no layer", "beginning"],
)
def test_other_xml_is_not_taken_for_it(content: bytes) -> None:
    assert found_in(content, "x.xml") is None


@pytest.mark.parametrize("word", [b"<layer ", b'<layer type="a" ', b"<layer a><data ", b'<layer a="' + b"b" * 300])
def test_xml_that_promises_endless_work_is_left_in_time(word: bytes) -> None:
    content = b'<?xml version="1.0"?><net name="a" version="11"><layers>' + word * (2**20 // len(word))
    begun = time.process_time()
    found_in(content, "a.xml")
    assert time.process_time() - begun < 10


def test_a_damaged_graph_gets_an_answer(damaged_everywhere: Callable[[bytes], None]) -> None:
    cut = found_in(GRAPH[:3000])
    assert cut is not None
    assert (cut.confidence, cut.parameters) == (Confidence.PROBABLE, None)
    damaged_everywhere(GRAPH)


def test_a_model_for_a_vision_processor_is_told_by_two_marks_and_its_length() -> None:
    head = b"\x7fELF" + bytes(30)
    content = head + struct.pack("<6I", 9709, 1000, 6, 0, 1, 1)
    detection = found_in(content.ljust(1000, b"\1"))
    assert detection is not None
    assert (detection.format, detection.is_weight, detection.confidence) == ("openvino", True, Confidence.PROBABLE)
    assert found_in(content.ljust(1001, b"\1")) is None
