"""A large weight file lies in git itself.

## What it checks
Whether a weight file of at least the size `from` (default `10 MiB`) is committed to git directly and not as a
pointer of Git LFS, git-annex or DVC. A file that is only moved is not counted.

## Why it matters
Git keeps every version of a binary file whole. Ten retrained versions of a 40 MiB model make every clone 400
MiB larger.

Git LFS is one way out and not always the best one: its quotas run out, and packages built from an archive of
the repository hold pointers and no weights. A URL with a fixed version and a sha256 has neither problem.

## Example
A change commits `models/detector.onnx`, 38 MiB, to git.

## How to fix
Publish the weights as a release asset or at a model hub, or move the file into Git LFS, without rewriting the
branch:

    git lfs install
    git lfs track --filename models/detector.onnx
    git add .gitattributes
    git add --renormalize -- models/detector.onnx
    git commit -m 'Move weights to Git LFS'

and squash the branch when it is merged, so that the first version of the file does not stay in the history.

## References
- [git-lfs-track](https://github.com/git-lfs/git-lfs/blob/main/docs/man/git-lfs-track.adoc)
- [git add, `--renormalize`](https://git-scm.com/docs/git-add)
- [About Git Large File Storage](https://docs.github.com/en/repositories/working-with-files/managing-large-files/about-git-large-file-storage)
"""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from rules.checks import Problem, RuleOptions, Subject
from rules.checks._hosting import OUTSIDE, lfs_is_open_to
from rules.findings import Remedy, Severity
from rules.sizes import Size
from rules.text import shell_path, size

SEVERITY = Severity.WARNING
_NAMED = 8
"""Files that the commands name."""


class Options(RuleOptions):
    """From which size a file in git is worth a word.

    10 MiB is this project's choice: two orders of magnitude above source files, and far below the 50 MiB
    at which GitHub itself warns.
    """

    from_size: Size = Field(default=10 * 1024**2, alias="from")


def check_artifact(subject: Subject, options: Options) -> Problem | None:
    """A problem where a large artifact is no pointer."""
    artifact = subject.artifact
    in_git = sum(part.size_in_git for part in artifact.files if part.pointer is None)
    if in_git < options.from_size or not subject.brings_bytes:
        return None
    why = (
        "Git keeps every version of a binary file whole, so each new version of these weights adds about as much again."
    )
    title = f"{size(in_git)} of weights are committed to git directly"
    if not lfs_is_open_to(subject):
        forks = (
            "Git LFS is often closed to forks: GitHub may refuse their new objects. A maintainer can add them for you."
        )
        return Problem(title, why, Remedy(steps=(OUTSIDE, forks)))
    lfs = (
        "Move the file into Git LFS on top of your branch, and squash the branch when it is merged, "
        "so that the first version of the file does not stay in the history."
    )
    caution = (
        "LFS quotas run out, and source archives hold only pointers: a release asset or a model hub, with a URL and a "
        "sha256 in the code, is often the better place."
    )
    return Problem(
        title,
        why,
        Remedy(
            steps=(lfs, caution), commands=_commands([part.path for part in artifact.files if part.pointer is None])
        ),
    )


def _commands(paths: Sequence[str]) -> tuple[str, ...]:
    """Shell lines that move the files; none where a path is unfit for a shell or the list would fill the screen."""
    quoted = [shell_path(path) for path in paths]
    known = " ".join(path for path in quoted if path is not None)
    if None in quoted or len(paths) > _NAMED:
        return ()
    return (
        "git lfs install",
        f"git lfs track --filename {known}",
        "git add .gitattributes",
        f"git add --renormalize -- {known}",
        "git commit -m 'Move weights to Git LFS'",
    )
