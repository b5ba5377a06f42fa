"""GGUF files made by llama.cpp's own writer, whole, damaged and hostile."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from gguf import GGUFEndian, GGUFWriter

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader
from rules.facts import Confidence, Detection, LicenseStatement, LoadingSafety


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


def written(
    path: Path,
    *,
    tensors: int = 2,
    template: str | None = None,
    tokens: int = 0,
    texts: dict[str, str] | None = None,
    lists: dict[str, list[str] | list[int]] | None = None,
    endian: GGUFEndian = GGUFEndian.LITTLE,
) -> bytes:
    writer = GGUFWriter(path, "llama", endianess=endian)
    writer.add_name("Tiny")
    writer.add_context_length(4096)
    if tokens:
        writer.add_token_list([f"token {number}" for number in range(tokens)])
        writer.add_token_scores([0.5] * tokens)
    for key, text in (texts or {}).items():
        writer.add_string(key, text)
    for key, items in (lists or {}).items():
        writer.add_array(key, items)
    if template is not None:
        writer.add_chat_template(template)
    for number in range(tensors):
        writer.add_tensor(f"blk.{number}.attn_q.weight", np.ones((8, 16), np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path.read_bytes()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "model.gguf"


@pytest.mark.parametrize("endian", [GGUFEndian.LITTLE, GGUFEndian.BIG])
def test_a_model_is_told_by_its_header_whatever_its_name(path: Path, endian: GGUFEndian) -> None:
    detection = found_in(written(path, endian=endian), "renamed.txt")
    assert detection is not None
    assert (detection.format, detection.is_weight, detection.confidence) == ("gguf", True, Confidence.CERTAIN)
    assert (detection.tensors, detection.parameters) == (2, 256)
    assert detection.metadata == {
        "architecture": "llama",
        "name": "Tiny",
        "context_length": "4096",
        "dtypes": "F32 (2)",
    }
    assert detection.loading.safety is LoadingSafety.SAFE
    assert detection.remarks == ()


def test_licence_and_origin_are_read(path: Path) -> None:
    texts = {
        "general.license": "llama3.1",
        "general.license.name": "Llama 3.1 Community",
        "general.license.link": "https://example.org/llama",
        "general.base_model.0.name": "Llama 3.1 8B",
        "general.base_model.0.repo_url": "https://example.org/llama-8b",
    }
    detection = found_in(written(path, texts=texts))
    assert detection is not None
    assert detection.licenses == tuple(
        LicenseStatement(name, text) for name, text in texts.items() if name.startswith("general.license")
    )
    assert detection.base_models == ("Llama 3.1 8B", "https://example.org/llama-8b")


def test_source_and_data_are_read(path: Path) -> None:
    texts = {
        "general.repo_url": "https://example.org/copy",
        "general.source.repo_url": "https://example.org/first",
        "general.dataset.0.name": "Mails",
        "general.dataset.0.repo_url": "https://example.org/mails",
    }
    detection = found_in(written(path, texts=texts, lists={"general.datasets": ["squad", "a/b"]}))
    assert detection is not None
    assert detection.metadata["source"] == "https://example.org/first"
    assert detection.metadata["datasets"] == "https://example.org/mails, squad, a/b"


def test_a_list_of_data_that_is_no_list_of_texts_is_passed_over(path: Path) -> None:
    detection = found_in(written(path, lists={"general.datasets": [1, 2]}))
    assert detection is not None
    assert "datasets" not in detection.metadata
    assert detection.tensors == 2


def test_a_vocabulary_alone_is_no_weight(path: Path) -> None:
    detection = found_in(written(path, tensors=0, tokens=50))
    assert detection is not None
    assert (detection.is_weight, detection.title) == (False, "GGUF (vocabulary only)")


def test_bytes_behind_a_header_without_tensors_are_not_passed_over(path: Path) -> None:
    detection = found_in(written(path, tensors=0, tokens=50) + bytes(200_000))
    assert detection is not None
    assert (detection.is_weight, detection.confidence) == (True, Confidence.PROBABLE)
    assert detection.remarks == ("It lists no tensor, but more bytes stand behind its header than padding takes.",)


def part(path: Path, number: int, count: int, *, tensors: int) -> bytes:
    """One file of a model that gguf-split cut into parts."""
    writer = GGUFWriter(path, "llama")
    writer.add_uint16("split.no", number)
    writer.add_uint16("split.count", count)
    writer.add_int32("split.tensors.count", 7)
    for each in range(tensors):
        writer.add_tensor(f"blk.{each}.attn_q.weight", np.ones((8, 16), np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path.read_bytes()


def test_a_part_of_a_split_model_names_the_others(path: Path) -> None:
    detection = found_in(part(path, 1, 3, tensors=2), "models/tiny-00002-of-00003.gguf")
    assert detection is not None
    assert detection.companions == ("tiny-00001-of-00003.gguf", "tiny-00003-of-00003.gguf")
    assert (detection.metadata["part"], detection.metadata["parts"]) == ("1", "3")
    assert detection.is_weight


def test_a_first_part_without_tensors_is_called_so(path: Path) -> None:
    detection = found_in(part(path, 0, 3, tensors=0), "tiny-00001-of-00003.gguf")
    assert detection is not None
    assert (detection.is_weight, detection.title) == (False, "GGUF (part without tensors)")
    assert len(detection.companions) == 2


@pytest.mark.parametrize(
    ("kind", "architecture", "endings", "title", "is_weight"),
    [
        ("adapter", "llama", (".weight.lora_a", ".weight.lora_b"), "GGUF adapter (LoRA)", True),
        ("mmproj", "clip", (".weight",), "GGUF (multimodal projector)", True),
        ("imatrix", "imatrix", (".weight.in_sum2", ".weight.counts"), "GGUF (importance matrix)", False),
        ("imatrix", "imatrix", (".weight",), "GGUF", True),
    ],
)
def test_what_a_file_is_for_is_told(
    path: Path, kind: str, architecture: str, endings: tuple[str, ...], title: str, is_weight: bool
) -> None:
    writer = GGUFWriter(path, architecture)
    writer.add_type(kind)
    for ending in endings:
        writer.add_tensor(f"blk.0.attn_q{ending}", np.ones((8, 16), np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    detection = found_in(path.read_bytes())
    assert detection is not None
    assert (detection.title, detection.is_weight) == (title, is_weight)


@pytest.mark.parametrize(
    "template",
    [
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ cycler.next() }}",
        "{{ x|attr('_' ~ '_class_' ~ '_') }}",
        "{% import 'x' as y %}",
        "{{ x['__cla' ~ 'ss__'] }}",
        "{{ os.popen('id').read() }}",
    ],
)
def test_a_chat_template_that_reaches_out_of_its_sandbox_is_dangerous(path: Path, template: str) -> None:
    # It stands after a long list of tokens, as in every real model.
    detection = found_in(written(path, tokens=20_000, template=template))
    assert detection is not None
    assert detection.loading.safety is LoadingSafety.DANGEROUS
    assert "chat template (Jinja) uses" in detection.loading.reasons[0]


@pytest.mark.parametrize(
    "template",
    [
        "{% for m in messages %}<|im_start|>{{ m['role'] + '\\n' + m.content }}{% endfor %}",
        "You may write import os and exec files. {{ 'Do not import anything' }}{% set os = 1 %}",
        "{{ unfinished",
        "________\nA form{{ '' }}",
        "{{ " + "a" * 200_000,
    ],
)
def test_an_ordinary_chat_template_is_safe(path: Path, template: str) -> None:
    detection = found_in(written(path, template=template))
    assert detection is not None
    assert detection.loading.safety is LoadingSafety.SAFE


def test_a_chat_template_too_long_to_read_is_never_called_safe(path: Path) -> None:
    detection = found_in(written(path, template="x" * 300_000))
    assert detection is not None
    assert detection.loading.safety is LoadingSafety.UNKNOWN


@pytest.mark.parametrize("kept", [10, 30, 100, 180, 400])
def test_a_truncated_file_is_reported_not_raised(path: Path, kept: int) -> None:
    detection = found_in(written(path)[:kept])
    assert detection is not None
    assert (detection.is_weight, detection.confidence) == (True, Confidence.PROBABLE)
    assert len(detection.remarks) == 1


@pytest.mark.parametrize(
    "rest",
    [
        struct.pack("<QQ", 2**63, 2**63),
        struct.pack("<QQ", 1, 1) + struct.pack("<Q", 2**62) + b"key",
        struct.pack("<QQ", 0, 1) + struct.pack("<Q1sIIQ", 1, b"k", 9, 9, 2**40),
        struct.pack("<QQ", 0, 1) + struct.pack("<Q1sIIQ", 1, b"k", 9, 8, 2**60),
        struct.pack("<QQ", 0, 1) + struct.pack("<Q1sI", 1, b"k", 77),
    ],
)
def test_counts_that_the_file_cannot_hold_are_not_trusted(rest: bytes) -> None:
    detection = found_in(b"GGUF" + struct.pack("<I", 3) + rest)
    assert detection is not None
    assert detection.confidence is Confidence.PROBABLE


def test_a_shape_that_the_file_cannot_hold_is_not_counted() -> None:
    tensor = struct.pack("<Q1sIQQIQ", 1, b"t", 2, 2**40, 2**40, 0, 0)
    detection = found_in(b"GGUF" + struct.pack("<IQQ", 3, 1, 0) + tensor + bytes(64))
    assert detection is not None
    assert detection.parameters is None
    assert detection.remarks == ("Its shapes promise more numbers than the file can hold.",)


@pytest.mark.parametrize("content", [b"GGUF", b"GGUF is a format for models", b"GGUF" + b"\xff" * 40])
def test_other_content_is_not_taken_for_it(content: bytes) -> None:
    assert found_in(content, "model.gguf") is None
