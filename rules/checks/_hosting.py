"""Where large weights can live instead of git, in words that several size rules share."""

from __future__ import annotations

from rules.checks import Subject

OUTSIDE = (
    "Keep the weights outside: publish them as a release asset or at a model hub, and fetch them by a URL that names "
    "an exact version, with their sha256 in the code that does it."
)

SQUASH = "Squash the branch when it is merged: a file that a later commit deletes stays in the history otherwise."


def lfs_is_open_to(subject: Subject) -> bool:
    """False for a fork on GitHub.

    GitHub refuses new LFS objects of many forks: "can not upload new objects to public fork"
    (git-lfs/git-lfs#1449 and #1906, where a fork of a repository without LFS objects is refused).
    """
    request = subject.merge_request
    if request is None or request.forge != "github":
        return True
    return request.source_repository_id == request.repository_id
