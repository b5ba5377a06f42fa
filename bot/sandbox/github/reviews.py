"""Reviews and comments on the files of a pull request."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify

from bot.sandbox.current import world
from bot.sandbox.diff import changed_files
from bot.sandbox.github import answers, credentials
from bot.sandbox.github.comments import may_change, note_of
from bot.sandbox.github.shapes import comments
from bot.sandbox.model import Access, MergeRequest, Note, Repository

routes = Blueprint("reviews", __name__)

_STATES = {"APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED", "COMMENT": "COMMENTED"}
_KIND = "PullRequestReviewComment"


@routes.get("/repos/<owner>/<name>/pulls/<int:number>/comments")
def list_review_comments(owner: str, name: str, number: int) -> Response:
    """The comments on files, oldest first."""
    _, found = credentials.pull(owner, name, number)
    rows = world().conversation.file_comments(found)
    return answers.page(rows, lambda note: comments.review_comment(world(), note))


@routes.post("/repos/<owner>/<name>/pulls/<int:number>/comments")
def create_review_comment(owner: str, name: str, number: int) -> tuple[Response, int]:
    """Comment on a whole file (`subject_type`: `file`) or on a line of it, or answer such a comment."""
    repository, found = credentials.pull(owner, name, number)
    who = credentials.authorise(repository, Access.READ, "pull_requests")
    body = answers.sent()
    answers.text(body, "body", _KIND, limit=world().limits.github.body_characters)
    if isinstance(body.get("in_reply_to"), int):
        return _reply(repository, found, body["in_reply_to"], body["body"], who.account.login)
    commit = answers.text(body, "commit_id", _KIND)
    _check_place(repository, found, body, commit)
    note = _post(found, body, who.account.login, commit)
    return jsonify(comments.review_comment(world(), note)), 201


@routes.post("/repos/<owner>/<name>/pulls/<int:number>/comments/<int:comment>/replies")
def create_reply(owner: str, name: str, number: int, comment: int) -> tuple[Response, int]:
    """Answer a comment on a file."""
    repository, found = credentials.pull(owner, name, number)
    who = credentials.authorise(repository, Access.READ, "pull_requests")
    body = answers.text(answers.sent(), "body", _KIND, limit=world().limits.github.body_characters)
    return _reply(repository, found, comment, body, who.account.login)


@routes.get("/repos/<owner>/<name>/pulls/comments/<int:number>")
def get_review_comment(owner: str, name: str, number: int) -> Response:
    """One comment on a file."""
    repository = credentials.readable(owner, name, "pull_requests")
    return jsonify(comments.review_comment(world(), note_of(repository, number, on_file=True)))


@routes.patch("/repos/<owner>/<name>/pulls/comments/<int:number>")
def update_review_comment(owner: str, name: str, number: int) -> Response:
    """Replace its text."""
    repository = credentials.readable(owner, name, "pull_requests")
    note = note_of(repository, number, on_file=True)
    login = may_change(repository, note)
    body = answers.text(answers.sent(), "body", _KIND, limit=world().limits.github.body_characters)
    return jsonify(comments.review_comment(world(), world().conversation.edit(note, body, login)))


@routes.delete("/repos/<owner>/<name>/pulls/comments/<int:number>")
def delete_review_comment(owner: str, name: str, number: int) -> tuple[str, int]:
    """Remove it."""
    repository = credentials.readable(owner, name, "pull_requests")
    note = note_of(repository, number, on_file=True)
    world().conversation.delete(note, may_change(repository, note))
    return "", 204


@routes.get("/repos/<owner>/<name>/pulls/<int:number>/reviews")
def list_reviews(owner: str, name: str, number: int) -> Response:
    """The reviews, oldest first."""
    _, found = credentials.pull(owner, name, number)
    return answers.page(world().conversation.reviews_of(found), lambda one: comments.review(world(), one))


@routes.post("/repos/<owner>/<name>/pulls/<int:number>/reviews")
def create_review(owner: str, name: str, number: int) -> Response:
    """Review with a verdict, a text, and comments on lines."""
    repository, found = credentials.pull(owner, name, number)
    who = credentials.authorise(repository, Access.READ, "pull_requests")
    body = answers.sent()
    event = body.get("event")
    if event not in _STATES:
        raise answers.invalid("PullRequestReview", "event")
    login, text = who.account.login, str(body.get("body") or "")
    if event != "COMMENT" and login == found.author:
        verb = "approve" if event == "APPROVE" else "request changes on"
        raise answers.ApiError(422, f"Can not {verb} your own pull request")
    if event == "REQUEST_CHANGES" and not text.strip():
        raise answers.invalid("PullRequestReview", "body", "missing_field")
    commit = str(body.get("commit_id") or found.head)
    rows = [row for row in body.get("comments") or [] if isinstance(row, dict)]
    for row in rows:
        answers.text(row, "body", _KIND)
        _check_place(repository, found, row, commit)
    review = world().conversation.review(found, login, _STATES[str(event)], text, commit)
    for row in rows:
        _post(found, row, login, commit, review.id)
    return jsonify(comments.review(world(), review))


@routes.put("/repos/<owner>/<name>/pulls/<int:number>/reviews/<int:review>/dismissals")
def dismiss_review(owner: str, name: str, number: int, review: int) -> Response:
    """Take the effect from a review, and say why."""
    repository, found = credentials.pull(owner, name, number)
    who = credentials.authorise(repository, Access.WRITE, "pull_requests")
    answers.text(answers.sent(), "message", "PullRequestReview")
    known = next((one for one in world().conversation.reviews_of(found) if one.id == review), None)
    if known is None:
        raise answers.not_found()
    if known.state not in ("APPROVED", "CHANGES_REQUESTED"):
        raise answers.ApiError(422, "Can not dismiss a commented pull request review")
    world().conversation.dismiss(known, who.account.login)
    return jsonify(comments.review(world(), known))


def _check_place(repository: Repository, found: MergeRequest, body: dict[str, Any], commit: str) -> None:
    if commit not in repository.git.commits(found.base, found.head):
        raise answers.invalid(_KIND, "commit_id")
    path = answers.text(body, "path", _KIND)
    if not any(file.path == path for file in changed_files(repository.git, found.base, found.head)):
        raise answers.invalid(_KIND, "pull_request_review_thread.path")
    whole_file = body.get("subject_type") == "file"
    if not whole_file and not isinstance(body.get("line"), int) and not isinstance(body.get("position"), int):
        raise answers.invalid(_KIND, "pull_request_review_thread.line", "missing_field")


def _post(found: MergeRequest, body: dict[str, Any], login: str, commit: str, review_id: int | None = None) -> Note:
    whole_file = body.get("subject_type") == "file"
    return world().conversation.comment(
        found,
        body["body"],
        login,
        path=body["path"],
        commit_sha=commit,
        line=None if whole_file else body.get("line") or body.get("position"),
        side=str(body.get("side") or "RIGHT"),
        review_id=review_id,
        resolvable=True,
    )


def _reply(repository: Repository, found: MergeRequest, number: int, body: str, login: str) -> tuple[Response, int]:
    aim = note_of(repository, number, on_file=True)
    if aim.merge_request_id != found.id:
        raise answers.not_found()
    review = world().conversation.review(found, login, "COMMENTED", "", found.head)
    note = world().conversation.comment(found, body, login, reply_to=aim, review_id=review.id)
    return jsonify(comments.review_comment(world(), note)), 201
