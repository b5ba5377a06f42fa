"""ggml files before GGUF, written field by field as their converters did, whole, damaged and hostile."""

from __future__ import annotations

import random
import struct
import time

import pytest

from bot.scanner.detect import detect
from bot.scanner.formats import ggml
from bot.scanner.readers import BoundedReader, BytesReader
from rules.facts import Confidence, Detection, LoadingSafety

F32, F16, Q4_0 = 0, 1, 2
WIDTHS = {F32: (1, 4), F16: (1, 2), Q4_0: (32, 18)}


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


def read_alone(content: bytes) -> Detection | None:
    """What this format alone says, without those that look into texts and archives."""
    return ggml.recognise("x", BoundedReader(BytesReader(content), 2**25))


def tokens(count: int, *, scores: bool) -> bytes:
    words = (f"word{number}".encode() for number in range(count))
    return b"".join(struct.pack("<I", len(word)) + word + bytes(4 * scores) for word in words)


def tensor(name: str, shape: tuple[int, ...], kind: int = F32, *, position: int | None = None) -> bytes:
    """One record; `position` is its place where the numbers are aligned to 32 bytes."""
    elements = 1
    for size in shape:
        elements *= size
    items, size = WIDTHS[kind]
    head = struct.pack(f"<3I{len(shape)}I", len(shape), len(name), kind, *shape) + name.encode()
    if position is not None:
        head += bytes(-(position + len(head)) % 32)
    return head + random.Random(name).randbytes(elements // items * size)


def llama(magic: bytes = b"tjgg", version: int | None = 3, words: int = 40, layers: int | None = 3) -> bytes:
    """A model as convert.py of llama.cpp wrote it in June 2023."""
    content = magic + (struct.pack("<I", version) if version is not None else b"")
    content += struct.pack("<7I", words, 64, 256, 4, layers or 1, 16, 2) + tokens(words, scores=version is not None)
    if layers is None:
        return content
    for name, shape, kind in [
        ("tok_embeddings.weight", (64, words), Q4_0),
        ("norm.weight", (64,), F32),
        *((f"layers.{number}.attention.wq.weight", (64, 64), F16) for number in range(layers)),
    ]:
        content += tensor(name, shape, kind, position=len(content) if magic == b"tjgg" else None)
    return content


def whisper(*, tensors: bool = True) -> bytes:
    """A model of whisper.cpp; its models for tests have all but the tensors."""
    content = b"lmgg" + struct.pack("<11I", 300, 1500, 384, 6, 4, 448, 384, 6, 4, 80, 1)
    content += struct.pack("<2I", 80, 201) + bytes(4 * 80 * 201)
    content += struct.pack("<I", 300) + tokens(300, scores=False)
    if tensors:
        content += tensor("encoder.positional_embedding", (8, 16)) + tensor("encoder.conv1.weight", (3, 4, 8), F16)
        content += tensor("encoder.scale", ())
    return content


def adapter() -> bytes:
    content = b"algg" + struct.pack("<3I", 1, 8, 16)
    for ending in "AB":
        content += tensor(f"layers.0.attention.wq.weight.lora{ending}", (8, 64), position=len(content))
    return content


def sizes_only() -> bytes:
    """A model without vocabulary, as of the Segment Anything example."""
    content = b"lmgg" + struct.pack("<6I", 768, 12, 12, 256, 4, 1)
    return content + tensor("image_encoder.pos_embed", (16, 8)) + tensor("mask_decoder.iou_token.weight", (16, 1))


MODELS = {
    "llama-ggjt": (llama(), "llama", 64 * 40 + 64 + 3 * 4096),
    "llama-ggmf": (llama(b"fmgg", 1), "llama", 64 * 40 + 64 + 3 * 4096),
    "llama-ggml": (llama(b"lmgg", None), "llama", 64 * 40 + 64 + 3 * 4096),
    "whisper": (whisper(), "whisper", 128 + 96 + 1),
    "adapter": (adapter(), "llama", 2 * 512),
    "sam": (sizes_only(), "segment-anything", 16 * 8 + 16),
}


@pytest.mark.parametrize("name", MODELS)
def test_a_model_is_told_by_its_tensors_whatever_its_name(name: str) -> None:
    content, architecture, parameters = MODELS[name]
    detection = found_in(content)
    assert detection is not None
    assert (detection.format, detection.is_weight, detection.confidence) == ("ggml", True, Confidence.CERTAIN)
    assert (detection.metadata["architecture"], detection.parameters) == (architecture, parameters)
    assert detection.loading.safety is LoadingSafety.SAFE
    assert detection.remarks == ()


def test_an_adapter_is_called_one() -> None:
    detection = found_in(adapter())
    assert detection is not None
    assert detection.title == "ggml adapter (LoRA)"


def test_blocks_of_an_earlier_size_are_followed() -> None:
    content = llama(layers=0)
    # In May 2023 and before a block of Q4_0 had a scale of four bytes.
    WIDTHS[Q4_0] = (32, 20)
    try:
        old = llama(version=1, layers=0)
    finally:
        WIDTHS[Q4_0] = (32, 18)
    assert len(old) > len(content)
    detection = found_in(old)
    assert detection is not None
    assert (detection.confidence, detection.metadata["container"]) == (Confidence.CERTAIN, "ggjt, version 1")


@pytest.mark.parametrize("content", [llama(layers=None), whisper(tensors=False)], ids=["llama", "whisper"])
def test_a_vocabulary_alone_is_no_weight(content: bytes) -> None:
    detection = found_in(content, "for-tests-ggml-tiny.bin")
    assert detection is not None
    assert (detection.is_weight, detection.title) == (False, "ggml (vocabulary only)")


def test_a_model_that_is_cut_off_is_still_one() -> None:
    content = llama()
    detection = found_in(content[:-100])
    assert detection is not None
    assert (detection.is_weight, detection.confidence) == (True, Confidence.PROBABLE)
    assert detection.parameters is None
    assert "cut off" in detection.remarks[0]


def test_bytes_behind_the_last_tensor_are_told() -> None:
    detection = found_in(llama() + b"more")
    assert detection is not None
    assert (detection.is_weight, detection.confidence) == (True, Confidence.PROBABLE)
    assert "other bytes" in detection.remarks[0]


@pytest.mark.parametrize(
    "content",
    [
        b"lmgg",
        b"lmgg and then a text that goes on for a while",
        b"tjgg" + struct.pack("<I", 77) + bytes(200),
        b"lmgg" + bytes(4000),
        b"lmgg" + b"\xff" * 4000,
        b"algg" + struct.pack("<3I", 1, 8, 16),
    ],
)
def test_other_content_is_not_taken_for_it(content: bytes) -> None:
    assert found_in(content, "ggml-model.bin") is None


@pytest.mark.parametrize(
    "rest",
    [
        struct.pack("<3I4I", 4, 4, 0, *[2**32 - 1] * 4) + b"name",
        struct.pack("<3I", 1, 4, 0) * 100_000,
        struct.pack("<3II", 1, 1, 0, 1) * 300_000,
        b"\x01\0\0\0" * 500_000,
        (struct.pack("<3II", 1, 1, 16, 1) + b"aa") * 200_000,
    ],
    ids=["huge", "heads", "ones", "words", "tiny"],
)
def test_hostile_files_are_left_in_time(rest: bytes) -> None:
    begun = time.process_time()
    read_alone(b"lmgg" + struct.pack("<7I", 32, 64, 256, 4, 2, 16, 2) + rest)
    assert time.process_time() - begun < 8


def test_a_large_file_costs_its_vocabulary_and_little_more() -> None:
    class Large(BytesReader):
        """A model of 10 GB whose numbers are all zero."""

        taken = 0

        def __init__(self, start: bytes) -> None:
            super().__init__(start)
            self.start = start

        @property
        def size(self) -> int:
            return 10 * 2**30

        def read(self, offset: int, length: int) -> bytes:
            self.taken += length
            return self.start[offset : offset + length].ljust(length, b"\0")

    start = b"lmgg" + struct.pack("<7I", 40, 64, 256, 4, 2, 16, 2) + tokens(40, scores=False)
    start += tensor("norm.weight", (64,)) + struct.pack("<5I", 2, 4, 0, 2**15, 2**15) + b"huge"
    reader = Large(start)
    detection = ggml.recognise("x", BoundedReader(reader, 2**25))
    assert detection is not None
    assert detection.is_weight
    assert reader.taken < 512 * 1024


def test_every_cut_and_many_changes_give_an_answer() -> None:
    content = sizes_only()
    for kept in range(len(content)):
        read_alone(content[:kept])
    for position in range(len(content)):
        for byte in (0x00, 0x7F, 0xFF):
            detection = read_alone(content[:position] + bytes([byte]) + content[position + 1 :])
            assert detection is None or detection.format == "ggml"
