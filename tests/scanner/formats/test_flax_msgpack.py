"""Trees of arrays that Flax wrote, and other MessagePack."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader
from rules.facts import Confidence, Detection, LoadingSafety

DATA = Path(__file__).parent / "data"
DENSE = (DATA / "dense.msgpack").read_bytes()
STATE = (DATA / "train_state.msgpack").read_bytes()


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


def text(value: str) -> bytes:
    raw = value.encode()
    return bytes([0xD9, len(raw)]) + raw


def array(shape: tuple[int, ...], kind: str, content: bytes) -> bytes:
    sides = bytes([0x90 | len(shape)]) + b"".join(b"\xcd" + side.to_bytes(2, "big") for side in shape)
    inside = b"\x93" + sides + text(kind) + b"\xc6" + len(content).to_bytes(4, "big") + content
    return b"\xc9" + len(inside).to_bytes(4, "big") + b"\x01" + inside


def test_a_tree_of_layers_is_told_by_its_structure_whatever_its_name() -> None:
    for name in ("flax_model.msgpack", "data.bin"):
        detection = found_in(DENSE, name)
        assert detection is not None
        assert (detection.format, detection.is_weight) == ("flax-msgpack", True)
        assert detection.confidence is Confidence.CERTAIN
        assert (detection.tensors, detection.parameters) == (4, 58)
        assert detection.metadata == {"dtypes": "float32 (4)"}
        assert detection.loading.safety is LoadingSafety.SAFE


def test_the_state_of_a_training_is_not_counted() -> None:
    detection = found_in(STATE)
    assert detection is not None
    assert (detection.is_weight, detection.parameters) == (True, 58)


def test_an_array_in_pieces_is_one_array() -> None:
    detection = found_in((DATA / "chunked.msgpack").read_bytes())
    assert detection is not None
    assert detection.is_weight
    assert (detection.tensors, detection.parameters) == (3, 64 + 8 + 16)


def test_names_of_folders_are_an_index() -> None:
    content = b"\x81" + text("params") + b"\x82"
    content += text("kernel") + text("PLACEHOLDER://params.kernel") + text("bias") + text("PLACEHOLDER://../../secret")
    detection = found_in(content, "checkpoint")
    assert detection is not None
    assert (detection.is_weight, detection.confidence) == (True, Confidence.PROBABLE)
    assert detection.companions == ("params.kernel/",)


def test_what_a_network_is_fed_with_is_at_most_possible() -> None:
    numbers = bytes(4 * 8 * 16)
    content = b"\x82" + text("observation") + array((8, 16), "float32", numbers)
    content += text("reward") + array((8,), "float32", bytes(32))
    detection = found_in(content, "obs.msgpack")
    assert detection is not None
    assert detection.confidence is Confidence.POSSIBLE
    other = found_in(content.replace(b"observation", b"perceptron1"))
    assert other is not None
    assert other.confidence is Confidence.PROBABLE


def test_whole_numbers_and_scalars_are_no_weights() -> None:
    content = b"\x82" + text("step") + array((), "int32", bytes(4)) + text("labels") + array((2, 8), "int32", bytes(64))
    detection = found_in(content)
    assert detection is not None
    assert not detection.is_weight


@pytest.mark.parametrize("kept", [80, 150, 250, 300])
def test_a_truncated_tree_is_reported(kept: int) -> None:
    detection = found_in(DENSE[:kept])
    assert detection is None or detection.confidence is Confidence.PROBABLE
    assert kept < 150 or (detection is not None and detection.remarks == ("It is cut off or damaged.",))


@pytest.mark.parametrize(
    "content",
    [
        b"\x82" + text("name") + text("a value") + text("count") + b"\x05",
        b"\x81" + text("when") + b"\xd6\xff" + bytes(4),
        b"\x81" + text("x") + b"\xc7\x05\x01hello",
        b"\x81" + text("x") + array((1000, 1000), "float32", bytes(16)),
        b"\x81" + text("x") + array((4, 4), "no type", bytes(64)),
        "\x82\xa0abc".encode("latin-1") * 100,
    ],
    ids=["texts", "a time", "another extension", "too short an array", "another type", "text of another encoding"],
)
def test_other_data_is_not_taken_for_it(content: bytes) -> None:
    assert found_in(content, "flax_model.msgpack") is None


def test_every_cut_and_damaged_byte_gives_an_answer() -> None:
    for content in (DENSE, STATE[:200]):
        for position in range(len(content)):
            found_in(content[:position])
            for byte in (0x00, 0x90, 0xDF, 0xFF):
                found_in(content[:position] + bytes([byte]) + content[position + 1 :])


def test_deep_and_endless_trees_are_left_in_time() -> None:
    begun = time.process_time()
    for content in (
        (b"\x81" + text("a")) * 100_000,
        b"\xdf\xff\xff\xff\xff" + (text("a") + b"\x01") * 100_000,
        b"\xdf\xff\xff\xff\xff" + (text("a") + array((1, 1), "float32", bytes(4))) * 20_000,
    ):
        found_in(content)
    assert time.process_time() - begun < 20
