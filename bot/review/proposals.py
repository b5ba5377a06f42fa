"""The policy that a merge request itself proposes: read at its head and tried on its own change. It decides nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bot.scanner.readers import UnreadableError
from bot.scanner.tree import Change, EntryKind, Tree
from rules.facts import ChangeStatus, Facts
from rules.findings import Proposal, ProposalProblem
from rules.policy import POLICY_LIMIT, POLICY_PATH, Policy, PolicyError, PolicyProblem
from rules.policy_diff import differences
from rules.policy_file import Mode
from rules.runner import judge


@dataclass(frozen=True)
class Proposed:
    """What the head holds in place of the policy in force."""

    policy: Policy | None
    """None where it is removed or broken."""
    problems: tuple[ProposalProblem, ...] = ()

    def tried(self, facts: Facts, in_force: Policy) -> Proposal:
        """What it would decide about `facts` with the same baseline. They hold all that it would look at."""
        if self.policy is None:
            return Proposal(POLICY_PATH, self.problems)
        judgement = judge(facts, self.policy.with_baseline(in_force.baseline))
        return Proposal(
            POLICY_PATH,
            outcome=judgement.outcome,
            observed=self.policy.mode is Mode.OBSERVE,
            findings=judgement.findings,
            changes=differences(in_force, self.policy),
        )


def changes_policy(changes: Iterable[Change], files: Iterable[str]) -> bool:
    """True where one of the changes is to the policy, or to one of the `files` it is made of on the target branch."""
    own = {POLICY_PATH, *files}
    return any(
        change.path in own or (change.status is ChangeStatus.RENAMED and change.previous_path in own)
        for change in changes
    )


def sees_more(proposed: Policy, in_force: Policy) -> bool:
    """True where it may look at files that the policy in force ignores, so that facts must be collected for it."""
    return not set(in_force.ignored) <= set(proposed.ignored)


def proposed_at(tree: Tree, load: Callable[..., Policy]) -> Proposed:
    """The policy that a head holds. `load` takes a content and `files`. What `tree` raises passes through."""
    try:
        content = _content(tree, POLICY_PATH)
        if content is None:
            return Proposed(None)
        return Proposed(load(content, files=lambda path: _content(tree, path)))
    except PolicyError as error:
        problems = [ProposalProblem(error.name, each.line, each.key, each.message) for each in error.problems]
        return Proposed(None, tuple(problems))


def _content(tree: Tree, path: str) -> bytes | None:
    """A file of the head, a byte more than the limit at most. Raises PolicyError where it cannot be read."""
    entry = tree.entry(path)
    if entry is None:
        return None
    if entry.kind is not EntryKind.FILE:
        raise PolicyError(path, [PolicyProblem(None, "", f"It is a {entry.kind.value}, not a file.")])
    try:
        return tree.open(entry).read(0, POLICY_LIMIT + 1)
    except UnreadableError as error:
        raise PolicyError(path, [PolicyProblem(None, "", f"It could not be read: {error}.")]) from error
