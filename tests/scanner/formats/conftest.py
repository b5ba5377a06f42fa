"""What tests of formats share: a file cut anywhere and with any byte changed must still get an answer."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader

Damage = Callable[[bytes, str], None]


@pytest.fixture
def damaged_everywhere() -> Damage:
    """Ask about a file that is cut at many places, and whose bytes are changed one by one; any answer will do."""

    def ask(content: bytes, name: str = "data.bin") -> None:
        step = max(1, len(content) // 400)
        for place in range(0, len(content), step):
            detect(name, BytesReader(content[:place]))
            for byte in (0x00, 0x7F, 0xFF):
                detect(name, BytesReader(content[:place] + bytes([byte]) + content[place + 1 :]))

    return ask
