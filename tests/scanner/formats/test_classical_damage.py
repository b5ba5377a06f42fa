"""Models of classical libraries, cut anywhere and with changed bytes: always an answer, never an error."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader, UnreadableError

FILES = sorted(path for path in (Path(__file__).parent / "data" / "classical").rglob("*") if path.suffix != ".md")
CUTS, CHANGES = 25, 40


def ask(content: bytes, name: str) -> None:
    with contextlib.suppress(UnreadableError):  # an archive that could not be looked through says so
        detect(name, BytesReader(content))


@pytest.mark.parametrize("path", FILES, ids=[path.name for path in FILES])
def test_a_damaged_file_gives_an_answer(path: Path) -> None:
    content = path.read_bytes()
    for kept in range(0, len(content), 1 + len(content) // CUTS):
        ask(content[:kept], "data.bin")
        ask(content[:kept], path.name)
    begin = min(len(content), 4000)
    for position in range(0, begin, 1 + begin // CHANGES):
        for byte in (0x00, 0xFF, content[position] ^ 1):
            ask(content[:position] + bytes([byte]) + content[position + 1 :], "data.bin")
