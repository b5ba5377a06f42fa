"""Models of classical libraries, cut anywhere and with changed bytes: always an answer, never an error."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader

FILES = sorted(path for path in (Path(__file__).parent / "data" / "classical").rglob("*") if path.suffix != ".md")
CUTS, CHANGES = 60, 100


@pytest.mark.parametrize("path", FILES, ids=[path.name for path in FILES])
def test_a_damaged_file_gives_an_answer(path: Path) -> None:
    content = path.read_bytes()
    for kept in range(0, len(content), 1 + len(content) // CUTS):
        detect("data.bin", BytesReader(content[:kept]))
        detect(path.name, BytesReader(content[:kept]))
    for position in range(0, min(len(content), 4000), 1 + min(len(content), 4000) // CHANGES):
        for byte in (0x00, 0x7F, 0xFF, content[position] ^ 1):
            detect("data.bin", BytesReader(content[:position] + bytes([byte]) + content[position + 1 :]))
