"""Checkpoints of both versions that TensorFlow wrote, whole, damaged and hostile."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader
from rules.facts import Confidence, Detection, LoadingSafety

DATA = Path(__file__).parent / "data"
INDEX = (DATA / "checkpoint.index").read_bytes()
OLD = (DATA / "version_1.ckpt").read_bytes()
FOOTER = INDEX[-8:]


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


@pytest.mark.parametrize(("content", "title"), [(INDEX, "index"), (OLD, "version 1")], ids=["index", "version 1"])
def test_a_checkpoint_is_told_by_its_table_whatever_its_name(content: bytes, title: str) -> None:
    detection = found_in(content)
    assert detection is not None
    assert (detection.format, detection.is_weight, detection.confidence) == (
        "tf-checkpoint",
        True,
        Confidence.CERTAIN,
    )
    assert detection.title == f"TensorFlow checkpoint ({title})"
    # One of the three is a variable in two slices.
    assert (detection.tensors, detection.parameters) == (3, 32 + 8 + 60)
    assert detection.metadata == {"dtypes": "float32 (3)"}
    assert detection.loading.safety is LoadingSafety.SAFE


def test_an_index_names_its_shards() -> None:
    detection = found_in(INDEX, "run/model.ckpt-120.index")
    assert detection is not None
    assert detection.companions == ("model.ckpt-120.data-00000-of-00001", "model.ckpt-120.meta")


def test_steps_and_counters_are_no_trained_numbers() -> None:
    detection = found_in((DATA / "object_checkpoint.index").read_bytes())
    assert detection is not None
    assert (detection.tensors, detection.parameters) == (2, 40)


def test_a_shard_is_possibly_weights_by_its_name_alone() -> None:
    content = (DATA / "checkpoint.data-00000-of-00001").read_bytes()
    detection = found_in(content, "model.ckpt.data-00000-of-00001")
    assert detection is not None
    assert (detection.is_weight, detection.confidence) == (True, Confidence.POSSIBLE)
    assert detection.companions == ("model.ckpt.index",)
    assert found_in(content) is None
    assert found_in(content, "model.ckpt.data-00003-of-00002") is None
    assert found_in(b"some text", "notes.data-00000-of-00001") is None


@pytest.mark.parametrize("kept", [150, 200, 230])
def test_a_truncated_index_is_reported(kept: int) -> None:
    detection = found_in(INDEX[:kept])
    assert detection is not None
    assert (detection.is_weight, detection.confidence) == (True, Confidence.PROBABLE)
    assert "cut off" in detection.remarks[0]


def test_a_truncated_checkpoint_of_version_1_is_reported() -> None:
    detection = found_in(OLD[:400])
    assert detection is not None
    assert (detection.is_weight, detection.confidence) == (True, Confidence.PROBABLE)


@pytest.mark.parametrize(
    "content",
    [
        b"\0\0\x02\x08\x01" + bytes(60),
        b"\0\x03abcdefghij" + bytes(60) + FOOTER,
        b"\0\0\x06abcdef" + bytes(60) + FOOTER,
        b'model_checkpoint_path: "model.ckpt"\n',
    ],
    ids=["no entries", "a table of a database", "another first value", "the state of a training"],
)
def test_other_content_is_not_taken_for_it(content: bytes) -> None:
    assert found_in(content, "checkpoint") is None


def test_every_cut_and_damaged_byte_gives_an_answer() -> None:
    for content in (INDEX, OLD):
        for kept in range(0, len(content), 3):
            found_in(content[:kept])
        for position in range(len(content)):
            for byte in (0x00, 0x7F, 0xFF):
                found_in(content[:position] + bytes([byte]) + content[position + 1 :])


def test_an_index_of_a_block_that_holds_itself_ends() -> None:
    # The handle of the index leads to the block of the entries, and back.
    begin = len(INDEX) - 48
    for start in range(128):
        content = INDEX[:begin] + bytes([0, 8, start, 100]) + INDEX[begin + 4 :]
        detection = found_in(content)
        assert detection is None or detection.format == "tf-checkpoint"
