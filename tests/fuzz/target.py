"""What holds for any bytes: every recogniser, and the detection as a whole, answers and raises nothing."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from bot.scanner.detect import detect
from bot.scanner.formats import all_formats
from bot.scanner.readers import BoundedReader, BytesReader, FaultError, UnreadableError
from rules.facts import Detection

DATA = Path(__file__).parents[1] / "scanner" / "formats" / "data"
_BUDGET = 32 * 1024 * 1024
_LONGEST = 200
"""Characters of a text that is shown and stored."""


def real_files() -> Iterator[Path]:
    """The real small files that the tests of formats read."""
    return (path for path in sorted(DATA.rglob("*")) if path.is_file() and path.suffix not in {".md", ".toml"})


def ask(content: bytes, name: str = "data.bin") -> None:
    """Ask every recogniser, whatever its mark, and then the detection, which may refuse to call an archive clean."""
    for module in all_formats().values():
        with contextlib.suppress(UnreadableError):
            _check(module.recognise(name, BoundedReader(BytesReader(content), _BUDGET)))
    ask_detection(content, name)


def ask_detection(content: bytes, name: str = "data.bin") -> Detection | None:
    """What the bytes are taken for, None too where an archive could not be looked through."""
    try:
        answer = _check(detect(name, BytesReader(content)))
    except FaultError:
        raise
    except UnreadableError:
        return None
    if answer is not None:
        assert answer.parameters is None or answer.parameters < 2**63, answer.format
        assert answer.tensors is None or answer.tensors < 2**63, answer.format
    return answer


def _check(answer: Detection | None) -> Detection | None:
    """The answer, after it was found fit to be shown. Raises AssertionError."""
    if answer is not None:
        assert answer.parameters is None or answer.parameters >= 0, answer.format
        assert answer.tensors is None or answer.tensors >= 0, answer.format
        for text in (*answer.metadata.values(), *answer.base_models):
            assert len(text) <= _LONGEST, answer.format
            assert text.isprintable(), answer.format
    return answer
