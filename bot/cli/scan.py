"""`weighbridge scan`: the judgement a merge request would get, on a local repository."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import click

from bot.cli._cannot_judge import CannotJudgeError
from bot.scanner.git import GitError, GitTree, Repository, local_changes, past_changes, staged_changes, whole_tree
from bot.scanner.readers import UnreadableError
from bot.scanner.tree import Changes, Tree

_REMOTE_DEFAULTS = ("refs/remotes/origin/HEAD", "refs/remotes/origin/main", "refs/remotes/origin/master")
_LOCAL_DEFAULTS = ("refs/heads/main", "refs/heads/master")


@dataclass(frozen=True)
class _Work:
    """What to judge."""

    changes: Callable[[], Changes]
    """Waits for git's list. Raises GitError."""
    tree: Tree
    base: str | None
    """The commit whose policy rules, None in a repository without commits."""
    before: Tree | None
    """What the change goes into."""
    past: Callable[[], Changes] | None
    """What single commits bring and later ones take away."""


@click.command("scan")
@click.option("--repo", "path", default=".", type=click.Path(path_type=Path), help="A git repository (default: here).")
@click.option("--base", metavar="REV", help="Where the change started (default: the upstream default branch).")
@click.option("--head", metavar="REV", help="The change's last commit (default: HEAD).")
@click.option("--staged", is_flag=True, help="Judge what is not committed yet: the index and the working tree.")
@click.option("--all", "whole", is_flag=True, help="Judge everything that --head holds, as if all of it were new.")
@click.option("--policy", "policy_file", type=click.Path(path_type=Path), help="A policy file to use instead.")
@click.option(
    "--advisories",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A list of known bad weights: lines of SHA-256 and reason, or OSV as JSON, folder or zip. Repeatable.",
)
@click.option("--format", "style", type=click.Choice(["text", "markdown", "json"]), default="text", show_default=True)
def command(
    path: Path,
    base: str | None,
    head: str | None,
    *,
    staged: bool,
    whole: bool,
    policy_file: Path | None,
    advisories: tuple[Path, ...],
    style: str,
) -> None:
    """Judge the model weights that a local change brings, as a merge request would be judged.

    The change is what --head brings since it left --base. The policy is --policy, or else
    `.weighbridge.yml` as it is at --base (with --staged: at HEAD; with --all: at --head), or else the pack guix.

    Exit status: 0 nothing blocks, 1 something blocks, 2 it could not be judged.
    """
    if staged and (base or head):
        raise CannotJudgeError("--staged judges what is not committed yet: use it without --base and --head")
    if whole and (base or staged):
        raise CannotJudgeError("--all judges everything that a commit holds: use it without --base and --staged")
    try:
        repository = Repository(path)
        with _work(repository, base, head, staged, whole) as work:
            # Git lists the change meanwhile: reading our own rules takes as long.
            from bot.cli import _judging  # noqa: PLC0415

            policy = _judging.policy_for(repository, work.base, policy_file)
            judgement = _judging.judged(
                work.changes(), work.tree, work.before, work.past, policy, advisories=advisories
            )
    except (GitError, UnreadableError) as error:
        raise CannotJudgeError("; ".join(str(error).splitlines())) from error
    except KeyboardInterrupt as error:
        raise CannotJudgeError("interrupted before the judgement was complete") from error
    sys.exit(_judging.show(judgement, style))


@contextmanager
def _work(repository: Repository, base: str | None, head: str | None, staged: bool, whole: bool) -> Iterator[_Work]:
    if staged:
        changes, index = staged_changes(repository)
        with closing(index):
            commit = repository.commit_or_none("HEAD")
            with GitTree(repository, commit or repository.empty_tree()) as before:
                yield _Work(lambda: changes, index, commit, before, None)
        return
    tip = repository.commit(head or "HEAD")
    if whole:
        with GitTree(repository, tip) as tree:
            yield _Work(lambda: whole_tree(repository, tip), tree, tip, None, None)
        return
    start = repository.commit(base) if base else _default_base(repository, tip)
    with ThreadPoolExecutor(1) as aside, GitTree(repository, tip) as tree, GitTree(repository, start) as before:
        listing = aside.submit(local_changes, repository, start, tip)
        yield _Work(listing.result, tree, start, before, lambda: past_changes(repository, start, tip))


def _default_base(repository: Repository, tip: str) -> str:
    """The upstream default branch; a local one where there is no upstream and it is not what is judged."""
    known = ((name, repository.commit_or_none(name)) for name in (*_REMOTE_DEFAULTS, *_LOCAL_DEFAULTS))
    name, found = next(((name, commit) for name, commit in known if commit), ("", None))
    way_out = "name a base with --base REV, or judge uncommitted work with --staged"
    if found is None:
        raise CannotJudgeError(f"no branch to compare with (looked for origin/HEAD, main and master): {way_out}")
    if found == tip and name in _LOCAL_DEFAULTS:
        branch = name.removeprefix("refs/heads/")
        raise CannotJudgeError(f"the last commit to judge is the tip of {branch} itself: {way_out}")
    return found
