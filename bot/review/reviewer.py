"""One merge request's way through: collect, evaluate, record, publish."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.forges.protocol import Forge, ForgeError, UnavailableError
from bot.intake.events import ReviewRequested
from bot.review.policies import policy_for
from bot.review.publish import publish
from bot.review.verdicts import could_not_evaluate
from bot.scanner.advisories import EMPTY as NO_ADVISORIES
from bot.scanner.advisories import AdvisoryIndex, with_advisories
from bot.scanner.scan import collect
from rules.checks.review_missing import Options as ReviewOptions
from rules.facts import Facts, MergeRequest
from rules.findings import Judgement, Outcome
from rules.policy import POLICY_PATH, Policy
from rules.runner import judge

_REVIEWS = "review-missing"
ATTEMPTS = 3
"""How often a review starts over because somebody pushed meanwhile. Each push also sends an event of its own."""


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
        advisories: AdvisoryIndex = NO_ADVISORIES,
    ) -> None:
        """`record` keeps a judgement; it is called before anything is published and may be called again."""
        self._advisories = advisories
        self._forge = forge
        self._record = record
        self._default_policy = default_policy
        self._dashboard_url = dashboard_url

    def review(self, request: ReviewRequested) -> ReviewOutcome:
        """Judge the merge request as it is now and bring the forge to the result; twice is the same as once.

        Drafts are judged like others: their authors want to know before asking for a review. A push
        during the work makes its result void and the work starts over. What the forge refuses is
        told in the remark, with a neutral verdict where one can be set. Raises UnavailableError
        where another try later may help.
        """
        try:
            return self._review(request)
        except UnavailableError:
            raise
        except ForgeError as error:
            return self._refused(request, str(error))

    def give_up(self, request: ReviewRequested, reason: str) -> ReviewOutcome:
        """Publish the neutral verdict that it could not be evaluated, and why. Raises ForgeError."""
        merge_request = self._forge.merge_request(request.repository_id, request.repository, request.number)
        if merge_request.state != "open":
            return _not_open(merge_request)
        url = self._dashboard_url(merge_request) if self._dashboard_url else None
        self._forge.set_verdict(merge_request, could_not_evaluate(reason, url))
        return ReviewOutcome(merge_request.head, None, True, f"could not evaluate: {reason}")

    def _review(self, request: ReviewRequested) -> ReviewOutcome:
        merge_request = self._forge.merge_request(request.repository_id, request.repository, request.number)
        for _ in range(ATTEMPTS):
            if merge_request.state != "open":
                return _not_open(merge_request)
            judgement = self._judge(merge_request)
            now = self._forge.merge_request(request.repository_id, request.repository, request.number)
            if _same_work(merge_request, now):
                self._record(judgement)
                url = self._dashboard_url(now) if self._dashboard_url else None
                publish(self._forge, now, judgement, url)
                return ReviewOutcome(now.head, judgement.outcome, True, f"judged: {judgement.outcome.value}")
            merge_request = now
        remark = f"pushed to {ATTEMPTS} times during the review; the event of the last push brings the result"
        return ReviewOutcome(merge_request.head, None, False, remark)

    def _judge(self, merge_request: MergeRequest) -> Judgement:
        changes = self._forge.changes(merge_request)
        policy = policy_for(self._forge, merge_request, self._default_policy)
        if any(change.path == POLICY_PATH for change in changes.files):
            remark = f"This merge request changes `{POLICY_PATH}`; the version on the target branch counts until then."
            policy = policy.remarked(remark)
        facts = collect(
            changes,
            self._forge.tree(merge_request),
            base=self._forge.base_tree(merge_request),
            past=lambda: self._forge.past_changes(merge_request, changes),
            merge_request=merge_request,
            ignores=policy.ignores,
        )
        facts = with_advisories(self._with_approvals(facts, merge_request, policy), self._advisories)
        return judge(facts, policy)

    def _with_approvals(self, facts: Facts, merge_request: MergeRequest, policy: Policy) -> Facts:
        """The facts with who has approved, asked for only where the policy wants to know it of these weights."""
        if not facts.artifacts or not policy.speaks(_REVIEWS):
            return facts
        options = policy.setting(_REVIEWS).options
        teams = options.teams if isinstance(options, ReviewOptions) else ()
        approvals = self._forge.approvals(merge_request, teams)
        return replace(facts, approvals=None if approvals is None else tuple(approvals))

    def _refused(self, request: ReviewRequested, reason: str) -> ReviewOutcome:
        try:
            return self.give_up(request, reason)
        except UnavailableError:
            raise
        except ForgeError:  # credentials that cannot read often cannot write: the first reason is the one to act on
            return ReviewOutcome(None, None, False, reason)


def _not_open(merge_request: MergeRequest) -> ReviewOutcome:
    return ReviewOutcome(merge_request.head, None, False, f"the merge request is {merge_request.state}")


def _same_work(before: MergeRequest, now: MergeRequest) -> bool:
    """True where the result still speaks of what is proposed. The target branch moving on alone changes nothing."""
    return (before.head, before.target_branch, before.state) == (now.head, now.target_branch, now.state)
