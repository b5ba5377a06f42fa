"""Approvals of merge requests and members of groups ("Merge request approvals API", "Members API")."""

from __future__ import annotations

from typing import Any

from flask import jsonify

from bot.sandbox.current import world
from bot.sandbox.gitlab import answers, credentials, shapes
from bot.sandbox.gitlab.routing import Answer, Routes
from bot.sandbox.model import Access, MergeRequest, Repository

routes = Routes()

_ADDRESS = "/projects/:project/merge_requests/:iid"


@routes.on("GET", f"{_ADDRESS}/approvals")
def get_approvals(project: str, iid: str) -> Answer:
    """Who approves it."""
    return jsonify(_approvals(*credentials.merge_request(project, iid)))


@routes.on("POST", f"{_ADDRESS}/approve")
def approve(project: str, iid: str) -> Answer:
    """Approve it; with `sha` only if that is still its head."""
    repository, found = credentials.merge_request(project, iid)
    login = credentials.authorise(repository, Access.WRITE)
    sha = answers.sent().get("sha")
    if sha and sha != found.head:
        raise answers.ApiError(409, {"message": "409 SHA does not match HEAD of source branch"})
    if _has_approved(found, login):
        raise answers.unauthorised()
    world().approve(found, login)
    return jsonify(_approvals(repository, found)), 201


@routes.on("POST", f"{_ADDRESS}/unapprove")
def unapprove(project: str, iid: str) -> Answer:
    """Take the approval back."""
    repository, found = credentials.merge_request(project, iid)
    login = credentials.authorise(repository, Access.WRITE)
    if not _has_approved(found, login):
        raise answers.not_found()
    world().unapprove(found, login)
    return jsonify(_approvals(repository, found)), 201


@routes.on("GET", "/groups/:group/members/all/:user_id", "/groups/:group/members/:user_id")
def get_group_member(group: str, user_id: str) -> Answer:
    """A member of a group by its full path."""
    credentials.user()
    number = answers.number(user_id)
    login = next((account.login for account in world().accounts.values() if account.id == number), None)
    members = world().teams.get(group)
    if members is None:
        raise answers.not_found("Group")
    if login is None or login not in members:
        raise answers.not_found()
    return jsonify(
        shapes.user(world(), login)
        | {"access_level": Access.WRITE.value, "expires_at": None, "membership_state": "active"}
    )


def _has_approved(found: MergeRequest, login: str) -> bool:
    return any(one.author == login for one in world().conversation.reviews_of(found))


def _approvals(repository: Repository, found: MergeRequest) -> dict[str, Any]:
    given = world().conversation.reviews_of(found)
    who = credentials.actor()
    login = who.account.login if who else ""
    mine = _has_approved(found, login)
    rows: list[dict[str, Any]] = [{"user": shapes.user(world(), one.author)} for one in given]
    if world().limits.gitlab.tells_approval_time:
        for row, one in zip(rows, given, strict=True):
            row["approved_at"] = answers.moment(one.submitted_at)
    return {
        "user_has_approved": mine,
        "user_can_approve": not mine and credentials.membership(repository, login) >= Access.WRITE,
        "approved": bool(given),
        "approved_by": rows,
    }
