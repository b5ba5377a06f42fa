"""A weight file is larger than the policy's limit.

## What it checks
The size of each weight file that a change adds or modifies, with one limit for bytes that go into git itself
and another for objects in Git LFS. A file that is only moved brings no new bytes and is not counted.

## Why it matters
A file in git is downloaded by every clone, for ever, even after it was deleted. An object in Git LFS is fetched
at each checkout and counts against the quota of storage and transfer that the forge grants.

The options are `git` (default `50 MiB`: from that size GitHub warns, and from 100 MiB it refuses the file) and
`lfs` (default `2 GiB`: the largest object GitHub takes on its free plan). `off` removes a limit.

## Example
A change commits `models/detector.pt`, 74 MiB, to git.

## How to fix
Publish the weights as a release asset or at a model hub and fetch them by a URL with a fixed version and a
sha256, or make them smaller: half precision, quantisation, a smaller variant of the model.

## References
- [About large files on GitHub](https://docs.github.com/en/repositories/working-with-files/managing-large-files/about-large-files-on-github)
- [About Git Large File Storage](https://docs.github.com/en/repositories/working-with-files/managing-large-files/about-git-large-file-storage)
"""

from __future__ import annotations

from rules.checks import Problem, RuleOptions, Subject
from rules.checks._hosting import OUTSIDE, SQUASH
from rules.findings import Remedy, Severity
from rules.sizes import Limit
from rules.text import size

SEVERITY = Severity.WARNING

GIT = "git"
LFS = "lfs"
CASES = {
    GIT: "The bytes go into git itself.",
    LFS: "The bytes go into Git LFS or another store beside git.",
}


class Options(RuleOptions):
    """Largest sizes that pass, in bytes.

    The defaults are GitHub's: it warns about a file of more than 50 MiB in git, and takes LFS objects of up to 2 GiB
    on its free plan (github/docs, data/variables/large_files.yml: `warning_size`, `max_lfs_size`).
    """

    git: Limit = 50 * 1024**2
    lfs: Limit = 2 * 1024**3


def check_artifact(subject: Subject, options: Options) -> Problem | None:
    """A problem where the artifact is larger than the limit of the place it goes to."""
    if not subject.brings_bytes:
        return None
    smaller = "Or make them smaller: half precision, quantisation, or a smaller variant of the model."
    files = subject.artifact.files
    in_git = max((part.size for part in files if part.pointer is None), default=0)
    if options.git is not None and in_git > options.git:
        return Problem(
            title=f"{size(in_git)} go into git; the limit for one file is {size(options.git)}",
            why="Every clone will download the file from now on, even after it was deleted.",
            remedy=Remedy(steps=(OUTSIDE, smaller, SQUASH)),
            case=GIT,
        )
    in_store = max((part.size for part in files if part.pointer is not None), default=0)
    if options.lfs is None or in_store <= options.lfs:
        return None
    return Problem(
        title=f"{size(in_store)} go into large file storage; the limit for one file is {size(options.lfs)}",
        why="Each checkout fetches the object and uses up the storage and transfer that this repository is granted.",
        remedy=Remedy(steps=(OUTSIDE, smaller)),
        case=LFS,
    )
