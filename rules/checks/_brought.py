"""What a change adds to a repository, for the rules that count bytes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rules.checks import Subject
from rules.facts import Part


@dataclass(frozen=True)
class Brought:
    """The files with weights that a change adds or modifies, each content once."""

    in_git: tuple[Part, ...]
    in_store: tuple[Part, ...]
    """In Git LFS and other stores beside git."""


def brought(subjects: Sequence[Subject]) -> Brought:
    """The files of all subjects but those that are only moved."""
    parts = [part for subject in subjects if subject.brings_bytes for part in subject.artifact.files]
    return Brought(
        in_git=_distinct(part for part in parts if part.pointer is None),
        in_store=_distinct(part for part in parts if part.pointer is not None),
    )


def total(files: Iterable[Part]) -> int:
    """Bytes of the files together."""
    return sum(part.size for part in files)


def _distinct(files: Iterable[Part]) -> tuple[Part, ...]:
    """One of each content; what a DVC file lists has no object in git and counts by its path."""
    return tuple({part.oid or part.path: part for part in files}.values())
