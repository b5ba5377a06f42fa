"""Changes to facts: which of the changed files are weights, what they hold, and what could not be looked at."""

from __future__ import annotations

import hashlib
import logging
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.scanner.detect import detect, promised_formats
from bot.scanner.evidence import gather
from bot.scanner.formats import all_formats
from bot.scanner.pointers import POINTER_LIMIT, parse_pointer
from bot.scanner.readers import BlobReader, BytesReader, UnreadableError
from bot.scanner.tree import Change, Changes, Entry, EntryKind, Tree
from rules.facts import (
    Artifact,
    ChangeStatus,
    Confidence,
    Detection,
    Facts,
    LicenseEvidence,
    LoadingSafety,
    LoadingVerdict,
    MergeRequest,
    NotExamined,
    Pointer,
)

HASH_LIMIT = 32 * 1024 * 1024
"""Bytes. Weights outside Git LFS are read whole for their digest up to this size: a third of the largest
blob GitHub's interface gives out (100 MB), some seconds of download."""

WHOLE_CHANGE = ""
"""The path of a NotExamined that speaks of no one file but of the list of changes."""

_STEP = 4 * 1024 * 1024

_OUR_FAULTS = (
    ArithmeticError,
    AttributeError,
    LookupError,
    MemoryError,
    RecursionError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)
"""What a parser with a fault raises on bytes its author did not foresee. Named one by one, so that a forge's
"try again later" passes through to whoever can try again."""

_log = logging.getLogger(__name__)


@dataclass
class _Scan:
    """One run: what it reads from, and what it has found so far."""

    tree: Tree
    hash_limit: int
    artifacts: list[Artifact] = field(default_factory=list)
    not_examined: list[NotExamined] = field(default_factory=list)


def collect(
    changes: Changes,
    tree: Tree,
    *,
    merge_request: MergeRequest | None = None,
    ignores: Callable[[str], bool] = lambda _: False,
    progress: Callable[[int, int], None] | None = None,
    hash_limit: int = HASH_LIMIT,
) -> Facts:
    """The facts about the weights among the changed files.

    `ignores` tells the paths that the policy leaves out. `progress` is called with the number of files
    done and of all files. Weights of at most `hash_limit` bytes are read whole for their SHA-256; for a
    pointer its own digest is taken. A file that cannot be read becomes a NotExamined and stops nothing;
    an incomplete list of changes becomes one with the path WHOLE_CHANGE. What `tree` raises beside
    UnreadableError passes through.
    """
    scan = _Scan(tree, hash_limit)
    if not changes.complete:
        remark = changes.remark or "The list of changed files is not complete."
        scan.not_examined.append(NotExamined(WHOLE_CHANGE, remark))
    total = len(changes.files)
    for done, change in enumerate(changes.files, 1):
        if _brings_content(change) and not ignores(change.path):
            _examine(change, scan)
        if progress is not None:
            progress(done, total)
    return Facts(
        artifacts=tuple(scan.artifacts),
        changed_files=total,
        not_examined=tuple(scan.not_examined),
        merge_request=merge_request,
    )


def _brings_content(change: Change) -> bool:
    """False for deletions and for content the repository holds already: a pure rename or a change of mode."""
    if change.status is ChangeStatus.DELETED:
        return False
    same = change.entry is not None and change.previous_oid == change.entry.oid and bool(change.entry.oid.strip("0"))
    return not same or change.status is ChangeStatus.TYPE_CHANGED


def _examine(change: Change, scan: _Scan) -> None:
    promised = promised_formats(change.path)
    if change.entry is None:
        scan.not_examined.append(NotExamined(change.path, "its new content could not be located"))
        return
    if change.entry.kind is EntryKind.SUBMODULE:
        scan.not_examined.append(NotExamined(change.path, "a submodule: the files of another repository"))
        return
    if change.entry.kind is EntryKind.SYMLINK:
        if promised:
            scan.not_examined.append(NotExamined(change.path, "a symbolic link: it is not followed"))
        return
    if change.known_text and not (change.may_be_pointer or promised or change.content is not None):
        return
    try:
        _examine_file(change, change.entry, promised, scan)
    except UnreadableError as error:
        scan.not_examined.append(NotExamined(change.path, str(error)))
    except _OUR_FAULTS as error:
        _log.exception("examining %r failed", change.path)
        reason = f"a fault in Weighbridge ({type(error).__name__}), not in the file; please report it"
        scan.not_examined.append(NotExamined(change.path, reason))


def _examine_file(change: Change, entry: Entry, promised: tuple[str, ...], scan: _Scan) -> None:
    in_git = BytesReader(change.content) if change.content is not None else scan.tree.open(entry)
    pointer = parse_pointer(in_git.read(0, in_git.size)) if in_git.size <= POINTER_LIMIT else None
    weights = in_git if pointer is None else None
    if pointer is None:
        detection = _detect(change.path, in_git, promised, scan)
    else:
        weights, detection = _detect_behind(pointer, change.path, promised, scan)
    if detection is None or not detection.is_weight:
        return
    size = weights.size if weights is not None else 0
    scan.artifacts.append(
        Artifact(
            path=change.path,
            status=change.status,
            detection=detection,
            size=pointer.size if pointer is not None and pointer.size is not None else size,
            size_in_git=in_git.size,
            oid=entry.oid,
            sha256=_digest(pointer, weights, scan.hash_limit),
            previous_path=change.previous_path,
            pointer=pointer,
            evidence=_evidence(change.path, detection, scan),
            expected_formats=promised,
        )
    )


def _detect(path: str, weights: BlobReader, promised: tuple[str, ...], scan: _Scan) -> Detection | None:
    detection = detect(path, weights)
    if detection is None and promised and weights.size:
        reason = f"its name promises {_title(promised[0])}, but its content is no format that is known here"
        scan.not_examined.append(NotExamined(path, reason))
    return detection


def _detect_behind(
    pointer: Pointer, path: str, promised: tuple[str, ...], scan: _Scan
) -> tuple[BlobReader | None, Detection | None]:
    """The object a pointer stands for and what it is; where it cannot be read, that is noted and the name must do."""
    try:
        weights = scan.tree.open_object(pointer)
        if weights is not None:
            return weights, _detect(path, weights, promised, scan)
        reason = "the object it stands for is not here"
    except UnreadableError as error:
        reason = str(error)
    scan.not_examined.append(NotExamined(path, f"a {pointer.kind} pointer whose content could not be read: {reason}"))
    return None, _named_only(promised)


def _evidence(path: str, detection: Detection, scan: _Scan) -> tuple[LicenseEvidence, ...]:
    """The licence evidence; where it cannot be read that is noted, and the weights are reported all the same."""
    try:
        return gather(path, detection, scan.tree)
    except UnreadableError as error:
        scan.not_examined.append(NotExamined(path, f"where its licence is stated could not be read: {error}"))
        return ()


def _named_only(promised: tuple[str, ...]) -> Detection | None:
    """What can be said of weights of which nothing but the name and a pointer is known."""
    if not promised:
        return None
    return Detection(
        format=promised[0],
        title=_title(promised[0]),
        is_weight=True,
        confidence=Confidence.POSSIBLE,
        loading=LoadingVerdict(LoadingSafety.UNKNOWN, ("its content could not be read",)),
        remarks=("Known by its name only.",),
    )


def _title(identifier: str) -> str:
    return all_formats()[identifier].TITLE


def _digest(pointer: Pointer | None, weights: BlobReader | None, limit: int) -> str | None:
    if pointer is not None and pointer.algorithm == "sha256":
        return pointer.digest
    if weights is None or weights.size > limit:
        return None
    digest = hashlib.sha256()
    try:
        for offset in range(0, weights.size, _STEP):
            digest.update(weights.read(offset, _STEP))
    except UnreadableError:  # the head could be read and was judged; a digest is an extra
        return None
    return digest.hexdigest()
