"""The policy that rules in a local repository: as a commit holds it, with all that it builds on."""

from __future__ import annotations

from pathlib import Path

from bot.cli._cannot_judge import CannotJudgeError
from bot.scanner.git import GitTree, Repository
from bot.scanner.tree import EntryKind
from rules.baseline import BASELINE_LIMIT, BASELINE_PATH, BaselineError
from rules.baseline import read as read_baseline
from rules.policy import POLICY_LIMIT, POLICY_PATH, Policy, load_policy, pack_policy
from rules.policy_layers import Files


def policy_at(repository: Repository, commit: str | None) -> Policy:
    """The policy of a commit and its baseline, the default pack where it holds none.

    Raises PolicyError and CannotJudgeError.
    """
    if commit is None:
        return pack_policy()
    with GitTree(repository, commit) as tree:
        content = _content(tree, POLICY_PATH, POLICY_LIMIT)
        policy = pack_policy()
        if content is not None:
            policy = load_policy(
                content, name=POLICY_PATH, commit=commit, files=lambda path: _content(tree, path, POLICY_LIMIT)
            )
        return _with_baseline(policy, tree)


def with_baseline_of(policy: Policy, repository: Repository, commit: str | None) -> Policy:
    """A policy from elsewhere with the baseline of a commit. Raises CannotJudgeError."""
    if commit is None:
        return policy
    with GitTree(repository, commit) as tree:
        return _with_baseline(policy, tree)


def beside(policy: Path) -> Files:
    """Reads what a policy file by hand extends: its paths are those of a repository whose root is the file's folder."""
    root = policy.resolve().parent

    def read(name: str) -> bytes | None:
        path = (root / name).resolve()
        if not path.is_relative_to(root) or not path.is_file():
            return None
        with path.open("rb") as stream:
            return stream.read(POLICY_LIMIT + 1)

    return read


def _with_baseline(policy: Policy, tree: GitTree) -> Policy:
    content = _content(tree, BASELINE_PATH, BASELINE_LIMIT)
    if content is None:
        return policy
    try:
        return policy.with_baseline(read_baseline(content))
    except BaselineError as error:
        raise CannotJudgeError(str(error)) from error


def _content(tree: GitTree, path: str, limit: int) -> bytes | None:
    """A file of the commit, one byte more than the limit at most, None where there is none."""
    entry = tree.entry(path)
    if entry is None:
        return None
    if entry.kind is not EntryKind.FILE:
        raise CannotJudgeError(f"{path} is a {entry.kind}, not a file")
    return tree.open(entry).read(0, limit + 1)
