"""Who has approved a pull request, from GitHub's reviews ("List reviews for a pull request")."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from urllib.parse import quote

from github.GithubException import GithubException, RateLimitExceededException, UnknownObjectException
from github.PullRequest import PullRequest
from github.PullRequestReview import PullRequestReview

from rules.facts import Approval

log = logging.getLogger("weighbridge.github")

TEAM_LOOKUPS = 100
"""Memberships that are asked for at most: a call for each person who approved and each team."""

_DECISIVE = frozenset({"APPROVED", "CHANGES_REQUESTED", "DISMISSED"})
"""States that replace what the same person said before; a comment does not."""


def approvals(pull: PullRequest, head: str, teams: Sequence[str]) -> tuple[Approval, ...]:
    """People whose last word is an approval, with those of `teams` (`org/slug`) that they belong to.

    An approval is current where it was given for `head`. Raises GithubException.
    """
    last: dict[str, PullRequestReview] = {}
    for review in pull.get_reviews():
        # The user is null where the account was deleted.
        if review.state in _DECISIVE and review.user is not None and review.user.type != "Bot":
            last[review.user.login] = review
    approved = {login: review for login, review in last.items() if review.state == "APPROVED"}
    left = TEAM_LOOKUPS // max(1, len(teams))
    return tuple(
        Approval(login, review.commit_id == head, tuple(_held(pull, login, teams) if number < left else ()))
        for number, (login, review) in enumerate(approved.items())
    )


def _held(pull: PullRequest, login: str, teams: Sequence[str]) -> Iterator[str]:
    for team in teams:
        organisation, _, slug = team.partition("/")
        address = (
            f"/orgs/{quote(organisation, safe='')}/teams/{quote(slug, safe='')}/memberships/{quote(login, safe='')}"
        )
        try:
            _, answer = pull.requester.requestJsonAndCheck("GET", address)
        except UnknownObjectException:  # no member, or a team that our credentials may not see
            continue
        except RateLimitExceededException:
            raise
        except GithubException as error:
            if error.status != 403 or "limit" in str(error.message or error.data or "").lower():
                raise
            log.warning("GitHub does not let us see who is in %s: give the App read access to members", team)
            return
        if isinstance(answer, dict) and answer.get("state") == "active":
            yield team
