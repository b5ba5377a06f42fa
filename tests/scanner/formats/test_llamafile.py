"""Executables with weights behind their program, and executables without."""

from __future__ import annotations

import gzip
import io
import random
import shutil
import struct
import sys
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest
from gguf import GGUFWriter
from safetensors.numpy import save

from bot.scanner.detect import detect
from bot.scanner.formats import llamafile
from bot.scanner.readers import BoundedReader, BytesReader
from rules.facts import Confidence, Detection, LicenseStatement, LoadingSafety

CODE = random.Random(0).randbytes(6000)


def read_alone(content: bytes) -> Detection | None:
    return llamafile.recognise("tool", BoundedReader(BytesReader(content), 2**25))


def elf(*, wide: bool = True) -> bytes:
    """A program with one segment and one section header, as small as can be."""
    if wide:
        head = b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HHI", 2, 62, 1)
        head += struct.pack("<QQQIHHHHHH", 0x400000, 64, 6120, 0, 64, 56, 1, 64, 1, 0)
        head += struct.pack("<IIQQQQQQ", 1, 5, 0, 0x400000, 0x400000, 6120, 6120, 4096)
        return (head + CODE)[:6120] + bytes(64)
    head = b"\x7fELF\x01\x01\x01" + bytes(9) + struct.pack("<HHI", 2, 3, 1)
    head += struct.pack("<IIIIHHHHHH", 0x8000, 52, 0, 0, 52, 32, 1, 40, 0, 0)
    head += struct.pack("<IIIIIIII", 1, 0, 0x8000, 0x8000, 6000, 6000, 5, 4096)
    return (head + CODE)[:6000]


def pe() -> bytes:
    head = b"MZ" + bytes(58) + struct.pack("<I", 64) + b"PE\0\0" + struct.pack("<HHIIIHH", 0x8664, 1, 0, 0, 0, 0, 2)
    head += b".text\0\0\0" + struct.pack("<IIII", 5000, 4096, 5000, 1000) + bytes(16)
    return head.ljust(1000, b"\0") + CODE[:5000]


def macho() -> bytes:
    head = b"\xcf\xfa\xed\xfe" + struct.pack("<7I", 0x0100000C, 0, 2, 1, 72, 0, 0)
    head += struct.pack("<II16sQQQQIIII", 0x19, 72, b"__TEXT", 0, 8192, 0, 6000, 7, 5, 0, 0)
    return (head + CODE)[:6000]


PROGRAMS = {"elf": elf(), "elf-32": elf(wide=False), "pe": pe(), "mach-o": macho(), "ape": b"MZqFpD='\n" + CODE}


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path: Path = tmp_path_factory.mktemp("gguf") / "model.gguf"
    writer = GGUFWriter(path, "llama")
    writer.add_string("general.license", "apache-2.0")
    writer.add_tensor("blk.0.attn_q.weight", np.ones((8, 16), np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path.read_bytes()


def zipped(program: bytes, members: dict[str, bytes], *, counts_from_zip: bool = False, packed: bool = False) -> bytes:
    """A zip behind a program; its offsets count from the program's first byte or from its own."""
    stream = io.BytesIO()
    if not counts_from_zip:
        stream.write(program)
    with zipfile.ZipFile(stream, "a", zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return program + stream.getvalue() if counts_from_zip else stream.getvalue()


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("counts_from_zip", [True, False])
def test_a_zip_behind_a_program_is_read_by_its_directory(
    program: str, weights: bytes, *, counts_from_zip: bool
) -> None:
    members = {".args": b"-m\nmodel.gguf\n", "model.gguf": weights}
    content = zipped(PROGRAMS[program], members, counts_from_zip=counts_from_zip)
    detection = detect("data.bin", BytesReader(content))
    assert detection is not None
    assert (detection.format, detection.is_weight, detection.confidence) == ("llamafile", True, Confidence.CERTAIN)
    assert (detection.parameters, detection.metadata["member"]) == (128, "model.gguf")
    assert detection.licenses == (LicenseStatement("general.license", "apache-2.0"),)
    assert detection.loading.safety is LoadingSafety.EXECUTES_CODE


@pytest.mark.parametrize("program", ["elf", "elf-32", "pe", "mach-o"])
@pytest.mark.parametrize("padding", [0, 40])
def test_weights_that_follow_a_program_bare_are_seen(program: str, padding: int, weights: bytes) -> None:
    detection = read_alone(PROGRAMS[program] + bytes(padding) + weights)
    assert detection is not None
    assert (detection.is_weight, detection.parameters) == (True, 128)


def test_other_weights_than_gguf_are_seen_too() -> None:
    content = zipped(elf(), {"model.safetensors": save({"w": np.ones((4, 4), np.float32)})})
    detection = read_alone(content)
    assert detection is not None
    assert (detection.parameters, detection.metadata["weights"]) == (16, "safetensors")


def test_a_network_that_lc0_reads_from_behind_itself_is_seen() -> None:
    network = gzip.compress(b"\x0d\xc0\x01\0\0" + b"\x1a\x04\x08\x00\x10\x15" + b"\x52\x02\x0a\x00")
    detection = read_alone(elf() + network + struct.pack("<i4s", len(network), b"Lc0!"))
    assert detection is not None
    assert detection.metadata["weights"] == "Leela Chess Zero network"


def test_a_real_program_is_none_and_one_with_weights_is_not(weights: bytes) -> None:
    real = Path(shutil.which("true") or sys.executable).read_bytes()
    assert read_alone(real) is None
    assert read_alone(real + weights) is not None


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_without_weights_is_none(program: str) -> None:
    bare = PROGRAMS[program]
    for content in (bare, bare + CODE, zipped(bare, {"a.txt": CODE, "b.gguf": b"GGUF is a word"})):
        assert read_alone(content) is None


def test_a_vocabulary_behind_a_program_is_no_weight(tmp_path: Path) -> None:
    writer = GGUFWriter(tmp_path / "vocab.gguf", "llama")
    writer.add_token_list(["a", "b"])
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()
    assert read_alone(zipped(elf(), {"vocab.gguf": (tmp_path / "vocab.gguf").read_bytes()})) is None


@pytest.mark.parametrize(
    "content",
    [
        b"\x7fELF\x02\x01\x01".ljust(5000, b"\xff"),
        b"\x7fELF\x07\x09".ljust(5000, b"\0"),
        b"MZ".ljust(5000, b"\xff"),
        b"\xcf\xfa\xed\xfe" + b"\x01\0\0\0" * 3000,
        elf() + b"PK\x05\x06" + b"\xff" * 18,
        elf() + b"PK\x01\x02" + b"\xff" * 42 + b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, 46, 2**31, 0),
        elf() + b"PK\x05\x06" * 1000,
    ],
)
def test_hostile_headers_are_left_in_time(content: bytes) -> None:
    begun = time.process_time()
    assert read_alone(content) is None
    assert time.process_time() - begun < 2


def test_a_large_file_costs_its_tail_and_the_header_of_the_weights(weights: bytes) -> None:
    class Large(BytesReader):
        """A llamafile of 8 GB: program, weights, nothing for a long time, the directory."""

        taken = 0

        def __init__(self, start: bytes, end: bytes) -> None:
            super().__init__(start)
            self.start, self.end = start, end

        @property
        def size(self) -> int:
            return 8 * 2**30

        def read(self, offset: int, length: int) -> bytes:
            self.taken += length
            last = self.size - len(self.end)
            zeros = self.start[offset : offset + length].ljust(min(length, max(0, last - offset)), b"\0")
            return (zeros + self.end[max(0, offset - last) :])[:length] if offset + length > last else zeros

    local = len(elf())
    header = struct.pack("<4sHHHHHIIIHH", b"PK\x03\x04", 45, 0, 0, 0, 0, 0, 0, 0, 10, 0)
    start = elf() + header + b"model.gguf" + weights
    extra = struct.pack("<HHQQ", 1, 16, 7 * 2**30, 7 * 2**30)
    entry = struct.pack("<4sHHHHHHIIIHHHHHII", b"PK\x01\x02", 45, 45, 0, 0, 0, 0, 0, 2**32 - 1, 2**32 - 1, 10,
                        len(extra), 0, 0, 0, 0, local) + b"model.gguf" + extra  # fmt: skip
    place = 8 * 2**30 - len(entry) - 56 - 20 - 22
    end = entry + struct.pack("<4sQHHIIQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, 1, 1, len(entry), place)
    end += struct.pack("<4sIQI", b"PK\x06\x07", 0, place + len(entry), 1)
    end += struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 1, 1, 2**32 - 1, 2**32 - 1, 0)
    reader = Large(start, end)
    detection = llamafile.recognise("x", BoundedReader(reader, 2**25))
    assert detection is not None
    assert detection.parameters == 128
    assert reader.taken < 512 * 1024


def test_every_cut_and_change_gives_an_answer(weights: bytes) -> None:
    content = zipped(elf(), {"model.gguf": weights})
    for place in (*range(200), *range(len(content) - 400, len(content))):
        read_alone(content[:place])
        for byte in (0x00, 0x7F, 0xFF):
            read_alone(content[:place] + bytes([byte]) + content[place + 1 :])
