"""Small files in git that stand for large ones elsewhere, one module per kind.

A pointer module defines `parse(content: bytes) -> Pointer | None`. Adding a kind is adding one module.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Sequence
from typing import Protocol, cast

from rules.facts import Pointer

POINTER_LIMIT = 1024
"""Bytes. A pointer of Git LFS has less (git-lfs, docs/spec.md: "less than 1024 bytes"); larger files are none."""


class PointerKind(Protocol):
    """What a module in this folder offers."""

    def parse(self, content: bytes) -> Pointer | None:
        """The pointer written in `content`, None where it is something else."""
        ...


@functools.cache
def _kinds() -> Sequence[PointerKind]:
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return tuple(cast(PointerKind, importlib.import_module(f"{__name__}.{name}")) for name in names)


def parse_pointer(content: bytes) -> Pointer | None:
    """The pointer that `content` is, None where it is none of the known kinds."""
    if not content or len(content) > POINTER_LIMIT:
        return None
    return next((pointer for kind in _kinds() if (pointer := kind.parse(content)) is not None), None)
