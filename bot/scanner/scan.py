"""Changes to facts: which of the changed files are weights, what they hold, and what could not be looked at."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable, Iterator, Sequence

from bot.scanner.ahead import read_ahead
from bot.scanner.detect import promised_formats
from bot.scanner.evidence import gather
from bot.scanner.examine import Examiner, Found
from bot.scanner.groups import Descriptions, grouped, in_company, merged
from bot.scanner.pointers import pointers_in
from bot.scanner.readers import FAULTS, BlobReader, BytesReader, FaultError, UnreadableError
from bot.scanner.surroundings import look_around
from bot.scanner.tree import Change, Changes, Entry, EntryKind, Tree
from rules.facts import Artifact, ChangeStatus, Detection, Facts, LicenseEvidence, MergeRequest, Previous
from rules.surroundings import Surroundings

HASH_LIMIT = 32 * 1024 * 1024
"""Bytes. Weights outside Git LFS are read whole for their digest up to this size: a third of the largest
blob GitHub's interface gives out (100 MB), some seconds of download."""

WHOLE_CHANGE = ""
"""The path of a NotExamined that speaks of no one file but of the list of changes."""

_log = logging.getLogger(__name__)


def collect(
    changes: Changes,
    tree: Tree,
    *,
    base: Tree | None = None,
    past: Callable[[], Changes] | None = None,
    merge_request: MergeRequest | None = None,
    ignores: Callable[[str], bool] = lambda _: False,
    progress: Callable[[int, int], None] | None = None,
    hash_limit: int = HASH_LIMIT,
) -> Facts:
    """The facts about the weights among the changed files.

    `base` is the tree that the change goes into: weights that it holds already under another name are not
    new, and what is replaced there is told. `past` gives what single commits of the merge request bring and
    later ones take away. `ignores` tells the paths that the policy leaves out. `progress` is called with the
    number of files done and of all files. Weights of at most `hash_limit` bytes are read whole for their
    SHA-256; for a pointer its own digest is taken. A file that cannot be read becomes a NotExamined and stops
    nothing; an incomplete list of changes becomes one with the path WHOLE_CHANGE. What `tree` raises beside
    UnreadableError passes through.
    """
    examiner = Examiner(tree, hash_limit)
    if not changes.complete:
        examiner.note(WHOLE_CHANGE, changes.remark or "The list of changed files is not complete.")
    scan = _Scan(tree, base, examiner)
    total = len(changes.files) + changes.passed_over
    wanted = [change for change in changes.files if _brings_content(change) and not ignores(change.path)]
    found = scan.examine(wanted, total, progress)
    return Facts(
        artifacts=tuple(scan.artifacts(found)),
        changed_files=total,
        past=tuple(scan.past(past, ignores)),
        not_examined=tuple(examiner.not_examined),
        unopened=changes.passed_over,
        merge_request=merge_request,
    )


class _Scan:
    """One run: what it reads from, and how."""

    def __init__(self, tree: Tree, base: Tree | None, examiner: Examiner) -> None:
        self._tree = tree
        self._base = base
        self._examiner = examiner
        self._described: Descriptions = {}

    def examine(
        self, changes: Sequence[Change], total: int, progress: Callable[[int, int], None] | None
    ) -> list[Found]:
        """What the files are that have to do with weights."""
        found = []
        for done, (change, reader) in enumerate(self._opened(changes), 1):
            result = self._examined(change, reader)
            if result is not None:
                found.append(result)
            if progress is not None:
                progress(done, total)
        if progress is not None:
            progress(total, total)
        return found

    def artifacts(self, found: Sequence[Found]) -> Iterator[Artifact]:
        """The models that the files are, without those that the base holds already."""
        groups = [group for group in self._explained(grouped(found)) if _are_weights(group)]
        held = self._held([one.entry.oid for group in groups for one in group])
        self._read_ahead([group for group in groups if any(one.entry.oid not in held for one in group)])
        for group in groups:
            new = [one for one in group if one.entry.oid not in held]
            if new:
                yield self._artifact(merged(group), group[0], [one for one in group[1:] if one in new])

    def _read_ahead(self, groups: Sequence[Sequence[Found]]) -> None:
        """Let the tree get at once what stands around the weights."""
        merges = ((group[0].path, merged(group)) for group in groups)
        read_ahead([(path, detection) for path, detection in merges if detection is not None], self._tree)

    def past(self, past: Callable[[], Changes] | None, ignores: Callable[[str], bool]) -> Iterator[Artifact]:
        """Weights that only the history of the merge request holds."""
        if past is None:
            return
        changes = past()
        if not changes.complete:
            self._examiner.note(WHOLE_CHANGE, changes.remark or "Not every commit of the change was looked at.")
        wanted = [change for change in changes.files if _brings_content(change) and not ignores(change.path)]
        found = self.examine(wanted, len(wanted), None)
        held = self._held([one.entry.oid for one in found])
        for group in grouped(found):
            detection = merged(group)
            if _are_weights(group) and detection is not None and group[0].entry.oid not in held:
                artifact = self._artifact(detection, group[0], group[1:])
                yield dataclasses.replace(artifact, commit=group[0].change.commit, evidence=(), previous=None)

    def _opened(self, changes: Sequence[Change]) -> Iterator[tuple[Change, BlobReader | UnreadableError | None]]:
        """The changes with their contents; None for what is no file."""
        files = [change.entry for change in changes if change.entry is not None and _is_opened(change, change.entry)]
        readers = self._tree.open_all(files)
        for change in changes:
            if change.entry is None or not _is_opened(change, change.entry):
                yield change, BytesReader(change.content) if change.content is not None else None
            else:
                yield change, next(readers)

    def _examined(self, change: Change, reader: BlobReader | UnreadableError | None) -> Found | None:
        if change.entry is None:
            self._examiner.note(change.path, "its new content could not be located")
            return None
        try:
            if change.entry.kind is EntryKind.SUBMODULE:
                return self._examiner.submodule(change, change.entry)
            if reader is None:
                return None
            if isinstance(reader, UnreadableError):
                raise reader
            return self._examiner.examine(change, change.entry, reader)
        except UnreadableError as error:
            self._examiner.note(change.path, str(error))
        except FAULTS as error:
            _log.exception("examining %r failed", change.path)
            self._examiner.note(change.path, str(FaultError(error)))
        return None

    def _explained(self, groups: Sequence[list[Found]]) -> Iterator[list[Found]]:
        """The same groups; a file whose bytes do not say what it is joins those that the same description names."""
        described: dict[str, list[Found]] = {}
        for group in groups:
            company = self._company(group[0]) if len(group) == 1 else None
            if company is not None:
                describing, detection = company
                described.setdefault(describing, []).append(dataclasses.replace(group[0], detection=detection))
                continue
            if len(group) == 1 and group[0].detection is None:
                self._examiner.note_unexplained(group[0])
            yield group
        for first, *others in described.values():
            yield [first, *(dataclasses.replace(one, detection=None) for one in others)]

    def _company(self, found: Found) -> tuple[str, Detection] | None:
        detection = found.detection
        if found.is_sure or found.entry.kind is not EntryKind.FILE or (detection and not detection.is_weight):
            return None
        try:
            return in_company(found.path, self._tree, self._described)
        except UnreadableError:
            return None

    def _held(self, oids: Sequence[str]) -> frozenset[str]:
        named = [oid for oid in oids if oid.strip("0")]
        return self._base.holds(named) if self._base is not None and named else frozenset()

    def _artifact(self, detection: Detection | None, first: Found, others: Sequence[Found]) -> Artifact:
        if detection is None:
            raise ValueError("a group of weights has a detection")
        first, *others = (self._examiner.with_digest(one) for one in (first, *others))
        parts = (*first.listed, *(one.part for one in others))
        return Artifact(
            path=first.path,
            status=first.change.status,
            detection=detection,
            size=first.size + sum(part.size for part in parts),
            size_in_git=first.size_in_git + sum(part.size_in_git for part in parts),
            oid=first.entry.oid,
            sha256=first.sha256,
            previous_path=first.change.previous_path,
            pointer=first.pointer,
            evidence=self._evidence(first.path, detection),
            surroundings=self._surroundings(first.path, detection),
            expected_formats=first.promised,
            parts=parts,
            previous=self._previous(first.change),
        )

    def _evidence(self, path: str, detection: Detection) -> tuple[LicenseEvidence, ...]:
        """The licence evidence; where it cannot be read that is noted, and the weights are reported all the same."""
        try:
            return gather(path, detection, self._tree)
        except UnreadableError as error:
            self._examiner.note(path, f"where its licence is stated could not be read: {error}")
            return ()

    def _surroundings(self, path: str, detection: Detection) -> Surroundings:
        """What stands around it. Where that cannot be read the rest is judged, and what is missing is no sure loss."""
        try:
            return look_around(path, detection, self._tree)
        except UnreadableError as error:
            self._examiner.note(path, f"what stands around it could not be read: {error}", decisive=False)
            return Surroundings()

    def _previous(self, change: Change) -> Previous | None:
        """What the change replaces. An extra: where it cannot be read, its size and digest stay unknown."""
        if change.previous_oid is None or change.status not in {ChangeStatus.MODIFIED, ChangeStatus.TYPE_CHANGED}:
            return None
        if self._base is None:
            return Previous(change.previous_oid)
        path = change.previous_path or change.path
        try:
            reader = self._base.open(Entry(path, EntryKind.FILE, change.previous_oid))
            pointers = pointers_in(path, reader)
        except UnreadableError:
            return Previous(change.previous_oid)
        if not pointers:
            return Previous(change.previous_oid, reader.size)
        pointer = pointers[0]
        digest = pointer.digest if pointer.algorithm == "sha256" and pointer.digest else None
        return Previous(change.previous_oid, pointer.size, digest)


def is_looked_at(change: Change) -> bool:
    """True for a change whose content the scan wants to see, as far as the change itself tells."""
    if change.entry is None or not _brings_content(change):
        return False
    return _is_opened(change, change.entry) or change.may_be_pointer or change.entry.kind is EntryKind.SUBMODULE


def _brings_content(change: Change) -> bool:
    """False for deletions and for content the repository holds already: a pure rename or a change of mode."""
    if change.status is ChangeStatus.DELETED:
        return False
    same = change.entry is not None and change.previous_oid == change.entry.oid and bool(change.entry.oid.strip("0"))
    return not same or change.status is ChangeStatus.TYPE_CHANGED


def _is_opened(change: Change, entry: Entry) -> bool:
    """False where the content is known already, or the forge has shown that it is text of no interest."""
    if entry.kind not in {EntryKind.FILE, EntryKind.SYMLINK} or change.content is not None:
        return False
    return not change.known_text or change.may_be_pointer or bool(promised_formats(change.path))


def _are_weights(group: Sequence[Found]) -> bool:
    """True where a file of the group is one, or several files are a description and its numbers."""
    if any(one.detection is not None and one.detection.is_weight for one in group):
        return True
    return len(group) > 1 and group[0].detection is not None
