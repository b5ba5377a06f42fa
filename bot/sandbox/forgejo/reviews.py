"""Reviews of a pull request."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from bot.sandbox.current import world
from bot.sandbox.forgejo import answers, credentials
from bot.sandbox.forgejo.shapes import conversation
from bot.sandbox.model import Access, MergeRequest, Review

routes = Blueprint("forgejo_reviews", __name__)

_ADDRESS = "/repos/<owner>/<name>/pulls/<int:number>/reviews"
_STATES = {"APPROVED": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED", "COMMENT": "COMMENTED", "PENDING": "PENDING"}
"""Forgejo's words for what the world keeps in GitHub's."""


@routes.get(_ADDRESS)
def list_reviews(owner: str, name: str, number: int) -> Response:
    """The reviews, oldest first; only their number says whether there are more pages."""
    _, found = credentials.pull(owner, name, number)
    rows = world().conversation.reviews_of(found)
    return answers.page(rows, lambda one: conversation.review(world(), one), linked=False)


@routes.post(_ADDRESS)
def create_review(owner: str, name: str, number: int) -> Response:
    """Review it."""
    repository, found = credentials.pull(owner, name, number)
    login = credentials.authorise(repository, Access.READ)
    body = answers.sent()
    event = str(body.get("event", "PENDING"))
    if event not in _STATES:
        raise answers.invalid(f"review type {event} is unknown")
    if event != "APPROVED" and not body.get("body"):
        raise answers.invalid(f"review event {event} requires a body or a comment")
    if event == "APPROVED" and login == found.author:
        raise answers.invalid("approve your own pull is not allowed")
    commit = str(body.get("commit_id") or found.head)
    made = world().conversation.review(found, login, _STATES[event], str(body.get("body", "")), commit)
    return jsonify(conversation.review(world(), made))


@routes.post(f"{_ADDRESS}/<int:review>/dismissals")
def dismiss_review(owner: str, name: str, number: int, review: int) -> Response:
    """Take the effect from a review. No webhook tells of it."""
    repository, found = credentials.pull(owner, name, number)
    login = credentials.authorise(repository, Access.ADMIN)
    known = _review(found, review)
    world().conversation.dismiss(known, login)
    return jsonify(conversation.review(world(), known))


def _review(found: MergeRequest, number: int) -> Review:
    known = world().conversation.reviews.get(number)
    if known is None or known.merge_request_id != found.id:
        raise answers.not_found()
    return known
