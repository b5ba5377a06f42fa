from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from bot.scanner.surroundings import look_around
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict
from rules.surroundings import Surroundings

from ..evidence.conftest import MemoryTree


def detection(**facts: Any) -> Detection:
    return Detection(
        **{
            "format": "safetensors",
            "title": "safetensors",
            "is_weight": True,
            "confidence": Confidence.CERTAIN,
            "loading": LoadingVerdict(LoadingSafety.SAFE),
        }
        | facts
    )


@pytest.fixture
def around() -> Callable[..., Surroundings]:
    """What stands around `path` in a tree of these files."""

    def looked(path: str, files: Mapping[str, bytes | str], **facts: Any) -> Surroundings:
        return look_around(path, detection(**facts), MemoryTree({path: b"weights"} | dict(files)))

    return looked
