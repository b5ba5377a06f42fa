"""Weights stay in the history though a later commit removes them.

## What it checks
Whether a commit of the merge request brings weights that its last commit no longer holds, outside Git LFS and the like.
They do not appear among the changed files.

## Why it matters
Git keeps what any commit ever held. Once merged, every clone downloads the file for ever, and it is distributed under
whatever licence it came with, though nobody sees it in the tree.

The option `from` (default `0 B`) is the size below which a file is let pass.

## Example
The first commit adds `checkpoint.pt`, 180 MiB; the third removes it after a review.

## How to fix
Let the merge request be squashed when it is merged: only the last state goes into the history then. Or rewrite the
branch so that the file never was in it:

    git rebase --interactive main
    git push --force-with-lease

## References
- [git-rebase, interactive mode](https://git-scm.com/docs/git-rebase#_interactive_mode)
- [Squash and merge (GitHub)](https://docs.github.com/en/pull-requests/collaborating-with-pull-requests/incorporating-changes-from-a-pull-request/about-pull-request-merges)
- [Squash and merge (GitLab)](https://docs.gitlab.com/user/project/merge_requests/squash_and_merge/)
"""

from __future__ import annotations

from pydantic import Field

from rules.checks import Problem, RuleOptions
from rules.facts import Artifact
from rules.findings import Remedy, Severity
from rules.sizes import Size
from rules.text import size

SEVERITY = Severity.WARNING


class Options(RuleOptions):
    """From which size, in bytes, a removed file is worth a word."""

    from_size: Size = Field(default=0, alias="from")


def check_past(artifact: Artifact, options: Options) -> Problem | None:
    """A problem where weights that are gone still lie in the history of the change."""
    in_git = sum(part.size_in_git for part in artifact.files if part.pointer is None)
    if in_git == 0 or in_git < options.from_size:
        return None
    commit = f" Commit `{artifact.commit[:12]}` brings them." if artifact.commit else ""
    return Problem(
        title=f"{size(in_git)} of weights were removed again and stay in the history",
        why=f"Once this is merged, every clone downloads them for ever, though no file shows them.{commit}",
        remedy=Remedy(
            steps=(
                "Rewrite the branch without the commit that brings them, and push it again.",
                "Or have the merge request squashed when it is merged: only its last state goes into the history then.",
            ),
            commands=_commands(artifact.commit),
        ),
    )


def _commands(commit: str | None) -> tuple[str, ...]:
    if commit is None:
        return ()
    return (f"git rebase --interactive {commit[:12]}^", "git push --force-with-lease")
