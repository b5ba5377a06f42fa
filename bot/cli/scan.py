"""`weighbridge scan`: the judgement a merge request would get, on a local repository."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from bot.reports import json as json_report
from bot.reports import markdown as markdown_report
from bot.reports import text as text_report
from bot.scanner.git import GitError, GitTree, Repository, local_changes, past_changes, staged_changes
from bot.scanner.readers import UnreadableError
from bot.scanner.scan import collect
from bot.scanner.tree import Changes, EntryKind, Tree
from rules.findings import Judgement, Outcome
from rules.policy import POLICY_LIMIT, POLICY_PATH, Policy, PolicyError, load_policy, pack_policy
from rules.runner import judge

HASH_LIMIT = 1024 * 1024 * 1024
"""Bytes. On a local disk a digest costs about three seconds a gigabyte, so larger weights get one too."""

EXIT_CODES = {Outcome.PASS: 0, Outcome.BLOCKED: 1, Outcome.UNDECIDED: 2}

_REMOTE_DEFAULTS = ("refs/remotes/origin/HEAD", "refs/remotes/origin/main", "refs/remotes/origin/master")
_LOCAL_DEFAULTS = ("refs/heads/main", "refs/heads/master")


class _CannotJudgeError(click.ClickException):
    """No judgement is possible: one line on standard error, exit status 2."""

    exit_code = 2


@dataclass(frozen=True)
class _Work:
    """What to judge."""

    changes: Changes
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
@click.option("--policy", "policy_file", type=click.Path(path_type=Path), help="A policy file to use instead.")
@click.option("--format", "style", type=click.Choice(["text", "markdown", "json"]), default="text", show_default=True)
def command(
    path: Path, base: str | None, head: str | None, *, staged: bool, policy_file: Path | None, style: str
) -> None:
    """Judge the model weights that a local change brings, as a merge request would be judged.

    The change is what --head brings since it left --base. The policy is --policy, or else
    `.weighbridge.yml` as it is at --base (with --staged: at HEAD), or else the pack guix.

    Exit status: 0 nothing blocks, 1 something blocks, 2 it could not be judged.
    """
    if staged and (base or head):
        raise _CannotJudgeError("--staged judges what is not committed yet: use it without --base and --head")
    try:
        repository = Repository(path)
        with _work(repository, base, head, staged) as work:
            policy = _policy(repository, work.base, policy_file)
            with _progress() as report:
                facts = collect(
                    work.changes,
                    work.tree,
                    base=work.before,
                    past=work.past,
                    ignores=policy.ignores,
                    progress=report,
                    hash_limit=HASH_LIMIT,
                )
            judgement = judge(facts, policy)
    except (GitError, UnreadableError, PolicyError) as error:
        raise _CannotJudgeError("; ".join(str(error).splitlines())) from error
    except KeyboardInterrupt as error:
        raise _CannotJudgeError("interrupted before the judgement was complete") from error
    _show(judgement, style)
    if judgement.outcome is Outcome.UNDECIDED:
        click.echo("Could not judge: part of the change could not be looked at; the report names it.", err=True)
    sys.exit(EXIT_CODES[judgement.outcome])


@contextmanager
def _work(repository: Repository, base: str | None, head: str | None, staged: bool) -> Iterator[_Work]:
    if staged:
        changes, index = staged_changes(repository)
        with closing(index):
            commit = repository.commit_or_none("HEAD")
            with GitTree(repository, commit or repository.empty_tree()) as before:
                yield _Work(changes, index, commit, before, None)
        return
    tip = repository.commit(head or "HEAD")
    start = repository.commit(base) if base else _default_base(repository, tip)
    with GitTree(repository, tip) as tree, GitTree(repository, start) as before:
        changes = local_changes(repository, start, tip)
        yield _Work(changes, tree, start, before, lambda: past_changes(repository, start, tip))


def _default_base(repository: Repository, tip: str) -> str:
    """The upstream default branch; a local one where there is no upstream and it is not what is judged."""
    known = ((name, repository.commit_or_none(name)) for name in (*_REMOTE_DEFAULTS, *_LOCAL_DEFAULTS))
    name, found = next(((name, commit) for name, commit in known if commit), ("", None))
    way_out = "name a base with --base REV, or judge uncommitted work with --staged"
    if found is None:
        raise _CannotJudgeError(f"no branch to compare with (looked for origin/HEAD, main and master): {way_out}")
    if found == tip and name in _LOCAL_DEFAULTS:
        branch = name.removeprefix("refs/heads/")
        raise _CannotJudgeError(f"the last commit to judge is the tip of {branch} itself: {way_out}")
    return found


def _policy(repository: Repository, base: str | None, policy_file: Path | None) -> Policy:
    if policy_file is not None:
        try:
            with policy_file.open("rb") as stream:
                return load_policy(stream.read(POLICY_LIMIT + 1), name=str(policy_file))
        except OSError as error:
            raise _CannotJudgeError(f"--policy {policy_file}: {error.strerror}") from error
    content = _policy_in(repository, base) if base is not None else None
    return pack_policy() if content is None else load_policy(content, name=POLICY_PATH, commit=base)


def _policy_in(repository: Repository, commit: str) -> bytes | None:
    """The policy file of a commit, one byte more than the limit at most, None where there is none."""
    with GitTree(repository, commit) as tree:
        entry = tree.entry(POLICY_PATH)
        if entry is None:
            return None
        if entry.kind is not EntryKind.FILE:
            raise _CannotJudgeError(f"{POLICY_PATH} at {commit[:12]} is a {entry.kind}, not a file")
        return tree.open(entry).read(0, POLICY_LIMIT + 1)


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None] | None]:
    """A bar on a terminal's standard error, nothing elsewhere."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield None
        return
    columns = (TextColumn("Looking at changed files"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _show(judgement: Judgement, style: str) -> None:
    if style == "json":
        click.echo(json_report.render(judgement), nl=False)
    elif style == "markdown":
        click.echo(markdown_report.summary(judgement), nl=False)
    else:
        console = Console(highlight=False, soft_wrap=False, width=None if sys.stdout.isatty() else 120)
        text_report.render(judgement, console)
