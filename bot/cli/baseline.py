"""`weighbridge baseline`: record the weights that a repository holds, so that only new ones are judged."""

from __future__ import annotations

from pathlib import Path

import click

from bot.cli._cannot_judge import CannotJudgeError
from bot.cli._judging import HASH_LIMIT, progress
from bot.scanner.git import GitError, GitTree, Repository, whole_tree
from bot.scanner.scan import collect
from rules.baseline import BASELINE_PATH, write
from rules.facts import Confidence
from rules.text import size


@click.command("baseline")
@click.option("--repo", "path", default=".", type=click.Path(path_type=Path), help="A git repository (default: here).")
@click.option("--at", "revision", metavar="REV", default="HEAD", show_default=True, help="The commit to record.")
@click.option(
    "--confidence",
    type=click.Choice([each.label for each in Confidence]),
    default="possible",
    show_default=True,
    help="Record what is at least so surely a weight.",
)
@click.option("--output", type=click.Path(path_type=Path), help=f"Where to write (default: {BASELINE_PATH} in it).")
def command(path: Path, revision: str, confidence: str, output: Path | None) -> None:
    """Record the weights of a commit, for a repository that had some before it had a policy.

    Commit the file to the branch that merge requests go to. Weights with the same content are not judged from then
    on, wherever they are moved; every other one is, a new version of a recorded one too. Record anew to update it.

    Exit status: 0 written, 2 a file could not be looked at.
    """
    try:
        repository = Repository(path)
        commit = repository.commit(revision)
        with GitTree(repository, commit) as tree, progress() as report:
            facts = collect(whole_tree(repository, commit), tree, progress=report, hash_limit=HASH_LIMIT)
    except GitError as error:
        raise CannotJudgeError("; ".join(str(error).splitlines())) from error
    weights = [
        artifact
        for artifact in facts.artifacts
        if artifact.detection.is_weight and artifact.detection.confidence >= Confidence[confidence.upper()]
    ]
    place = output or repository.top / BASELINE_PATH
    try:
        place.write_text(write(weights), "utf-8")
    except OSError as error:
        raise CannotJudgeError(f"{place}: {error.strerror}") from error
    files = sum(len(artifact.files) for artifact in weights)
    volume = size(sum(artifact.size for artifact in weights))
    click.echo(f"Recorded {len(weights):,} models in {files:,} files ({volume}) of {commit[:12]} in {place}.")
    for entry in facts.not_examined:
        if entry.decisive:
            click.echo(f"Not looked at, and not recorded: {entry.path}: {entry.reason}", err=True)
    if any(entry.decisive for entry in facts.not_examined):
        raise click.exceptions.Exit(2)
