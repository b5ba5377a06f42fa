"""7-Zip archives are looked into, within bounds that their directory and their streams cannot move."""

from __future__ import annotations

import base64
import io
import lzma
import os
import random
import struct
import tracemalloc
import zlib
from pathlib import Path
from typing import Any

import py7zr
import pytest

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader, UnreadableError
from rules.facts import Confidence, Detection, LoadingSafety
from tests.scanner.containers.makers import EVIL, ORDINARY, SAFETENSORS, TFLITE, zipped

FILES = {"README.md": b"# A model\n", "models/net.bin": TFLITE}
LZMA2 = {"id": py7zr.FILTER_LZMA2, "preset": 1}
METHODS: dict[str, list[dict[str, Any]]] = {
    "LZMA2": [LZMA2],
    "LZMA": [{"id": py7zr.FILTER_LZMA}],
    "bzip2": [{"id": py7zr.FILTER_BZIP2}],
    "none": [{"id": py7zr.FILTER_COPY}],
    "LZMA2 behind the filter for programs": [{"id": py7zr.FILTER_X86}, LZMA2],
    "LZMA2 behind differences": [{"id": py7zr.FILTER_DELTA}, LZMA2],
}
MADE_BY_7_ZIP = base64.b64decode(
    """
    N3q8ryccAAQu62TpfgAAAAAAAAAgAAAAAAAAAGmO/kkBACgjIE5vdGVzCkEgbW9kZWwuCmNwb3NpeApzeXN0ZW0KKFMiaWQiCnRSLgAAAIEzB64P
    0NNtfJ8/R0EED3EM/WvNAiIVDz860nFX3PJj+mlhg1DSCYINft5Rmj3gzak04pgzhYkLBV4H/vOYcmfqoCPM4b8lBc50CeZctAAXBi0BCVEABwsB
    AAEjAwEBBV0AEAAADFoKAVQcMQ0AAA==
    """
)
"""A pickle that calls posix.system, and a text: 7-Zip 26.02, `7zz a -ms=on`."""
ENCRYPTED_BY_7_ZIP = base64.b64decode(
    """
    N3q8ryccAATdHFa6oAAAAAAAAAA7AAAAAAAAAJIqwovR9dw78k6sDbSTgRZfEqH2WKQ9unEqHefFj9rzlxHXibsiWQu6ybvGw4xcSQv/Fkb12B5l
    YBoudplSB5zr5pIUQIHruUz0Ioi27fp/mXoVP3h4OindNa6u57TWMSx4L9eaQIZzaHM2W74LQU58zffCsVT7Bw68c0q+cArWN8yW6+lYyD6NRHju
    l0HkZwl+4DbU69hmVLEOFzybGVSAvGY0FwYwAQlwAAcLAQACJAbxBwESUw948oBqsHpz2kJWmSM2+SwlIwMBAQVdABAAAAEADG16CgGl4rrfAAA=
    """
)
"""The same, `-psecret -mhe=on`."""


def packed(files: dict[str, bytes], filters: list[dict[str, Any]] | None = None, password: str | None = None) -> bytes:
    stream = io.BytesIO()
    with py7zr.SevenZipFile(stream, "w", filters=filters, password=password) as archive:
        for name, content in files.items():
            archive.writestr(content, name)
    return stream.getvalue()


def with_directory(directory: bytes, before: bytes = b"", offset: int | None = None) -> bytes:
    """An archive with this directory, its sums right."""
    start = struct.pack("<QQL", len(before) if offset is None else offset, len(directory), zlib.crc32(directory))
    return b"7z\xbc\xaf\x27\x1c\0\4" + struct.pack("<L", zlib.crc32(start)) + start + before + directory


def with_packed_directory(directory: bytes, claimed: int | None = None) -> bytes:
    """The same with a directory that is packed itself (7zFormat.txt, EncodedHeader)."""
    content = lzma.compress(directory, lzma.FORMAT_RAW, filters=[{"id": lzma.FILTER_LZMA2, "preset": 1}])
    size = len(directory) if claimed is None else claimed
    head = b"\x17\x06\0\1\x09" + _number(len(content)) + b"\0\x07\x0b\1\0\1\x21\x21\1\x10\x0c" + _number(size) + b"\0\0"
    return with_directory(head, content)


def _number(value: int) -> bytes:
    return b"\xff" + struct.pack("<Q", value)


def empty_files(count: int) -> bytes:
    """A directory that names so many empty files."""
    bits, names = b"\xff" * -(-count // 8), b"a\0\0\0" * count
    return (
        b"\1\5" + _number(count) + b"\x0e" + _number(len(bits)) + bits
        + b"\x11" + _number(1 + len(names)) + b"\0" + names + b"\0\0"
    )  # fmt: skip


def found_in(content: bytes, name: str = "data.bin") -> Detection:
    detection = detect(name, BytesReader(content))
    assert detection is not None
    return detection


@pytest.mark.parametrize("method", METHODS)
def test_weights_are_found_however_they_are_packed(method: str) -> None:
    detection = found_in(packed(FILES, METHODS[method]))
    assert (detection.format, detection.confidence) == ("seven-zip", Confidence.CERTAIN)
    assert detection.title == "7-Zip archive with 1 weight file"
    assert detection.metadata["contains"] == "models/net.bin (TensorFlow Lite)"
    assert detection.loading.safety is LoadingSafety.SAFE


def test_a_dangerous_pickle_in_an_archive_of_7_zip_is_seen() -> None:
    detection = found_in(MADE_BY_7_ZIP, "pytorch_model.bin")
    assert detection.loading.safety is LoadingSafety.DANGEROUS
    assert detection.loading.reasons == ("model.bin: the pickle calls posix.system (GLOBAL)",)


def test_an_archive_of_sources_is_an_ordinary_file() -> None:
    assert detect("v1.0.7z", BytesReader(packed(ORDINARY))) is None
    assert detect("nothing.7z", BytesReader(with_directory(b""))) is None
    assert detect("empty.7z", BytesReader(with_packed_directory(empty_files(300)))) is None


def test_an_archive_within_another_is_looked_into() -> None:
    assert found_in(packed({"inner.zip": zipped({"b.pkl": EVIL})})).loading.safety is LoadingSafety.DANGEROUS
    assert found_in(zipped({"inner.dat": packed({"b.pkl": EVIL})})).loading.safety is LoadingSafety.DANGEROUS


def test_an_encrypted_one_is_not_looked_through() -> None:
    with pytest.raises(UnreadableError, match="could not be looked through: it is encrypted"):
        detect("model.bin", BytesReader(ENCRYPTED_BY_7_ZIP))
    detection = found_in(packed({"model.safetensors": SAFETENSORS}, password="x"))
    assert detection.confidence is Confidence.POSSIBLE
    assert detection.loading.reasons == ("model.safetensors: it is encrypted",)


@pytest.mark.parametrize("filter_", [py7zr.FILTER_DEFLATE, py7zr.FILTER_ZSTD, py7zr.FILTER_PPMD, py7zr.FILTER_BROTLI])
def test_a_method_that_gives_more_than_it_is_asked_for_is_not_unpacked(filter_: int) -> None:
    with pytest.raises(UnreadableError, match="packed in a way that is not unpacked here"):
        detect("data.bin", BytesReader(packed({"x": b"0" * 99}, [{"id": filter_}])))


def test_a_bomb_is_reported_and_costs_no_memory(tmp_path: Path) -> None:
    zeros = tmp_path / "zeros"
    zeros.touch()
    os.truncate(zeros, 300 << 20)
    stream = io.BytesIO()
    with py7zr.SevenZipFile(stream, "w", filters=[LZMA2]) as archive:
        archive.write(zeros, "model.bin")
    tracemalloc.start()
    with pytest.raises(UnreadableError, match="grows more than 1,000-fold, as an archive bomb does"):
        detect("data.bin", BytesReader(stream.getvalue()))
    assert tracemalloc.get_traced_memory()[1] < 30 << 20
    tracemalloc.stop()


@pytest.mark.parametrize(
    "content",
    [
        with_packed_directory(empty_files(100_000)),
        with_packed_directory(empty_files(100), 1 << 40),
        with_directory(b"\1", offset=0)[:20] + struct.pack("<Q", 1 << 50) + b"\0" * 9,
        with_directory(empty_files(70_000)),
    ],
)
def test_a_long_directory_is_refused_before_it_is_read(content: bytes) -> None:
    with pytest.raises(UnreadableError, match="its directory is longer than what is read here"):
        detect("data.bin", BytesReader(content))


def test_archives_spend_the_allowance_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    from bot.scanner.containers import allowance

    inner = packed({f"{number}.txt": b"some text\n" * 6_000 for number in range(10)})
    assert detect("x.zip", BytesReader(zipped({"a.7z": inner, "b.7z": inner}))) is None
    monkeypatch.setattr(allowance, "BYTES", 1_500_000)
    with pytest.raises(UnreadableError, match="would have to be unpacked"):
        detect("x.zip", BytesReader(zipped({"a.7z": inner, "b.7z": inner})))


@pytest.mark.parametrize("content", [MADE_BY_7_ZIP, ENCRYPTED_BY_7_ZIP, *(packed(FILES, METHODS[m]) for m in METHODS)])
def test_every_cut_and_every_changed_byte_gives_an_answer(content: bytes) -> None:
    choice = random.Random(7)
    cases = [content[:place] for place in range(0, len(content), 1 + len(content) // 40)]
    offset, length = struct.unpack("<QQ", content[12:28])
    plain = [_plain_directory(content)] if content is not ENCRYPTED_BY_7_ZIP else []
    for directory in [content[32 + offset :][:length], *plain]:
        for _ in range(150):  # sums that are right lead further in
            changed = bytearray(directory)
            for _ in range(choice.choice((1, 1, 2, 4))):
                changed[choice.randrange(len(changed))] = choice.choice(
                    (0, 1, 2, 0x7F, 0x80, 0xFF, choice.randrange(256))
                )
            cases.append(with_directory(bytes(changed), content[32 : 32 + offset]))
    for _ in range(100):
        place = choice.randrange(len(content))
        cases.append(content[:place] + bytes([choice.randrange(256)]) + content[place + 1 :])
    for case in cases:
        try:
            detect("data.bin", BytesReader(case))
        except UnreadableError as error:
            assert str(error).isprintable()


def _plain_directory(content: bytes) -> bytes:
    """The directory of an archive, unpacked by py7zr."""
    from py7zr.archiveinfo import HeaderStreamsInfo

    offset, length = struct.unpack("<QQ", content[12:28])
    directory = content[32 + offset :][:length]
    if directory[0] != 0x17:
        return directory
    streams = HeaderStreamsInfo.retrieve(io.BytesIO(directory[1:]))
    folder, size = streams.unpackinfo.folders[0], streams.packinfo.packsizes[0]
    stream = io.BytesIO(content[32 + streams.packinfo.packpos :])
    return bytes(folder.get_decompressor(size).decompress(stream, max_length=folder.unpacksizes[-1]))
