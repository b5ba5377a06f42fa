"""Checkpoints of PyTorch before 0.1.10: one that torch loads, and what only looks like it."""

from __future__ import annotations

import io
import os
import pickle
import tarfile
import time
from pathlib import Path
from typing import Any

import pytest

from bot.scanner.detect import detect
from bot.scanner.formats import pytorch_tar
from bot.scanner.readers import BoundedReader, BytesReader
from rules.facts import Confidence, Detection, LoadingSafety

OLD = (Path(__file__).parent / "data" / "before_0_1_10.pt").read_bytes()


def read_alone(content: bytes) -> Detection | None:
    return pytorch_tar.recognise("x", BoundedReader(BytesReader(content), 2**25))


def members() -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(OLD)) as archive:
        opened = ((member.name, archive.extractfile(member)) for member in archive)
        return {name: stream.read() for name, stream in opened if stream is not None}


def archived(content: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name, raw in content.items():
            member = tarfile.TarInfo(name)
            member.size = len(raw)
            archive.addfile(member, io.BytesIO(raw))
    return stream.getvalue()


class Calls:
    """Pickles as a call of a shell; never unpickled."""

    def __reduce__(self) -> Any:
        return os.system, ("true",)


@pytest.mark.parametrize("name", ["vgg.pth.tar", "data.bin"])
def test_a_checkpoint_is_told_by_its_members_whatever_its_name(name: str) -> None:
    detection = detect(name, BytesReader(OLD))
    assert detection is not None
    assert (detection.format, detection.is_weight, detection.confidence) == ("pytorch-tar", True, Confidence.CERTAIN)
    assert (detection.parameters, detection.tensors) == (178, 4)
    assert detection.metadata == {"dtypes": "float (4)"}
    assert detection.loading.safety is LoadingSafety.EXECUTES_CODE


@pytest.mark.parametrize("name", ["pickle", "sys_info", "tensors", "storages"])
def test_a_dangerous_call_in_any_member_is_seen(name: str) -> None:
    evil = pickle.dumps(Calls(), 2)
    # In front of a list it is what is loaded first, in place of the object it is all that is loaded.
    content = archived({**members(), name: evil})
    detection = read_alone(content)
    assert detection is not None
    assert detection.loading.safety is LoadingSafety.DANGEROUS


def test_a_dangerous_call_behind_the_last_storage_is_seen() -> None:
    parts = members()
    views = pickle.dumps([], 2)
    assert parts["storages"].endswith(b"]q\x00.")
    parts["storages"] = parts["storages"][: -len(views)] + pickle.dumps(Calls(), 2)
    detection = read_alone(archived(parts))
    assert detection is not None
    assert detection.loading.safety is LoadingSafety.DANGEROUS


@pytest.mark.parametrize("kept", [3000, 4000, 6000])
def test_a_truncated_checkpoint_is_never_called_whole(kept: int) -> None:
    detection = read_alone(OLD[:kept])
    assert detection is None or (detection.is_weight and detection.confidence is Confidence.PROBABLE)


def test_a_checkpoint_without_its_object_is_unknown() -> None:
    parts = members()
    del parts["pickle"]
    detection = read_alone(archived(parts))
    assert detection is not None
    assert detection.loading.safety is LoadingSafety.UNKNOWN


@pytest.mark.parametrize(
    "content",
    [
        archived({"README": b"text", "src/main.c": b"int main;"}),
        archived({"pickle": b"jar", "tensors.txt": b"x"}),
        archived({}),
        b"\0" * 257 + b"ustar\0" + bytes(4000),
    ],
)
def test_other_archives_are_none(content: bytes) -> None:
    assert read_alone(content) is None


def test_counts_that_the_file_cannot_hold_are_not_trusted() -> None:
    begun = time.process_time()
    for count in (-1, 2**31 - 1, 10**9):
        parts = {**members(), "storages": pickle.dumps(count, 2), "tensors": pickle.dumps(count, 2) * 1000}
        detection = read_alone(archived(parts))
        assert detection is not None
        assert detection.parameters is None
    assert time.process_time() - begun < 5


def test_every_cut_and_change_gives_an_answer() -> None:
    for place in range(0, len(OLD), 41):
        read_alone(OLD[:place])
        read_alone(OLD[:place] + b"\xff" + OLD[place + 1 :])


def test_a_name_of_a_type_that_cannot_be_shown_is_made_fit() -> None:
    parts = members()
    parts["tensors"] = parts["tensors"].replace(b"FloatTensor", b"F\x7f\x7f\x7ftTensor")
    detection = read_alone(archived(parts))
    assert detection is not None
    assert all(text.isprintable() for text in detection.metadata.values())
