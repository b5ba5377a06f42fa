"""Where weights of an earlier commit lie in a later one: at their path, or wherever the same content was moved."""

from __future__ import annotations

import hashlib
import itertools
import posixpath
from collections.abc import Collection, Mapping

from bot.forges.protocol import Tip, WholeTree
from bot.scanner.pointers import pointers_in
from bot.scanner.readers import UnreadableError
from bot.scanner.scan import HASH_LIMIT
from bot.scanner.tree import Entry, EntryKind
from rules.facts import Artifact

LISTED = 100_000
"""Files of a commit among which moved weights are looked for: a thousand calls on GitLab, which lists a hundred each.
The same number is where GitHub cuts its listings short ("Get a tree")."""

_STEP = 4 * 1024 * 1024


class Whereabouts:
    """One commit, searched for artifacts. What its tree raises passes through: UnreadableError and ForgeError."""

    def __init__(self, tip: Tip, tree: WholeTree) -> None:
        self.tip = tip
        self.tree = tree
        self._by_content: Mapping[str, list[Entry]] | None = None
        self._complete = True

    def at_its_path(self, artifact: Artifact) -> Entry | None:
        """The entry at the artifact's own path, None where something else lies there or nothing."""
        entry = self.tree.entry(artifact.path)
        if entry is None or entry.kind is not EntryKind.FILE:
            return None
        return entry if entry.oid == artifact.oid or self._is_same(artifact, entry) else None

    def moved(self, artifact: Artifact, taken: Collection[str]) -> Entry | None:
        """An entry with the artifact's content at a path that is not `taken`; one of the same name goes first.

        Raises UnreadableError where there are too many files to tell.
        """
        found = [entry for entry in self._listing().get(artifact.oid, ()) if entry.path not in taken]
        if not found and not self._complete:
            raise UnreadableError(
                f"it is not at its path, and whether it was moved is not known: there are more than {LISTED:,} files"
            )
        name = posixpath.basename(artifact.path)
        return min(found, key=lambda entry: (posixpath.basename(entry.path) != name, entry.path), default=None)

    def _listing(self) -> Mapping[str, list[Entry]]:
        if self._by_content is None:
            by_content: dict[str, list[Entry]] = {}
            walk = self.tree.walk()
            for entry in itertools.islice(walk, LISTED):
                if entry.kind is EntryKind.FILE and entry.oid.strip("0"):
                    by_content.setdefault(entry.oid, []).append(entry)
            self._complete = next(walk, None) is None
            self._by_content = by_content
        return self._by_content

    def _is_same(self, artifact: Artifact, entry: Entry) -> bool:
        """True where the weights went from git into a store beside it, or back, and are the same bytes."""
        if artifact.sha256 is None:
            return False
        reader = self.tree.open(entry)
        pointers = pointers_in(entry.path, reader)
        if pointers:
            return any((one.algorithm, one.digest) == ("sha256", artifact.sha256) for one in pointers)
        if reader.size != artifact.files[0].size or reader.size > HASH_LIMIT:
            return False
        digest = hashlib.sha256()
        for offset in range(0, reader.size, _STEP):
            digest.update(reader.read(offset, _STEP))
        return digest.hexdigest() == artifact.sha256
