"""Notes on a merge request ("Notes API")."""

from __future__ import annotations

from flask import jsonify, request

from bot.sandbox.current import world
from bot.sandbox.gitlab import answers, credentials
from bot.sandbox.gitlab import conversation_shapes as words
from bot.sandbox.gitlab.routing import Answer, Routes
from bot.sandbox.model import Access, MergeRequest, Note, Repository

routes = Routes()

_ADDRESS = "/projects/:project/merge_requests/:iid/notes"


@routes.on("GET", _ADDRESS)
def list_notes(project: str, iid: str) -> Answer:
    """All notes, newest first unless `sort` is `asc`."""
    _, found = credentials.merge_request(project, iid)
    by = "updated_at" if request.args.get("order_by") == "updated_at" else "created_at"
    rows = sorted(world().conversation.of(found), key=lambda one: (getattr(one, by), one.id))
    if request.args.get("sort", "desc") != "asc":
        rows.reverse()
    return answers.page(rows, lambda one: words.note(world(), one))


@routes.on("GET", f"{_ADDRESS}/:note")
def get_note(project: str, iid: str, note: str) -> Answer:
    """One note."""
    _, found = credentials.merge_request(project, iid)
    return jsonify(words.note(world(), note_of(found, note)))


@routes.on("POST", _ADDRESS)
def create_note(project: str, iid: str) -> Answer:
    """Say something; whoever has an account and sees the merge request may."""
    repository, found = credentials.merge_request(project, iid)
    login, body = author_and_body(repository, found)
    return jsonify(words.note(world(), world().conversation.comment(found, body, login))), 201


@routes.on("PUT", f"{_ADDRESS}/:note")
def update_note(project: str, iid: str, note: str) -> Answer:
    """Replace a note's text; its author may, and maintainers."""
    repository, found = credentials.merge_request(project, iid)
    known = note_of(found, note)
    login = may_change(repository, known)
    return jsonify(words.note(world(), world().conversation.edit(known, text_of(answers.sent()), login)))


@routes.on("DELETE", f"{_ADDRESS}/:note")
def delete_note(project: str, iid: str, note: str) -> Answer:
    """Remove a note."""
    repository, found = credentials.merge_request(project, iid)
    known = note_of(found, note)
    world().conversation.delete(known, may_change(repository, known))
    return "", 204


def author_and_body(repository: Repository, found: MergeRequest) -> tuple[str, str]:
    """Who speaks and what they say, if they may and the merge request has room for it."""
    login = credentials.authorise(repository, Access.READ)
    body = text_of(answers.sent())
    limit = world().limits.gitlab.notes
    if len(world().conversation.of(found)) >= limit:
        fault = f"Maximum number of comments exceeded ({limit})"
        raise answers.ApiError(400, {"message": {"base": [fault]}})
    return login, body


def text_of(values: dict[str, object]) -> str:
    """The text of a note."""
    return answers.text(values, "body", limit=world().limits.gitlab.body_characters)


def note_of(found: MergeRequest, key: str) -> Note:
    """A note of a merge request; else 404."""
    note = world().conversation.notes.get(answers.number(key))
    if note is None or note.merge_request_id != found.id:
        raise answers.not_found("Note")
    return note


def may_change(repository: Repository, note: Note) -> str:
    """Login of whoever asks, if they may change the note; else 403."""
    own = credentials.user().account.login == note.author
    return credentials.authorise(repository, Access.READ if own else Access.MAINTAIN)
