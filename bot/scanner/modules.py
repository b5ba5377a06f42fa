"""Modules of a folder, known by their constants and imported only when one is asked to work.

A scan asks a dozen of some 160 modules (formats, containers, pointers); importing them all took it a quarter of a
second. So their constants are kept in one file per folder beside Python's compiled modules, and as those it counts only
while every source of the scanner has the size and time that it was made from. Without it all modules are imported.

    python -m bot.scanner.modules      writes the files, as an installation does once
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import importlib.util
import json
import os
import pkgutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

_SCANNER = Path(__file__).parent
_FOLDERS = ("containers.kinds", "formats", "pointers")
"""Packages of the scanner whose modules are found in this way."""
_CONSTANTS = ("TITLE", "SUFFIXES", "MARK", "NAMES", "LEAST", "GENERIC", "SINGLE", "LIMIT")
"""What the contracts of these folders name."""

_Constants: TypeAlias = Mapping[str, object]


class Declared:
    """Stands for a module: its constants are at hand, and its first function that is asked for imports it."""

    def __init__(self, name: str, summary: str, constants: _Constants) -> None:
        self.__name__ = name
        self.__doc__ = summary
        self.__dict__.update(constants)

    def __getattr__(self, name: str) -> object:
        if name.isupper() or name.startswith("_"):
            raise AttributeError(f"{self.__name__} declares no {name}")
        found = self.__dict__[name] = getattr(importlib.import_module(self.__name__), name)
        return found


def modules_of(package: str) -> Mapping[str, Declared]:
    """The modules of a package by their names with hyphens, in alphabetical order; private ones are left out."""
    kept = _kept(package)
    if kept is None:
        kept = {name: _declared(f"{package}.{name}") for name in _names(package)}
        if not sys.dont_write_bytecode:
            _keep(package, kept)
    return {
        name.replace("_", "-"): Declared(f"{package}.{name}", summary, constants)
        for name, (summary, constants) in kept.items()
    }


def _names(package: str) -> list[str]:
    path = importlib.import_module(package).__path__
    return sorted(module.name for module in pkgutil.iter_modules(path) if not module.name.startswith("_"))


def _declared(module: str) -> tuple[str, _Constants]:
    found = importlib.import_module(module)
    constants = {name: getattr(found, name) for name in _CONSTANTS if hasattr(found, name)}
    return (found.__doc__ or "").partition("\n")[0], constants


def _kept(package: str) -> dict[str, tuple[str, _Constants]] | None:
    """What the file of a package holds; None where there is none or a source has changed since."""
    try:
        state, modules = json.loads(_place(package).read_bytes())
    except (OSError, ValueError):
        return None
    if state != _sources():
        return None
    return {name: (summary, dict(_thawed(constants))) for name, (summary, constants) in modules.items()}


def _keep(package: str, modules: Mapping[str, tuple[str, _Constants]]) -> None:
    """Write the file of a package at one stroke; where that cannot be, the next process imports again."""
    frozen = {name: (summary, dict(_frozen(constants))) for name, (summary, constants) in modules.items()}
    place = _place(package)
    with contextlib.suppress(OSError):
        place.parent.mkdir(exist_ok=True)
        draft = place.with_suffix(f".{os.getpid()}")
        draft.write_text(json.dumps((_sources(), frozen)), "utf-8")
        draft.replace(place)


def _frozen(constants: _Constants) -> Iterator[tuple[str, object]]:
    """JSON has no bytes; the only ones are marks."""
    for name, value in constants.items():
        yield name, value.decode("latin-1") if isinstance(value, bytes) else value


def _thawed(constants: _Constants) -> Iterator[tuple[str, object]]:
    for name, value in constants.items():
        if name == "MARK" and isinstance(value, str):
            yield name, value.encode("latin-1")
        else:
            yield name, tuple(value) if isinstance(value, list) else value


def _place(package: str) -> Path:
    source = _SCANNER.joinpath(*package.split(".")[2:], "declared.py")
    return Path(importlib.util.cache_from_source(str(source))).with_suffix(".json")


@functools.cache
def _sources() -> list[list[object]]:
    """Path, size and time of every source of the scanner: a mark may be put together from what others define.

    The time is in seconds: images of containers keep no more.
    """
    return sorted(_stamps(str(_SCANNER)))


def _stamps(folder: str) -> Iterator[list[object]]:
    with os.scandir(folder) as listing:
        for item in listing:
            if item.name.endswith(".py"):
                found = item.stat()
                yield [os.path.relpath(item.path, _SCANNER), found.st_size, int(found.st_mtime)]
            elif item.is_dir() and item.name != "__pycache__":
                yield from _stamps(item.path)


def main() -> None:
    """Write the file of every folder."""
    for folder in _FOLDERS:
        package = f"bot.scanner.{folder}"
        _keep(package, {name: _declared(f"{package}.{name}") for name in _names(package)})


if __name__ == "__main__":
    main()
