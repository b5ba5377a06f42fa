"""`weighbridge policy simulate`: what a policy would have decided lately, had it been in force."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click
from rich.console import Console
from rich.progress import track

from bot.cli._cannot_judge import CannotJudgeError
from bot.cli._judging import today
from bot.cli._policies import policy_at
from bot.cli.policy._loading import ORGANISATION, argument, named
from bot.scanner.git import GitError, GitTree, Repository, first_parents, local_changes, past_changes
from bot.scanner.scan import collect
from rules.facts import Facts
from rules.findings import Judgement, Outcome
from rules.policy import Policy, PolicyError, pack_policy
from rules.runner import judge
from rules.text import code


@dataclass(frozen=True)
class _Step:
    """One merged change, judged twice."""

    commit: str
    subject: str
    then: Judgement
    """By the policy that was in force."""
    now: Judgement
    """By the policy that is tried."""


@click.command("simulate")
@argument("policy")
@ORGANISATION
@click.option("--repo", "path", default=".", type=click.Path(path_type=Path), help="A git repository (default: here).")
@click.option("--branch", default="HEAD", show_default=True, help="The branch that merge requests go to.")
@click.option("--last", type=click.IntRange(1, 100_000), default=100, show_default=True, help="Merges to look at.")
@click.option("--format", "style", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(policy: str, organisation: Path | None, path: Path, *, branch: str, last: int, style: str) -> None:
    """Judge the last merged changes of a branch by POLICY, beside the one that was in force. Nothing is written.

    Each step along the branch's first parents is one change: a merge, or a squashed or plain commit. Changes
    without weights are counted and not listed.
    """
    tried = named(policy, organisation)
    try:
        repository = Repository(path)
        steps = list(_steps(repository, tried, repository.commit(branch), last))
    except (GitError, PolicyError) as error:
        raise CannotJudgeError("; ".join(str(error).splitlines())) from error
    concerned = [step for step in steps if step.now.facts.artifacts or step.now.facts.past]
    if style == "json":
        click.echo(json.dumps([_plain(step) for step in concerned], indent=2))
        return
    for step in concerned:
        for line in _lines(step):
            click.echo(line)
    blocked = [sum(one.outcome is Outcome.BLOCKED for one in side) for side in _sides(concerned)]
    click.echo(
        f"{len(steps):,} changes, {len(concerned):,} of them with weights: {policy} would have blocked {blocked[1]:,}, "
        f"the policies in force blocked {blocked[0]:,}."
    )


def _steps(repository: Repository, tried: Policy, tip: str, last: int) -> Iterator[_Step]:
    console = Console(stderr=True)
    listed = first_parents(repository, tip, last)
    for commit, parent, subject in track(
        listed, "Judging past changes", console=console, transient=True, disable=not console.is_terminal
    ):
        facts = _facts(repository, parent, commit)
        then = _in_force(repository, parent)
        yield _Step(commit, subject, judge(facts, then), judge(facts, tried.with_baseline(then.baseline)))


def _facts(repository: Repository, parent: str, commit: str) -> Facts:
    with GitTree(repository, commit) as tree, GitTree(repository, parent) as before:
        facts = collect(
            local_changes(repository, parent, commit),
            tree,
            base=before,
            past=lambda: past_changes(repository, parent, commit),
        )
    return dataclasses.replace(facts, today=today())


def _in_force(repository: Repository, commit: str) -> Policy:
    """The policy of a commit; the default pack where it was broken, as the bot does."""
    try:
        return policy_at(repository, commit)
    except (PolicyError, CannotJudgeError):
        return pack_policy()


def _sides(steps: list[_Step]) -> tuple[list[Judgement], list[Judgement]]:
    return [step.then for step in steps], [step.now for step in steps]


def _lines(step: _Step) -> Iterator[str]:
    then, now = step.then.outcome.value, step.now.outcome.value
    verdict = now if then == now else f"{now} (was {then})"
    yield f"{step.commit[:12]}  {verdict:<22} {code(step.subject, 80)}"
    before = {(finding.rule, finding.path): finding.severity for finding in step.then.findings}
    after = {(finding.rule, finding.path): finding.severity for finding in step.now.findings}
    for (rule, path), severity in after.items():
        if before.get((rule, path)) is not severity:
            was = before[rule, path].label if (rule, path) in before else "silent"
            yield f"    {severity.label:<9} {rule}{f' {code(path)}' if path else ''} (was {was})"
    for (rule, path), severity in before.items():
        if (rule, path) not in after:
            yield f"    silent    {rule}{f' {code(path)}' if path else ''} (was {severity.label})"


def _plain(step: _Step) -> dict[str, object]:
    return {
        "commit": step.commit,
        "subject": step.subject,
        "outcome": step.now.outcome.value,
        "outcome_in_force": step.then.outcome.value,
        "findings": [
            {"rule": finding.rule, "severity": finding.severity.label, "path": finding.path}
            for finding in step.now.findings
        ],
    }
