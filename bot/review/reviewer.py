"""One merge request's way through: collect, evaluate, record, publish."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bot.forges.protocol import Forge, ForgeError, Glancing, UnavailableError
from bot.intake.events import QueueEntryRequested, ReviewRequested
from bot.reports.markdown import summary
from bot.review.memory import Forgetful, Memory, repository_key
from bot.review.organisations import OrganisationPolicies
from bot.review.policies import InForce, Policies
from bot.review.proposals import Proposed, changes_policy, proposed_at, sees_more
from bot.review.publish import Style, publish
from bot.review.verdicts import CHECK_NAME, could_not_evaluate, verdict_for
from bot.scanner.advisories import EMPTY as NO_ADVISORIES
from bot.scanner.advisories import AdvisoryIndex, with_advisories
from bot.scanner.scan import collect
from bot.scanner.tree import Change, Changes
from rules.baseline import BASELINE_PATH
from rules.checks.review_missing import Options as ReviewOptions
from rules.facts import Facts, MergeRequest
from rules.findings import Judgement, Outcome
from rules.policy import POLICY_PATH, Policy
from rules.runner import judge

_REVIEWS = "review-missing"
_GROWTH = "repository-growth"
ATTEMPTS = 3
"""How often a review starts over because somebody pushed meanwhile. Each push also sends an event of its own."""

JUST_NOW = 10.0
"""Seconds for which a look at a merge request is as good as another: about what the delivery of a push takes, which
makes the result void when it is there in time, and brings a review of its own in any case."""
SUPERSEDED = "a newer delivery for this merge request follows"


@dataclass(frozen=True)
class ReviewOutcome:
    """What became of a request."""

    head: str | None
    """The commit that was judged, None where there was none to judge."""
    outcome: Outcome | None
    published: bool
    remark: str
    """One clause for the deliveries page."""


class Reviewer:
    """Judges merge requests of one forge. Work on one merge request must not overlap; the job queue sees to that."""

    def __init__(
        self,
        forge: Forge,
        record: Callable[[Judgement], None],
        default_policy: Policy,
        dashboard_url: Callable[[MergeRequest], str] | None = None,
        *,
        check_name: str = CHECK_NAME,
        advisories: AdvisoryIndex = NO_ADVISORIES,
        memory: Memory | None = None,
        organisations: OrganisationPolicies | None = None,
        help_url: str | None = None,
        now: Callable[[], datetime.datetime] = lambda: datetime.datetime.now(datetime.UTC),
    ) -> None:
        """`record` keeps a judgement; it is called before anything is published and may be called again.

        Without a `memory` nothing is known of earlier reviews, without `organisations` none has a say. `help_url` is
        where the comment is explained.
        """
        self._advisories = advisories
        self._forge = forge
        self._record = record
        self._memory = memory or Forgetful()
        self._organisations = organisations
        self._policies = Policies(forge, default_policy, self._memory, organisations)
        self._dashboard_url = dashboard_url
        self._help_url = help_url
        self._check_name = check_name
        self._now = now

    def review(self, request: ReviewRequested, is_superseded: Callable[[], bool] = lambda: False) -> ReviewOutcome:
        """Judge the merge request as it is now and bring the forge to the result; twice is the same as once.

        Drafts are judged like others: their authors want to know before asking for a review. A push
        during the work makes its result void and the work starts over. What the forge refuses is
        told in the remark, with a neutral verdict where one can be set. Raises UnavailableError
        where another try later may help.

        `is_superseded` tells whether a later request for the same merge request came meanwhile, whose review is the
        one to be published.
        """
        try:
            return self._review(request, is_superseded)
        except UnavailableError:
            raise
        except ForgeError as error:
            return self._refused(request, str(error))

    def give_up(self, request: ReviewRequested, reason: str) -> ReviewOutcome:
        """Publish that it could not be evaluated, and why: neutral, or as the policy asks. Raises ForgeError."""
        merge_request = self._forge.merge_request(request.repository_id, request.repository, request.number)
        if merge_request.state != "open":
            return _not_open(merge_request)
        url = self._dashboard_url(merge_request) if self._dashboard_url else None
        on_error = self._policies.on_error(merge_request)
        self._forge.set_verdict(merge_request, could_not_evaluate(reason, url, on_error, name=self._check_name))
        return ReviewOutcome(merge_request.head, None, True, f"could not evaluate: {reason}")

    def review_queue_entry(self, work: QueueEntryRequested) -> ReviewOutcome:
        """Judge a commit that a merge queue made, and set its verdict. Raises ForgeError."""
        entry = self._forge.queue_entry(work.repository_id, work.repository, work.head, work.base, work.branch)
        judgement = self._judge(entry, self._forge.changes(entry))
        self._forge.set_verdict(entry, verdict_for(judgement, summary(judgement), name=self._check_name), first=True)
        return ReviewOutcome(work.head, judgement.outcome, True, f"judged: {judgement.outcome.value}")

    def forget_organisation(self, organisation: str) -> None:
        """Read an organisation's policy anew when it is next needed."""
        if self._organisations is not None:
            self._organisations.forget(organisation)

    def _review(self, request: ReviewRequested, is_superseded: Callable[[], bool]) -> ReviewOutcome:
        shown = _shown_in(request)
        merge_request = shown or self._read(request)
        for _ in range(ATTEMPTS):
            if merge_request.state != "open":
                self._memory.note_state(merge_request)
                return _not_open(merge_request)
            changes = self._forge.changes(merge_request)
            # What a delivery shows may be old, and the list of changes is always that of now.
            seen = self._glanced(merge_request) or (self._read(request) if merge_request is shown else None)
            if seen is not None and not _same_work(merge_request, seen):
                merge_request = seen
                continue
            merge_request = seen or merge_request
            judgement = self._judge(merge_request, changes)
            if is_superseded():
                return ReviewOutcome(merge_request.head, None, False, SUPERSEDED)
            now = self._glanced(merge_request) or self._read(request)
            if _same_work(merge_request, now):
                self._record(judgement)
                url = self._dashboard_url(now) if self._dashboard_url else None
                style = Style(url, self._help_url, self._check_name)
                publish(self._forge, now, judgement, self._memory, style, is_new=request.is_new)
                return ReviewOutcome(now.head, judgement.outcome, True, f"judged: {judgement.outcome.value}")
            merge_request = now
        remark = f"pushed to {ATTEMPTS} times during the review; the event of the last push brings the result"
        return ReviewOutcome(merge_request.head, None, False, remark)

    def _read(self, request: ReviewRequested) -> MergeRequest:
        return self._forge.merge_request(request.repository_id, request.repository, request.number)

    def _glanced(self, merge_request: MergeRequest) -> MergeRequest | None:
        """As an answer to another question showed it just now."""
        return self._forge.glanced(merge_request, JUST_NOW) if isinstance(self._forge, Glancing) else None

    def _judge(self, merge_request: MergeRequest, changes: Changes) -> Judgement:
        in_force = self._policies.in_force(merge_request)
        proposed = self._proposed(merge_request, changes.files, in_force)
        policy = in_force.policy.remarked(*_not_yet(changes.files, proposed is not None))
        facts = seen = self._collected(changes, merge_request, policy)
        new = proposed.policy if proposed is not None else None
        if new is not None and sees_more(new, policy):
            seen = self._collected(changes, merge_request, new)
        if facts.artifacts or seen.artifacts:
            policy = self._policies.with_baseline(policy, merge_request)
        asking = [policy] if new is None else [policy, new]
        is_same = seen is facts
        facts = self._completed(facts, merge_request, asking)
        seen = facts if is_same else self._completed(seen, merge_request, asking)
        judgement = judge(facts, policy)
        return judgement if proposed is None else replace(judgement, proposal=proposed.tried(seen, policy))

    def _collected(self, changes: Changes, merge_request: MergeRequest, policy: Policy) -> Facts:
        """What the files tell, but for those that the policy ignores."""
        return collect(
            changes,
            self._forge.tree(merge_request),
            base=self._forge.base_tree(merge_request),
            past=lambda: self._forge.past_changes(merge_request, changes),
            merge_request=merge_request,
            ignores=policy.ignores,
        )

    def _proposed(self, merge_request: MergeRequest, changes: Sequence[Change], in_force: InForce) -> Proposed | None:
        """The policy that the merge request brings, None where it changes none."""
        if not changes_policy(changes, in_force.files):
            return None
        return proposed_at(self._forge.tree(merge_request), self._policies.loader(in_force.beneath))

    def _completed(self, facts: Facts, merge_request: MergeRequest, asking: Sequence[Policy]) -> Facts:
        """The facts with what the files alone do not tell, as far as one of the policies wants to know it."""
        facts = replace(facts, today=self._now().astimezone(datetime.UTC).date())
        if not facts.artifacts:
            return with_advisories(facts, self._advisories)
        if any(policy.speaks(_REVIEWS) for policy in asking):
            approvals = self._forge.approvals(merge_request, _teams(asking))
            facts = replace(facts, approvals=None if approvals is None else tuple(approvals))
        if any(policy.speaks(_GROWTH) for policy in asking):
            facts = replace(facts, growth=self._memory.growth(repository_key(merge_request)))
        return with_advisories(facts, self._advisories)

    def _refused(self, request: ReviewRequested, reason: str) -> ReviewOutcome:
        try:
            return self.give_up(request, reason)
        except UnavailableError:
            raise
        except ForgeError:  # credentials that cannot read often cannot write: the first reason is the one to act on
            return ReviewOutcome(None, None, False, reason)


def _shown_in(request: ReviewRequested) -> MergeRequest | None:
    """The merge request as the delivery shows it, None where it does not."""
    try:
        shown = MergeRequest(**request.shown) if request.shown is not None else None
    except TypeError:  # what another version wrote
        return None
    if shown is None or (shown.repository_id, shown.number) != (request.repository_id, request.number):
        return None
    return shown


def _not_open(merge_request: MergeRequest) -> ReviewOutcome:
    return ReviewOutcome(merge_request.head, None, False, f"the merge request is {merge_request.state}")


def _same_work(before: MergeRequest, now: MergeRequest) -> bool:
    """True where the result still speaks of what is proposed. The target branch moving on alone changes nothing."""
    return (before.head, before.target_branch, before.state) == (now.head, now.target_branch, now.state)


def _not_yet(changes: Sequence[Change], new_policy: bool) -> list[str]:
    """What the merge request changes of its own rules, said so that nobody takes it for in force."""
    changed = [f"`{POLICY_PATH}`"] if new_policy else []
    changed += [f"`{BASELINE_PATH}`"] if any(change.path == BASELINE_PATH for change in changes) else []
    if not changed:
        return []
    verb = "version" if len(changed) == 1 else "versions"
    counts = "counts" if len(changed) == 1 else "count"
    return [f"This merge request changes {' and '.join(changed)}; the {verb} on the target branch {counts} until then."]


def _teams(policies: Sequence[Policy]) -> tuple[str, ...]:
    """The teams that the policies want to know about, each once."""
    options = [policy.setting(_REVIEWS).options for policy in policies if policy.speaks(_REVIEWS)]
    return tuple(dict.fromkeys(team for each in options if isinstance(each, ReviewOptions) for team in each.teams))
