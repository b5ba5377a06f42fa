"""Whether a file begins as a module's own MARK says: what a recogniser that is asked of any bytes looks at first."""

from __future__ import annotations

import functools
import re

from bot.scanner.readers import BoundedReader


def begins_with(mark: bytes, blob: BoundedReader, least: int = 1) -> bool:
    """True where the head matches the mark and the file has at least `least` bytes."""
    return blob.size >= least and _compiled(mark).match(blob.head) is not None


@functools.cache
def _compiled(mark: bytes) -> re.Pattern[bytes]:
    return re.compile(mark, re.DOTALL)
