"""The weights of a change are too large together.

## What it checks
The sum of all weight files that a change adds or modifies, once for bytes that go into git and once for objects
in Git LFS. The same content at several paths is counted once; files that are only moved are not counted.

## Why it matters
Many files below the limit for one file weigh as much as one above it: a model in forty shards makes every clone
as slow as a model in one piece.

The options are `git` (default `200 MiB`) and `lfs` (default `10 GiB`). `off` removes a limit.

## Example
A change commits twelve checkpoints of 30 MiB each, 360 MiB in all, to git.

## How to fix
Keep only the checkpoint that the code uses, and the others outside the repository: as release assets or at a
model hub, fetched by a URL with a fixed version and a sha256.

## References
- [Repository limits (GitHub)](https://docs.github.com/en/repositories/creating-and-managing-repositories/repository-limits)
- [Git Large File Storage billing (GitHub)](https://docs.github.com/en/billing/concepts/product-billing/git-lfs)
"""

from __future__ import annotations

from collections.abc import Sequence

from rules.checks import Problem, RuleOptions, Subject
from rules.checks._brought import brought, total
from rules.checks._hosting import OUTSIDE, SQUASH
from rules.facts import Part
from rules.findings import Remedy, Severity
from rules.sizes import Limit
from rules.text import code, enumeration, size

SEVERITY = Severity.WARNING

GIT = "git"
LFS = "lfs"
CASES = {
    GIT: "The bytes go into git itself.",
    LFS: "The bytes go into Git LFS or another store beside git.",
}

_NAMED = 3
"""Files that the finding names, largest first."""

_LEAVE_OUT = "Leave out what the code does not need, such as intermediate checkpoints."


class Options(RuleOptions):
    """Largest sums that pass, in bytes.

    10 GiB is the LFS storage that GitHub includes in its free plan (github/docs, data/variables/large_files.yml:
    `included_storage_free_pro`). 200 MiB is this project's choice: fifty such changes fill the 10 GB that GitHub
    recommends as the most for a whole repository (github/docs, repository limits).
    """

    git: Limit = 200 * 1024**2
    lfs: Limit = 10 * 1024**3


def check_change(subjects: Sequence[Subject], options: Options) -> Problem | None:
    """A problem where a sum passes its limit; git before LFS where both do."""
    files = brought(subjects)
    if options.git is not None and total(files.in_git) > options.git:
        return Problem(
            title=_title(files.in_git, "git", options.git),
            why=f"Every clone will download them from now on, even after they were deleted. {_largest(files.in_git)}",
            remedy=Remedy(steps=(_LEAVE_OUT, OUTSIDE, SQUASH)),
            case=GIT,
        )
    if options.lfs is not None and total(files.in_store) > options.lfs:
        why = "Each checkout fetches them and uses up the storage and transfer that this repository is granted."
        return Problem(
            title=_title(files.in_store, "large file storage", options.lfs),
            why=f"{why} {_largest(files.in_store)}",
            remedy=Remedy(steps=(_LEAVE_OUT, OUTSIDE)),
            case=LFS,
        )
    return None


def _title(files: Sequence[Part], store: str, limit: int) -> str:
    return f"All weights together bring {size(total(files))} into {store}; the limit for one change is {size(limit)}"


def _largest(files: Sequence[Part]) -> str:
    largest = sorted(files, key=lambda part: (-part.size, part.path))[:_NAMED]
    lead = "They are" if len(files) <= _NAMED else "The largest are"
    return f"{lead} {enumeration([f'{code(part.path)} ({size(part.size)})' for part in largest])}."
