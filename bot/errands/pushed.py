"""A branch has new commits: where they change a policy, the open merge requests that it rules are judged anew."""

from __future__ import annotations

from collections.abc import Mapping

from bot.errands._open_ones import hand_on_open_ones
from bot.errands.desk import Desk
from bot.intake.events import BranchPushed, ReviewRequested
from rules.baseline import BASELINE_LIMIT, BASELINE_PATH
from rules.policy import POLICY_LIMIT, POLICY_PATH

KIND = BranchPushed


def run(work: BranchPushed, desk: Desk) -> str:
    """Hand on the reviews, of the repository's own or, for an organisation's policy, of all that it rules."""
    kept = _kept(work, desk)
    changed = _changed(work, desk, kept) if work.paths is None else bool(_names(kept) & set(work.paths))
    if not changed:
        return "the push leaves the policy as it was"
    told = hand_on_open_ones(work, desk, branch=work.branch)
    owner, _, name = work.repository.partition("/")
    if name.lower() == desk.policy_repository.lower():
        # It is read anew at once here, and in ten minutes at the latest by other workers.
        desk.reviewer(work.forge).forget_organisation(owner)
        told += f"; {_hand_on_organisation(work, owner, desk)} of the organisation"
    return told


def _kept(work: BranchPushed, desk: Desk) -> Mapping[str, str]:
    """The policy's files as they were when something was last judged by it."""
    policy = desk.store.last_policy(f"{work.repository_key}:{work.branch}")
    return policy.files if policy else {}


def _names(kept: Mapping[str, str]) -> set[str]:
    return {POLICY_PATH, BASELINE_PATH, *kept}


def _changed(work: BranchPushed, desk: Desk, kept: Mapping[str, str]) -> bool:
    """Where the delivery does not tell all paths, the files themselves do. The baseline is not kept: it may differ."""
    forge = desk.forge(work.forge)
    for path in sorted({POLICY_PATH, *kept}):
        now = forge.read_other_file(work.repository, path, POLICY_LIMIT, work.head)
        if (now.content.decode("utf-8", "surrogateescape") if now else None) != kept.get(path):
            return True
    return forge.read_other_file(work.repository, BASELINE_PATH, BASELINE_LIMIT, work.head) is not None


def _hand_on_organisation(work: BranchPushed, owner: str, desk: Desk) -> int:
    """A review of each open merge request that was ever judged in one of the organisation's repositories."""
    count = 0
    for record in desk.store.open_merge_requests(work.forge, work.host, owner):
        _, repository_id, number = record.key.rsplit(":", 2)
        desk.hand_on(
            ReviewRequested(record.forge, record.host, repository_id, record.repository, work.cause, int(number))
        )
        count += 1
    return count
