"""The tree of an HDF5 file: every group and dataset with its path, each visited once.

Source: "HDF5 File Format Specification, Version 3.0", III.A.1 (B-trees of groups) and III.C (symbol tables).
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.scanner.readers import BudgetExceededError
from bot.scanner.structures.hdf5.file import File, number
from bot.scanner.structures.hdf5.objects import Link, Object, read_object
from bot.scanner.structures.pages import DamagedError

OBJECT_LIMIT = 20_000
"""Groups and datasets that are looked at; large models have a few thousand."""
DEPTH_LIMIT = 64
_NODE_LIMIT = 10_000
"""Nodes of one group's B-tree."""


def walk(file: File) -> Iterator[tuple[str, Object]]:
    """Path (without a slash before it; the root is "") and object, groups before what they hold.

    Raises DamagedError or BudgetExceededError at the place where reading ends; what came before stands.
    """
    waiting: list[tuple[str, int]] = [("", file.root)]
    visited: set[int] = set()
    while waiting:
        path, address = waiting.pop()
        if address in visited:
            continue
        visited.add(address)
        if len(visited) > OBJECT_LIMIT or path.count("/") > DEPTH_LIMIT:
            raise BudgetExceededError("it has more objects than are read here")
        found = read_object(file, address)
        for tree, heap in found.tables:
            found.links.extend(_table_links(file, tree, heap))
        yield path, found
        waiting += [
            (f"{path}/{link.name}".lstrip("/"), link.address) for link in found.links if link.address is not None
        ]


def _table_links(file: File, tree: int, heap: int) -> Iterator[Link]:
    """Links of a group of the older kind."""
    waiting, visited = [tree], set()
    while waiting:
        address = waiting.pop()
        if address in visited:
            continue
        visited.add(address)
        if len(visited) > _NODE_LIMIT:
            raise BudgetExceededError("a group has more parts than are read here")
        if file.read(address, 4) == b"SNOD":
            yield from _node_links(file, address, heap)
        else:
            waiting += _children(file, address)


def _children(file: File, address: int) -> list[int]:
    head = 8 + 2 * file.offset_width
    start = file.read(address, head)
    if start[:4] != b"TREE" or start[4] != 0:
        raise DamagedError
    count, step = number(start, 6, 2), file.length_width + file.offset_width
    raw = file.read(address + head, count * step)
    children = [file.address(raw, index * step + file.length_width) for index in range(count)]
    return [child for child in children if child is not None]


def _node_links(file: File, address: int, heap: int) -> Iterator[Link]:
    count, step = number(file.read(address, 8), 6, 2), 2 * file.offset_width + 24
    raw = file.read(address + 8, count * step)
    for index in range(count):
        begin = index * step
        name = file.name(heap, number(raw, begin, file.offset_width))
        # Type 2 is a link by path; its address field has no meaning.
        kind = number(raw, begin + 2 * file.offset_width, 4)
        yield Link(name, None if kind == 2 else file.address(raw, begin + file.offset_width))
