"""A change brings the same weights several times.

## What it checks
Whether several weight files of one change hold the same bytes, by their SHA-256 or else by their Git object id. One
finding names all of them, at the first path.

## Why it matters
Git and Git LFS store equal content once, but every checkout writes it as often as it is there. Sooner or later
somebody replaces one copy and forgets the other, and nobody can say which of them the code was tested with.

## Example
A change adds `app/voice.onnx` and `tests/data/voice.onnx`, the same 80 MiB.

## How to fix
Keep one copy and refer to it from the other places: by its path in the code, or by a symbolic link, which git keeps:

    git rm -- tests/data/voice.onnx
    ln -s ../../app/voice.onnx tests/data/voice.onnx
    git add -- tests/data/voice.onnx

If the copies are meant to differ later, say so in a waiver.

## References
- [git-config, `core.symlinks`](https://git-scm.com/docs/git-config#Documentation/git-config.txt-coresymlinks)
"""

from __future__ import annotations

import posixpath
from collections.abc import Sequence

from rules.checks import Problem, RuleOptions, Subject
from rules.checks._words import several
from rules.findings import Remedy, Severity
from rules.text import code, shell_path, size

SEVERITY = Severity.INFO

_NAMED = 5
"""Copies that the finding names."""


def check_artifact(subject: Subject, _options: RuleOptions) -> Problem | None:
    """A problem at the first of several paths with the same bytes."""
    artifact = subject.artifact
    if not subject.twins or subject.twins[0] != artifact.path:
        return None
    twins = subject.twins[1:]
    if artifact.pointer is not None and artifact.pointer.fault:
        return None  # of broken pointers nobody knows whether they mean the same
    shown = several([code(path) for path in twins], _NAMED, rest="more files")
    times = "twice" if len(twins) == 1 else f"{len(twins) + 1} times"
    return Problem(
        title=f"The same {size(artifact.size)} of weights are here {times}",
        why=f"{shown} {'holds' if len(twins) == 1 else 'hold'} the same bytes. Copies drift apart: "
        "somebody replaces one and forgets the others.",
        remedy=Remedy(
            steps=(
                f"Keep {code(artifact.path)} and refer to it from the other places, by its path or by a symbolic link.",
                "If they have to differ later, ask a maintainer for a waiver.",
            ),
            commands=_commands(artifact.path, twins),
        ),
    )


def _commands(kept: str, twins: Sequence[str]) -> tuple[str, ...]:
    """Shell lines that put a link in the place of the only copy; none where a path is unfit for a shell."""
    if len(twins) != 1:
        return ()
    copy = shell_path(twins[0])
    target = shell_path(posixpath.relpath(kept, posixpath.dirname(twins[0]) or "."))
    if copy is None or target is None:
        return ()
    return (f"git rm -- {copy}", f"ln -s -- {target} {copy}", f"git add -- {copy}")
