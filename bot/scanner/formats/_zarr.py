"""What a description of an array in Zarr says.

Sources: "Zarr Storage Specification Version 2" (`.zarray`) and "Zarr core specification (version 3)" (`zarr.json`).
"""

from __future__ import annotations

from bot.scanner.formats._layers import NamedArray

_RANK_LIMIT = 32


def array_of(name: str, described: object) -> NamedArray | None:
    """An array by its description, None for groups and attributes."""
    if not isinstance(described, dict):
        return None
    shape, kind = described.get("shape"), described.get("dtype", described.get("data_type"))
    if not isinstance(shape, list) or len(shape) > _RANK_LIMIT or not isinstance(kind, str):
        return None
    if not all(isinstance(side, int) and 0 <= side < 2**53 for side in shape):
        return None
    return NamedArray(name, tuple(shape), "float" in kind or kind.lstrip("<>|=")[:1] == "f")
