"""Comments in the conversation of a pull request, and reactions on them."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from bot.sandbox.current import world
from bot.sandbox.forgejo import answers, credentials
from bot.sandbox.forgejo.shapes import conversation
from bot.sandbox.model import Access, Note, Repository

routes = Blueprint("forgejo_comments", __name__)

_ALL = "/repos/<owner>/<name>/issues/<int:number>/comments"
_ONE = "/repos/<owner>/<name>/issues/comments/<int:number>"


@routes.get(_ALL)
def list_comments(owner: str, name: str, number: int) -> Response:
    """All comments, oldest first: this list has no pages."""
    _, found = credentials.pull(owner, name, number)
    rows = [conversation.comment(world(), note) for note in world().conversation.comments(found)]
    answer = jsonify(rows)
    answer.headers["X-Total-Count"] = str(len(rows))
    return answer


@routes.post(_ALL)
def create_comment(owner: str, name: str, number: int) -> tuple[Response, int]:
    """Say something; whoever may read may comment."""
    repository, found = credentials.pull(owner, name, number)
    login = credentials.authorise(repository, Access.READ)
    body = answers.text(answers.sent(), "body", "Body")
    return jsonify(conversation.comment(world(), world().conversation.comment(found, body, login))), 201


@routes.get(_ONE)
def get_comment(owner: str, name: str, number: int) -> Response:
    """One comment."""
    return jsonify(conversation.comment(world(), _comment(owner, name, number)[1]))


@routes.patch(_ONE)
def update_comment(owner: str, name: str, number: int) -> Response:
    """Replace a comment's text; its author may, and whoever may write."""
    repository, note = _comment(owner, name, number)
    login = _may_change(repository, note)
    body = answers.text(answers.sent(), "body", "Body")
    return jsonify(conversation.comment(world(), world().conversation.edit(note, body, login)))


@routes.delete(_ONE)
def delete_comment(owner: str, name: str, number: int) -> tuple[str, int]:
    """Remove a comment."""
    repository, note = _comment(owner, name, number)
    world().conversation.delete(note, _may_change(repository, note))
    return "", 204


@routes.get(f"{_ONE}/reactions")
def list_reactions(owner: str, name: str, number: int) -> Response:
    """The reactions on a comment, null where there are none: Go writes an empty list so."""
    _, note = _comment(owner, name, number)
    return jsonify([conversation.reaction(world(), one) for one in note.reactions] or None)


@routes.post(f"{_ONE}/reactions")
def create_reaction(owner: str, name: str, number: int) -> tuple[Response, int]:
    """React; 200 instead of 201 where this account's reaction was there already."""
    repository, note = _comment(owner, name, number)
    login = credentials.authorise(repository, Access.READ)
    content = _content()
    reaction, is_new = world().conversation.react(note, login, content)
    return jsonify(conversation.reaction(world(), reaction)), 201 if is_new else 200


@routes.delete(f"{_ONE}/reactions")
def delete_reaction(owner: str, name: str, number: int) -> tuple[str, int]:
    """Take one's own reaction back, by what it was."""
    repository, note = _comment(owner, name, number)
    login, content = credentials.authorise(repository, Access.READ), _content()
    for one in [one for one in note.reactions if (one.login, one.content) == (login, content)]:
        world().conversation.take_back(note, one)
    return "", 200


def _content() -> str:
    content = answers.sent().get("content")
    if content not in conversation.REACTIONS:
        raise answers.ApiError(403, f"'{content}' is not an allowed reaction")
    return str(content)


def _comment(owner: str, name: str, number: int) -> tuple[Repository, Note]:
    repository = credentials.readable(owner, name)
    note = world().conversation.notes.get(number)
    found = world().merge_requests.get(note.merge_request_id) if note else None
    if note is None or found is None or found.repository_id != repository.id or note.path is not None:
        raise answers.not_found()
    return repository, note


def _may_change(repository: Repository, note: Note) -> str:
    own = credentials.user().account.login == note.author
    return credentials.authorise(repository, Access.READ if own else Access.WRITE)
