"""What a scan is going to read, told before it reads, so that a forge can be asked once for all of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol, runtime_checkable

from bot.scanner.evidence import gather
from bot.scanner.readers import BlobReader, BytesReader, UnreadableError
from bot.scanner.surroundings import look_around
from bot.scanner.tree import Entry, Tree, one_by_one
from rules.facts import Detection, Pointer


@runtime_checkable
class ReadsAhead(Protocol):
    """A tree that gets the contents of many small files for the price of one."""

    def read_ahead(self, entries: Sequence[Entry]) -> None:
        """Get what can be got of these files at once; whatever it is not is read when it is opened."""
        ...


def read_ahead(weights: Iterable[tuple[str, Detection]], tree: Tree) -> None:
    """Let the tree get all that stands around the weights, if it can.

    The modules for evidence and surroundings say themselves what they look into: they are run on files that are all
    empty, which stops none of them early.
    """
    if not isinstance(tree, ReadsAhead):
        return
    dry = _Dry(tree)
    for path, detection in weights:
        try:
            gather(path, detection, dry)
            look_around(path, detection, dry)
        except UnreadableError:  # whoever reads it in earnest says so
            continue
    tree.read_ahead(list(dry.opened))


class _Dry:
    """A tree whose files are empty, and which notes which of them were opened."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self.opened: dict[Entry, None] = {}

    def entries(self, directory: str) -> Sequence[Entry]:
        """The real ones."""
        return self._tree.entries(directory)

    def entry(self, path: str) -> Entry | None:
        """The real one."""
        return self._tree.entry(path)

    def open(self, entry: Entry) -> BlobReader:
        """Nothing, and a note."""
        self.opened[entry] = None
        return BytesReader(b"")

    def open_all(self, entries: Sequence[Entry]) -> Iterator[BlobReader | UnreadableError]:
        """Nothing of each."""
        return one_by_one(self, entries)

    def open_object(self, _pointer: Pointer) -> BlobReader | None:
        """Out of reach."""
        return None

    def holds(self, _oids: Sequence[str]) -> frozenset[str]:
        """None of them."""
        return frozenset()
