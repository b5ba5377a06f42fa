"""One file, compressed: the answer is the file's own."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import zipfile
import zlib
from collections.abc import Callable

import lz4.frame
import numpy as np
import pytest

from bot.scanner.containers.allowance import Allowance
from bot.scanner.density import Density, density
from bot.scanner.detect import detect
from bot.scanner.readers import BoundedReader, BytesReader, UnreadableError
from bot.scanner.structures.inflating import Inflated, zlib_stream
from bot.scanner.structures.inflating import gzip as make_gzip
from rules.facts import Confidence
from tests.scanner.containers.makers import ORDINARY, TFLITE, compress_zstd, tarred, zipped

STREAMS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zlib": zlib.compress,
    "Zstandard": compress_zstd,
    "LZ4": lz4.frame.compress,
}


class CountingReader(BytesReader):
    """Remembers how much was read."""

    taken = 0

    def read(self, offset: int, length: int) -> bytes:
        raw = super().read(offset, length)
        self.taken += len(raw)
        return raw


@pytest.mark.parametrize("stream", STREAMS)
def test_a_compressed_model_keeps_its_format(stream: str) -> None:
    detection = detect("data.bin", BytesReader(STREAMS[stream](TFLITE)))
    assert detection is not None
    assert (detection.format, detection.confidence) == ("tflite", Confidence.CERTAIN)
    assert detection.title == f"TensorFlow Lite, compressed with {stream}"


def test_the_older_lzma_files_are_known() -> None:
    assert detect("x", BytesReader(lzma.compress(TFLITE, format=lzma.FORMAT_ALONE))) is not None


@pytest.mark.parametrize("stream", STREAMS)
def test_a_compressed_tar_is_looked_through(stream: str) -> None:
    detection = detect("data.bin", BytesReader(STREAMS[stream](tarred(ORDINARY | {"net": TFLITE}))))
    assert detection is not None
    assert detection.title == f"tar archive with 1 weight file, compressed with {stream}"


@pytest.mark.parametrize("stream", STREAMS)
def test_compressed_text_is_an_ordinary_file(stream: str) -> None:
    assert detect("log.gz", BytesReader(STREAMS[stream](b"nothing to see here\n" * 100_000))) is None


@pytest.mark.parametrize("stream", STREAMS)
def test_every_cut_gives_an_answer(stream: str) -> None:
    content = STREAMS[stream](TFLITE)
    for kept in range(len(content)):
        detection = detect("data.bin", BytesReader(content[:kept]))
        assert detection is None or detection.format == "tflite"


def test_a_zip_behind_a_megabyte_of_stream_is_read_by_its_end() -> None:
    noise = random.Random(1).randbytes(1_500_000)
    archive = zipped({"noise": noise, "net": TFLITE}, zipfile.ZIP_STORED)
    for stream in ("gzip", "xz"):
        detection = detect("data.bin", BytesReader(STREAMS[stream](archive)))
        assert detection is not None
        assert detection.title == f"ZIP archive with 1 weight file, compressed with {stream}"


def test_a_large_compressed_model_costs_its_header() -> None:
    noise = random.Random(1).randbytes(4_000_000)
    reader = CountingReader(gzip.compress(TFLITE + noise, 1))
    assert detect("x", reader) is not None
    assert reader.taken < 1_400_000


def test_several_streams_in_a_row_are_one_file() -> None:
    content = gzip.compress(TFLITE[:100]) + gzip.compress(TFLITE[100:])
    detection = detect("data.bin", BytesReader(content))
    assert detection is not None
    assert detection.confidence is Confidence.CERTAIN


def test_brotli_is_known_by_its_name_only() -> None:
    detection = detect("model.safetensors.br", BytesReader(b"\x0b\x02\x80abc\x03" * 10))
    assert detection is not None
    assert (detection.format, detection.confidence) == ("safetensors", Confidence.POSSIBLE)
    assert detect("bundle.js.br", BytesReader(b"\x0b\x02\x80abc\x03" * 10)) is None


def test_an_archive_within_an_archive_is_looked_into_five_deep() -> None:
    content = TFLITE
    for _ in range(5):
        content = zipped({"inner": content})
    assert detect("x", BytesReader(content)) is not None
    with pytest.raises(UnreadableError, match="5 deep"):
        detect("x", BytesReader(zipped({"inner": content})))


def test_a_bomb_is_named_and_not_unpacked() -> None:
    zeros = io.BytesIO()
    with lzma.open(zeros, "wb", preset=0) as stream:
        for _ in range(130):
            stream.write(bytes(1024 * 1024))
    with pytest.raises(UnreadableError, match="more than 1,000-fold"):
        detect("data.zip", BytesReader(zipped({"a.tar.xz": tar_start() + zeros.getvalue()})))


def tar_start() -> bytes:
    """The first block of a tar whose one member is longer than anything that is unpacked."""
    import tarfile

    entry = tarfile.TarInfo("x")
    entry.size = 2**33
    return lzma.compress(entry.tobuf(tarfile.GNU_FORMAT))


def test_a_zip_that_claims_to_hold_petabytes_is_not_unpacked() -> None:
    content = bytearray(zipped({"x": bytes(100_000)}))
    directory = content.rfind(b"PK\x01\x02")
    content[directory + 24 : directory + 28] = (2**31).to_bytes(4, "little")
    with pytest.raises(UnreadableError, match="more than 1,000-fold"):
        detect("data.zip", BytesReader(bytes(content)))


def test_a_zip_whose_members_overlap_is_not_unpacked() -> None:
    content = zipped({"a": bytes(5000), "b": bytes(5000)})
    start = content.find(b"PK\x01\x02")
    record = content[start : content.find(b"PK\x01\x02", start + 4)]
    bomb = content[:start] + record * 2 + content[start + 2 * len(record) :]
    with pytest.raises(UnreadableError, match="overlap"):
        detect("data.zip", BytesReader(bomb))


def test_a_stream_that_holds_itself_ends() -> None:
    content = b"x" * 100
    for _ in range(50):
        content = gzip.compress(content)
    with pytest.raises(UnreadableError, match="5 deep"):
        detect("x", BytesReader(content))


def test_a_text_of_unknown_length_is_not_unpacked_to_its_end_to_be_sampled() -> None:
    text = b"An ordinary line of an ordinary text.\n" * 400_000
    inflated = Inflated(BytesReader(zlib.compress(text)), zlib_stream, lambda _count: None)
    assert density(BoundedReader(inflated, 2**25)) is Density.NONE
    assert inflated.held < len(text) // 2 + 2**20
    assert detect("data.bin", BytesReader(bz2.compress(text[:200_000]))) is None


def test_nothing_lies_behind_the_end_of_a_stream() -> None:
    inflated = Inflated(BytesReader(gzip.compress(b"short")), make_gzip, lambda _count: None)
    assert inflated.read(2**49, 16) == b""


def test_a_large_zip_of_arrays_whose_end_was_looked_for_in_vain_is_asked_again() -> None:
    stream = io.BytesIO()
    noise = random.Random(3).randbytes(2**20)
    arrays = {"w1": np.frombuffer(noise, np.uint8).reshape(-1, 512).astype(np.float32), "b1": np.ones(512, np.float32)}
    np.savez(stream, **arrays, w2=np.ones((512, 4), np.float32), b2=np.ones(4, np.float32))
    detection = detect("data.bin", BytesReader(lzma.compress(stream.getvalue(), preset=0)))
    assert detection is not None
    assert (detection.format, detection.confidence) == ("npz", Confidence.PROBABLE)


def test_a_stream_that_was_not_looked_through_and_grows_as_a_bomb_is_never_clean() -> None:
    zeros = gzip.compress(bytes(2**24), 9)
    claims = zeros[:-4] + (300_000_000).to_bytes(4, "little")
    forged = zeros * 16 + zeros[:-4] + (1000).to_bytes(4, "little")
    text = lzma.compress(b"a" * 70_000_000, preset=0)
    for bomb in (claims, gzip.compress(claims), forged, text):
        with pytest.raises(UnreadableError, match="as an archive bomb does"):
            detect("data.bin", BytesReader(bomb))
    assert detect("data.bin", BytesReader(lzma.compress(b"0,0\n" * 1_000_000, preset=0))) is None


def test_archives_deep_in_archives_cost_more_than_their_members(monkeypatch: pytest.MonkeyPatch) -> None:
    opened = []
    original = Allowance.count_archive

    def count(allowance: Allowance) -> None:
        opened.append(allowance)
        original(allowance)

    monkeypatch.setattr(Allowance, "count_archive", count)
    content = zipped({"a.txt": b"An ordinary text.\n"})
    for _ in range(4):
        content = zipped({f"{number}.zip": content for number in range(8)})
    with pytest.raises(UnreadableError):
        detect("nested.zip", BytesReader(content))
    assert len(opened) < 1_000


def test_what_is_compressed_twice_in_one_way_is_said_once() -> None:
    detection = detect("model.tflite.gz", BytesReader(gzip.compress(gzip.compress(TFLITE))))
    assert detection is not None
    assert detection.title.count("compressed with gzip") == 1
