"""One changed file: what it is by its own bytes, or by those that it points to."""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.scanner.detect import detect, promised_formats
from bot.scanner.formats import all_formats
from bot.scanner.names import names_model, names_ordinary
from bot.scanner.pointers import pointers_in
from bot.scanner.readers import BlobReader, UnreadableError, WrongObjectError
from bot.scanner.submodules import address_of, model_repository
from bot.scanner.tree import Change, Entry, EntryKind, Tree
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict, NotExamined, Part, Pointer

_STEP = 4 * 1024 * 1024
_TEXT = bytes(range(32, 127)) + b"\t\n\r\f"
_SAMPLE = 1024
_HASHES = {"sha256", "sha1", "sha512", "sha384", "sha224", "md5"}
_STORES = {"git-lfs": "Git LFS", "git-annex": "git-annex", "dvc": "DVC", "xet": "Xet"}


@dataclass(frozen=True)
class Found:
    """What one changed file turned out to be."""

    change: Change
    entry: Entry
    detection: Detection | None
    """None where no format knows the bytes, which may then be part of a model that another file describes."""
    size: int
    """Bytes of the content: of the object for a pointer."""
    size_in_git: int
    sha256: str | None = None
    pointer: Pointer | None = None
    promised: tuple[str, ...] = ()
    """Formats that the name promises."""
    listed: tuple[Part, ...] = ()
    """Further files that a pointer file names (DVC)."""

    @property
    def path(self) -> str:
        """The changed path."""
        return self.change.path

    @property
    def is_sure(self) -> bool:
        """True where the content itself shows weights, beyond names and statistics."""
        detection = self.detection
        return detection is not None and detection.is_weight and detection.confidence > Confidence.POSSIBLE

    @property
    def part(self) -> Part:
        """The file as one of several of a model."""
        return Part(self.path, self.size, self.size_in_git, self.entry.oid, self.sha256, self.pointer)


class Examiner:
    """Looks at changed files one after the other and keeps what could not be looked at."""

    def __init__(self, tree: Tree, hash_limit: int) -> None:
        """Weights of at most `hash_limit` bytes are read whole for their digest."""
        self._tree = tree
        self._hash_limit = hash_limit
        self.not_examined: list[NotExamined] = []

    def examine(self, change: Change, entry: Entry, in_git: BlobReader) -> Found | None:
        """What a changed file is, None where it has nothing to do with weights. Raises UnreadableError."""
        pointers = pointers_in(change.path, in_git)
        if pointers:
            return self._pointed(change, entry, in_git, pointers)
        if entry.kind is EntryKind.SYMLINK:
            self._note_link(change, in_git)
            return None
        promised = promised_formats(change.path)
        detection = detect(change.path, in_git)
        if detection is None and not (promised and in_git.size) and not may_be_part(change.path, in_git):
            return None
        is_weight = detection is not None and detection.is_weight
        digest = self._digest(in_git, "sha256") if is_weight else None
        return Found(change, entry, detection, in_git.size, in_git.size, digest, promised=promised)

    def submodule(self, change: Change, entry: Entry) -> Found | None:
        """What a submodule is: possibly weights, where its address is a model hub's. Its files are not looked at."""
        address = address_of(change.path, self._tree)
        detection = model_repository(address) if address is not None else None
        self.note(change.path, "a submodule: the files of another repository", decisive=detection is not None)
        return Found(change, entry, detection, 0, 0) if detection is not None else None

    def note_unexplained(self, found: Found) -> None:
        """Say of content that no format knows that its name had promised one."""
        if found.promised:
            title = title_of(found.promised[0])
            self.note(found.path, f"its name promises {title}, but its content is no format that is known here")

    def note(self, path: str, reason: str, *, decisive: bool = True) -> None:
        """Remember that something was not looked at. A picture or a document by its name decides nothing."""
        decisive = decisive and not names_ordinary(posixpath.basename(path).lower())
        self.not_examined.append(NotExamined(path, reason, decisive))

    def with_digest(self, found: Found) -> Found:
        """The same with its SHA-256, where only its company showed that it is weights."""
        if found.sha256 or found.pointer or found.entry.kind is not EntryKind.FILE:
            return found
        try:
            return replace(found, sha256=self._digest(self._tree.open(found.entry), "sha256"))
        except UnreadableError:
            return found

    def _note_link(self, change: Change, in_git: BlobReader) -> None:
        """A link within the repository brings nothing that is not looked at by its own name."""
        target = in_git.read(0, in_git.size).decode("utf-8", "surrogateescape") if in_git.size <= 4096 else ""
        place = posixpath.normpath(posixpath.join(posixpath.dirname(change.path), target))
        leads_out = not target or place.startswith(("/", "../")) or place == ".."
        if leads_out and promised_formats(change.path):
            self.note(change.path, "a symbolic link that leads out of the repository: it is not followed")

    def _pointed(self, change: Change, entry: Entry, in_git: BlobReader, pointers: Sequence[Pointer]) -> Found | None:
        if len(pointers) == 1 and pointers[0].path is None:
            return self._behind(change, entry, in_git, pointers[0])
        named = [(pointer, found) for pointer in pointers if (found := _by_name(pointer, change.path)) is not None]
        if not named:
            return None
        (first, detection), *others = named
        self.note(change.path, f"{_STORES[first.kind]} keeps the content elsewhere; only names and sizes were read")
        parts = tuple(Part(pointer.path or "", pointer.size or 0, 0, "", None, pointer) for pointer, _ in others)
        size = first.size or 0
        return Found(
            change, entry, detection, size, in_git.size, _sha256(first), first,
            promised_formats(first.path or change.path), parts,
        )  # fmt: skip

    def _behind(self, change: Change, entry: Entry, in_git: BlobReader, pointer: Pointer) -> Found | None:
        """The object that a pointer stands for; where it cannot be read that is noted, and the name must do."""
        promised = promised_formats(change.path)
        digest = _sha256(pointer)
        content: BlobReader | None = None
        detection: Detection | None = None
        try:
            content = None if pointer.fault else self._tree.open_object(pointer)
            if content is not None:
                detection = detect(change.path, content)
            elif pointer.fault is None:
                self._note_unread(change.path, pointer, "the object it stands for is not here")
        except WrongObjectError as error:
            pointer = replace(pointer, fault=str(error), disagrees=error.disagrees)
        except UnreadableError as error:
            self._note_unread(change.path, pointer, str(error))
        if content is None:
            detection = _by_name(pointer, change.path)
        elif detection is None:
            if not (promised and content.size) and not may_be_part(change.path, content):
                return None
        elif detection.is_weight:
            pointer, digest = self._verified(pointer, content, digest)
        if content is None and detection is None:
            return None
        size = pointer.size if pointer.size is not None else content.size if content is not None else 0
        return Found(change, entry, detection, size, in_git.size, digest, pointer, promised)

    def _note_unread(self, path: str, pointer: Pointer, reason: str) -> None:
        self.note(path, f"a {_STORES[pointer.kind]} pointer whose content could not be read: {reason}")

    def _verified(self, pointer: Pointer, content: BlobReader, digest: str | None) -> tuple[Pointer, str | None]:
        """The pointer with a fault where the object is another one, and the object's own SHA-256 where it is known."""
        if pointer.algorithm not in _HASHES or not pointer.digest:
            return pointer, self._digest(content, "sha256")
        actual = self._digest(content, pointer.algorithm)
        if actual is not None and actual != pointer.digest:
            fault = f"it names {pointer.algorithm} {pointer.digest[:12]}, and what is stored has {actual[:12]}"
            return replace(pointer, fault=fault, disagrees=True), actual if pointer.algorithm == "sha256" else None
        return pointer, digest

    def _digest(self, content: BlobReader, algorithm: str) -> str | None:
        if content.size > self._hash_limit:
            return None
        digest = hashlib.new(algorithm, usedforsecurity=False)
        try:
            for offset in range(0, content.size, _STEP):
                digest.update(content.read(offset, _STEP))
        except UnreadableError:  # the head could be read and was judged; a digest is an extra
            return None
        return digest.hexdigest()


def may_be_part(path: str, content: BlobReader) -> bool:
    """True for binary content that no name explains: it may be the numbers of a model that another file describes."""
    name = posixpath.basename(path).lower()
    if names_ordinary(name) or content.size < 16:
        return False
    return bool(content.read(0, _SAMPLE).translate(None, _TEXT))


def title_of(identifier: str) -> str:
    """A format's name for people."""
    return all_formats()[identifier].TITLE


def _sha256(pointer: Pointer) -> str | None:
    return pointer.digest if pointer.algorithm == "sha256" and pointer.digest else None


def _by_name(pointer: Pointer, path: str) -> Detection | None:
    """What can be said of weights of which nothing but the name and a pointer is known.

    A broken pointer is spoken of unless its name says that no weights were meant.
    """
    name = (pointer.path or path.removesuffix(".dvc")).lower()
    promised = promised_formats(name)
    is_meant = bool(promised) or names_model(name) or (pointer.fault is not None and pointer.kind != "dvc")
    if not is_meant or (not promised and names_ordinary(name)):
        return None
    store = _STORES[pointer.kind]
    return Detection(
        format=promised[0] if promised else pointer.kind,
        title=f"{posixpath.splitext(name)[1]} file behind a {store} pointer" if promised else f"{store} pointer",
        is_weight=True,
        confidence=Confidence.POSSIBLE,
        loading=LoadingVerdict(LoadingSafety.UNKNOWN, ("its content could not be read",)),
        remarks=("Known by its name only.",),
    )
