"""Guidelines as data, one YAML file each: a policy file with a header that says where it comes from.

Adding a guideline is adding one file here; its name without `.yml` is the pack's identifier.
"""

from __future__ import annotations

import functools
from importlib import resources

_SUFFIX = ".yml"


@functools.cache
def pack_names() -> tuple[str, ...]:
    """Identifiers of all packs, in alphabetical order."""
    names = (entry.name for entry in resources.files(__name__).iterdir())
    return tuple(sorted(name.removesuffix(_SUFFIX) for name in names if name.endswith(_SUFFIX)))


def read_pack(name: str) -> bytes:
    """The file of a pack. Raises KeyError where there is no such pack."""
    if name not in pack_names():
        raise KeyError(name)
    return (resources.files(__name__) / f"{name}{_SUFFIX}").read_bytes()
