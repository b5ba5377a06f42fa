"""The judging half of `weighbridge scan`: policy, rules and reports, read while git lists the change."""

from __future__ import annotations

import dataclasses
import datetime
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

from bot.cli._cannot_judge import CannotJudgeError
from bot.cli._policies import beside, policy_at, with_baseline_of
from bot.scanner.advisories import AdvisoryIndex, read_advisories, with_advisories
from bot.scanner.git import Repository
from bot.scanner.scan import collect
from bot.scanner.tree import Changes, Tree
from rules.checks import PluginError
from rules.findings import Judgement, Outcome
from rules.policy import POLICY_LIMIT, Policy, PolicyError, load_policy
from rules.runner import judge

HASH_LIMIT = 1024 * 1024 * 1024
"""Bytes. On a local disk a digest costs about three seconds a gigabyte, so larger weights get one too."""

EXIT_CODES = {Outcome.PASS: 0, Outcome.BLOCKED: 1, Outcome.UNDECIDED: 2}


def policy_for(repository: Repository, base: str | None, policy_file: Path | None) -> Policy:
    """The policy that rules: a file by hand, the one at the base, or the default. Raises CannotJudgeError."""
    try:
        if policy_file is not None:
            with policy_file.open("rb") as stream:
                content = stream.read(POLICY_LIMIT + 1)
            policy = load_policy(content, name=str(policy_file), files=beside(policy_file))
            return with_baseline_of(policy, repository, base)
        return policy_at(repository, base)
    except (PolicyError, PluginError) as error:
        raise CannotJudgeError("; ".join(str(error).splitlines())) from error
    except OSError as error:
        raise CannotJudgeError(f"--policy {policy_file}: {error.strerror}") from error


def judged(
    changes: Changes,
    tree: Tree,
    before: Tree | None,
    past: Callable[[], Changes] | None,
    policy: Policy,
    *,
    advisories: Sequence[Path] = (),
) -> Judgement:
    """What the policy makes of the change, with progress on a terminal.

    `advisories` are lists of known bad weights. Raises GitError, UnreadableError and CannotJudgeError.
    """
    known_bad = _known_bad(advisories)
    with progress() as report:
        facts = collect(
            changes,
            tree,
            base=before,
            past=past,
            ignores=policy.ignores,
            progress=report,
            hash_limit=HASH_LIMIT,
        )
    facts = with_advisories(facts, known_bad)
    return judge(dataclasses.replace(facts, today=today()), policy)


def today() -> datetime.date:
    """The day (UTC) on which a judgement is made."""
    return datetime.datetime.now(datetime.UTC).date()


def show(judgement: Judgement, style: str) -> int:
    """Print the judgement as `text`, `markdown` or `json`; the exit status that it stands for."""
    _print(judgement, style)
    if judgement.outcome is Outcome.UNDECIDED:
        click.echo("Could not judge: part of the change could not be looked at; the report names it.", err=True)
    return EXIT_CODES[judgement.outcome]


def _print(judgement: Judgement, style: str) -> None:
    """Each kind of report, and its libraries, is imported where it is asked for: together they take 0.1 seconds."""
    if style == "json":
        from bot.reports.json import render  # noqa: PLC0415

        click.echo(render(judgement), nl=False)
    elif style == "markdown":
        from bot.reports.markdown import summary  # noqa: PLC0415

        click.echo(summary(judgement), nl=False)
    else:
        from rich.console import Console  # noqa: PLC0415

        from bot.reports import text  # noqa: PLC0415

        text.render(judgement, Console(highlight=False, soft_wrap=False, width=None if sys.stdout.isatty() else 120))


def _known_bad(paths: Sequence[Path]) -> AdvisoryIndex:
    """The lists, which somebody named because they count: one that cannot be read is no reason to do without."""
    index = read_advisories(paths)
    if index.problems:
        raise CannotJudgeError(f"--advisories: {'; '.join(index.problems[:3])}")
    return index


@contextmanager
def progress() -> Iterator[Callable[[int, int], None] | None]:
    """A bar on a terminal's standard error, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn  # noqa: PLC0415

    columns = (TextColumn("Looking at changed files"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
