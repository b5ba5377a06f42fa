"""Indexes of models in shards, which name the files that hold the numbers."""

from __future__ import annotations

import json
import time

import pytest

from bot.scanner.detect import detect, promised_formats
from bot.scanner.formats._shards import shards_beside
from bot.scanner.readers import BytesReader
from rules.facts import Confidence, Detection

SHARDS = ("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors")


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


def written(**more: object) -> bytes:
    """An index as `save_pretrained` writes it."""
    files = {f"model.layers.{number}.mlp.weight": SHARDS[number % 2] for number in range(10)}
    return json.dumps({"metadata": {"total_size": 4096, **more}, "weight_map": files}, indent=2).encode()


@pytest.mark.parametrize("name", ["model.safetensors.index.json", "data.bin"])
def test_an_index_names_its_shards_and_is_no_weight(name: str) -> None:
    detection = found_in(written(total_parameters=1024), name)
    assert detection is not None
    assert (detection.format, detection.is_weight) == ("sharded-index", False)
    assert (detection.confidence, detection.tensors) == (Confidence.CERTAIN, 10)
    assert detection.companions == SHARDS
    assert detection.metadata == {"files": "2", "total_size": "4096", "total_parameters": "1024"}


def test_the_other_order_and_a_single_line_are_an_index_too() -> None:
    detection = found_in(json.dumps({"weight_map": {"w": "pytorch_model-00001-of-00001.bin"}}).encode())
    assert detection is not None
    assert detection.companions == ("pytorch_model-00001-of-00001.bin",)


def test_files_outside_its_folder_are_not_followed() -> None:
    files = {"a": "../../secret.bin", "b": "/etc/passwd", "c": "part.bin"}
    detection = found_in(json.dumps({"weight_map": files}).encode())
    assert detection is not None
    assert detection.companions == ("part.bin",)
    assert detection.remarks == ("It names files outside its own folder.",)


def test_an_index_that_is_cut_off_names_what_is_left() -> None:
    detection = found_in(written()[:-40])
    assert detection is not None
    assert (detection.is_weight, detection.confidence) == (False, Confidence.PROBABLE)
    assert detection.companions == SHARDS


@pytest.mark.parametrize(
    "value",
    [
        {"metadata": {"kernelspec": {}}, "cells": []},
        {"metadata": {"total_size": 1}},
        {"weight_map": {}},
        {"weight_map": ["a.bin"]},
        {"weight_map": {"cat": 3, "dog": 4}},
        [1, 2],
    ],
)
def test_other_documents_are_none(value: object) -> None:
    assert found_in(json.dumps(value).encode(), "package.json") is None


def test_an_endless_nest_is_left_in_time() -> None:
    begun = time.process_time()
    assert found_in(b'{"metadata": ' + b'{"a":' * 2**20, "x.index.json") is None
    assert time.process_time() - begun < 5


def test_many_thousand_files_are_counted_and_not_all_told() -> None:
    files = {str(number): f"part-{number}.bin" for number in range(5_000)}
    detection = found_in(json.dumps({"weight_map": files}).encode())
    assert detection is not None
    assert len(detection.companions) == 1_000
    assert detection.metadata["files"] == "5,000"


def test_every_cut_gives_an_answer() -> None:
    content = written()
    for kept in range(len(content)):
        detection = found_in(content[:kept])
        assert detection is None or not detection.is_weight


@pytest.mark.parametrize(
    ("name", "others"),
    [
        (
            "a/model-00001-of-00003.safetensors",
            ("model-00002-of-00003.safetensors", "model-00003-of-00003.safetensors"),
        ),
        ("llama-00002-of-00002.gguf", ("llama-00001-of-00002.gguf",)),
        ("model.safetensors-00001-of-00001", ()),
        ("model-00007-of-00003.bin", ()),
        ("model.bin", ()),
    ],
)
def test_a_counted_name_tells_its_siblings(name: str, others: tuple[str, ...]) -> None:
    assert shards_beside(name) == others


def test_its_name_promises_it() -> None:
    assert promised_formats("model.safetensors.index.json") == ("sharded-index",)
