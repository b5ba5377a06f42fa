"""What tests of formats share: a file cut anywhere and with any byte changed must still get an answer."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader, UnreadableError

Damage = Callable[[bytes, str], None]


@pytest.fixture
def damaged_everywhere() -> Damage:
    """Ask about a file that is cut at many places, and whose bytes are changed one by one.

    Any answer will do, and so will the refusal to call an archive clean that cannot be looked through.
    """

    def ask(content: bytes, name: str = "data.bin") -> None:
        step = max(1, len(content) // 150)
        for place in range(0, len(content), step):
            changed = (content[:place] + bytes([byte]) + content[place + 1 :] for byte in (0x00, 0x7F, 0xFF))
            for damaged in (content[:place], *changed):
                with contextlib.suppress(UnreadableError):
                    detect(name, BytesReader(damaged))

    return ask
