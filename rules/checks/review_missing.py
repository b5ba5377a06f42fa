"""Nobody has reviewed the weights yet.

## What it checks
Whether enough people have approved a merge request that brings weights. The author's own approval never counts, nor
that of a bot, and an approval counts only for the commit it was given for.

## Why it matters
No tool sees that a model was trained on biased data or has a subtle flaw. Somebody who knows the field has to look at
it, and a name under that is what later readers can hold on to.

The options are `count` (default 1), the number of people; `from`, the logins and the teams (`@org/team`, on GitLab the
full path of a group) whose approval counts, where an empty list means anybody who can approve; and `stale` (default
false), which lets approvals of earlier commits count. On GitHub everybody with an account can approve, so name who
counts where that matters. Members of a team are known only where the bot's credentials may see them. The rule tells
two cases apart, which a policy may weigh differently: `missing`, where approvals are missing, and `unknown`, where the
forge did not tell who approved. A local range has no reviews, and the rule is silent there.

## Example
The policy asks for two approvals from `@distro/science`. One member of the team has approved; the second approval is
the author's own.

## How to fix
Ask one of the people whom the policy names to look at the weights and to approve the merge request. After a push, ask
them to approve the new commits too.

## References
- [Approving a pull request (GitHub)](https://docs.github.com/en/pull-requests/collaborating-with-pull-requests/reviewing-changes-in-pull-requests/approving-a-pull-request-with-required-reviews)
- [Merge request approvals (GitLab)](https://docs.gitlab.com/user/project/merge_requests/approvals/)
- [guix-devel, 11 April 2023, on human expertise](https://lists.nongnu.org/archive/html/guix-devel/2023-04/msg00110.html)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import AfterValidator, Field

from rules.checks import Problem, RuleOptions, Subject
from rules.checks._words import several
from rules.facts import Approval
from rules.findings import Remedy, Severity
from rules.text import code

SEVERITY = Severity.WARNING

MISSING = "missing"
UNKNOWN = "unknown"
CASES = {
    MISSING: "Fewer people have approved than the policy asks for.",
    UNKNOWN: "The forge did not tell who has approved.",
}

_WHY = "No tool finds a biased training or a subtle flaw; people who know the field do."
_NAMED = 5
"""People and teams that the finding names."""


def _reviewer(written: str) -> str:
    name = written.strip().removeprefix("@")
    if not name or len(name) > 255 or any(character.isspace() for character in name):
        raise ValueError("write a login, or a team as '@org/team'")
    return name


class Options(RuleOptions):
    """How many people have to approve, and whose approval counts."""

    count: int = Field(default=1, ge=1, le=20)
    reviewers: tuple[Annotated[str, AfterValidator(_reviewer)], ...] = Field(default=(), alias="from", max_length=100)
    stale: bool = False

    @property
    def teams(self) -> tuple[str, ...]:
        """Those of the reviewers that are teams: `org/team`."""
        return tuple(name for name in self.reviewers if "/" in name)


def check_change(subjects: Sequence[Subject], options: Options) -> Problem | None:
    """A problem where a merge request with weights lacks approvals, or where they could not be read."""
    request = next((subject.merge_request for subject in subjects), None)
    if request is None:
        return None
    approvals = subjects[0].approvals
    if approvals is None:
        return _unreadable(options)
    others = [approval for approval in approvals if approval.user.casefold() != request.author.casefold()]
    fitting = [approval for approval in others if _is_asked(approval, options.reviewers)]
    counting = {approval.user.casefold() for approval in fitting if approval.current or options.stale}
    if len(counting) >= options.count:
        return None
    return Problem(
        title=f"{_people(options.count - len(counting), more=bool(counting))} to approve these weights",
        why=f"{_WHY} {_so_far(fitting, counting)}",
        remedy=Remedy(steps=(_ask(options), *_again(fitting, counting))),
        case=MISSING,
    )


def _unreadable(options: Options) -> Problem:
    return Problem(
        title="Who has approved this merge request could not be read",
        why=f"{_policy_asks(options)}, and the forge did not tell the bot who has approved.",
        remedy=Remedy(
            steps=(
                "Let whoever runs the bot check that its credentials may read the reviews of this repository.",
                "Until then a maintainer has to look at the approvals.",
            )
        ),
        case=UNKNOWN,
    )


def _is_asked(approval: Approval, reviewers: Sequence[str]) -> bool:
    names = {name.casefold() for name in (approval.user, *approval.teams)}
    return not reviewers or any(reviewer.casefold() in names for reviewer in reviewers)


def _people(count: int, *, more: bool) -> str:
    again = " more" if more else ""
    return f"One{again} person has" if count == 1 else f"{count}{again} people have"


def _so_far(fitting: Sequence[Approval], counting: set[str]) -> str:
    counted = sorted({approval.user for approval in fitting if approval.user.casefold() in counting})
    if not counted:
        return (
            "None of the approvals so far counts here."
            if fitting
            else "So far nobody has approved whose word counts here."
        )
    return f"So far {_names(counted)} {'has' if len(counted) == 1 else 'have'} approved."


def _ask(options: Options) -> str:
    whom = f" of {_names(_marked(options.reviewers), 'or')}" if options.reviewers else ""
    if not whom:
        return "Ask somebody else than the author, who knows such models, to review and approve this merge request."
    return f"Ask somebody{whom} to review and approve this merge request; the author's own approval does not count."


def _again(fitting: Sequence[Approval], counting: set[str]) -> tuple[str, ...]:
    late = sorted({approval.user for approval in fitting if approval.user.casefold() not in counting})
    if not late:
        return ()
    return (f"Ask {_names(late)} to approve again: commits were pushed since.",)


def _policy_asks(options: Options) -> str:
    whom = f" from {_names(_marked(options.reviewers), 'or')}" if options.reviewers else ""
    return f"The policy asks for {'an approval' if options.count == 1 else f'{options.count} approvals'}{whom}"


def _marked(reviewers: Sequence[str]) -> list[str]:
    return [f"@{name}" if "/" in name else name for name in reviewers]


def _names(names: Sequence[str], conjunction: str = "and") -> str:
    return several([code(name, 60) for name in names], _NAMED, conjunction)
