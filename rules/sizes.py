"""Sizes in policy files: `50 MiB`, `2 GB`, a bare number of bytes, or `off`."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import BeforeValidator

_UNITS = {
    "B": 1,
    "kB": 1000, "KB": 1000, "MB": 1000**2, "GB": 1000**3, "TB": 1000**4,
    "KiB": 1024, "MiB": 1024**2, "GiB": 1024**3, "TiB": 1024**4,
}  # fmt: skip
"""Bytes in each unit; IEC 80000-13 for the binary ones."""

_SIZE = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,6})?) ?([A-Za-z]{0,3})")

_EXPECTED = "write a number and a unit, such as '50 MiB' or '2 GB' (units: B, kB, MB, GB, TB, KiB, MiB, GiB, TiB)"


def parse_size(written: object) -> int:
    """The number of bytes that a policy file means. Raises ValueError with what to write instead."""
    if isinstance(written, int) and not isinstance(written, bool) and written >= 0:
        return written
    if isinstance(written, str) and (match := _SIZE.fullmatch(written.strip())):
        factor = _UNITS.get(match[2] or "B")
        if factor is not None:
            return round(float(match[1]) * factor)
    raise ValueError(_EXPECTED)


def parse_limit(written: object) -> int | None:
    """As `parse_size`, and None for a limit that is switched off (YAML reads a bare `off` as false)."""
    if written is None or written is False or written == "off":
        return None
    try:
        return parse_size(written)
    except ValueError as error:
        raise ValueError(f"{error}, or 'off' for no limit") from error


Size = Annotated[int, BeforeValidator(parse_size, json_schema_input_type=int | str)]
"""Bytes."""

Limit = Annotated[int | None, BeforeValidator(parse_limit, json_schema_input_type=int | str | Literal[False] | None)]
"""Bytes, None where there is no limit."""
