"""Discussions, on the whole merge request or on one of its files ("Discussions API")."""

from __future__ import annotations

from typing import Any

from flask import jsonify

from bot.sandbox.current import world
from bot.sandbox.diff import changed_files
from bot.sandbox.gitlab import answers, credentials
from bot.sandbox.gitlab import conversation_shapes as words
from bot.sandbox.gitlab.notes import author_and_body, may_change, note_of, text_of
from bot.sandbox.gitlab.routing import Answer, Routes
from bot.sandbox.model import Access, MergeRequest, Note, Repository

routes = Routes()

_ADDRESS = "/projects/:project/merge_requests/:iid/discussions"
_SHAS = ("base_sha", "start_sha", "head_sha")


@routes.on("GET", _ADDRESS)
def list_discussions(project: str, iid: str) -> Answer:
    """The discussions, oldest first; a note by itself counts as one."""
    _, found = credentials.merge_request(project, iid)
    return answers.page(list(_threads(found).values()), lambda notes: words.discussion(world(), notes))


@routes.on("GET", f"{_ADDRESS}/:discussion")
def get_discussion(project: str, iid: str, discussion: str) -> Answer:
    """One discussion."""
    _, found = credentials.merge_request(project, iid)
    return jsonify(words.discussion(world(), _thread(found, discussion)))


@routes.on("POST", _ADDRESS)
def create_discussion(project: str, iid: str) -> Answer:
    """Begin a discussion that can be resolved; `position` puts it on a file or a line."""
    repository, found = credentials.merge_request(project, iid)
    login, body = author_and_body(repository, found)
    position = answers.sent().get("position")
    where: dict[str, Any] = {}
    if position is not None:
        where = _place(repository, found, position)
    note = world().conversation.comment(found, body, login, resolvable=True, **where)
    return jsonify(words.discussion(world(), [note])), 201


@routes.on("PUT", f"{_ADDRESS}/:discussion")
def resolve_discussion(project: str, iid: str, discussion: str) -> Answer:
    """Resolve it or open it again; its merge request's author may, and developers."""
    repository, found = credentials.merge_request(project, iid)
    notes = _thread(found, discussion)
    login = _may_resolve(repository, found)
    resolved = answers.truth(answers.sent().get("resolved"))
    if resolved is None:
        raise answers.invalid("resolved", "is missing")
    if not notes[0].resolvable:
        raise answers.forbidden()
    world().conversation.resolve(discussion, login if resolved else None)
    return jsonify(words.discussion(world(), _thread(found, discussion)))


@routes.on("POST", f"{_ADDRESS}/:discussion/notes")
def create_reply(project: str, iid: str, discussion: str) -> Answer:
    """Answer in a discussion."""
    repository, found = credentials.merge_request(project, iid)
    first = _thread(found, discussion)[0]
    login, body = author_and_body(repository, found)
    note = world().conversation.comment(found, body, login, reply_to=first, position=first.position)
    return jsonify(words.note(world(), note)), 201


@routes.on("PUT", f"{_ADDRESS}/:discussion/notes/:note")
def update_reply(project: str, iid: str, discussion: str, note: str) -> Answer:
    """Replace a note's text, or resolve its discussion."""
    repository, found = credentials.merge_request(project, iid)
    known = _note_in(found, discussion, note)
    values = answers.sent()
    resolved = answers.truth(values.get("resolved"))
    if resolved is not None:
        login = _may_resolve(repository, found)
        world().conversation.resolve(discussion, login if resolved else None)
    if "body" in values or resolved is None:
        world().conversation.edit(known, text_of(values), may_change(repository, known))
    return jsonify(words.note(world(), known))


@routes.on("DELETE", f"{_ADDRESS}/:discussion/notes/:note")
def delete_reply(project: str, iid: str, discussion: str, note: str) -> Answer:
    """Remove a note of a discussion."""
    repository, found = credentials.merge_request(project, iid)
    known = _note_in(found, discussion, note)
    world().conversation.delete(known, may_change(repository, known))
    return "", 204


def _threads(found: MergeRequest) -> dict[str, list[Note]]:
    threads: dict[str, list[Note]] = {}
    for note in world().conversation.of(found):
        threads.setdefault(note.discussion_id, []).append(note)
    return threads


def _thread(found: MergeRequest, key: str) -> list[Note]:
    notes = _threads(found).get(key)
    if not notes:
        raise answers.not_found("Discussion")
    return notes


def _note_in(found: MergeRequest, discussion: str, key: str) -> Note:
    note = note_of(found, key)
    if note.discussion_id != discussion:
        raise answers.not_found("Note")
    return note


def _may_resolve(repository: Repository, found: MergeRequest) -> str:
    own = credentials.user().account.login == found.author
    return credentials.authorise(repository, Access.READ if own else Access.WRITE)


def _place(repository: Repository, found: MergeRequest, position: object) -> dict[str, Any]:
    if not isinstance(position, dict):
        raise answers.invalid("position", "is invalid")
    for name in (*_SHAS, "position_type"):
        if not position.get(name):
            raise answers.invalid(f"position[{name}]", "is missing")
    kind = position["position_type"]
    if kind not in ("text", "image", "file"):
        raise answers.invalid("position[position_type]", "does not have a valid value")
    path = position.get("new_path") or position.get("old_path")
    files = {name for file in changed_files(repository.git, found.base, found.head) for name in _names(file)}
    known = any(tuple(position[name] for name in _SHAS) == (one.base, one.start, one.head) for one in found.versions)
    line = position.get("new_line") or position.get("old_line")
    if path not in files or not known or (kind == "text" and not isinstance(line, int)):
        raise answers.bad_request('Note {:line_code=>["can\'t be blank", "must be a valid line code"]}')
    return {
        "path": path,
        "commit_sha": position["head_sha"],
        "line": line if kind == "text" else None,
        "side": "RIGHT" if position.get("new_line") else "LEFT",
        "position": dict.fromkeys(("old_path", "new_path", "old_line", "new_line", "line_range")) | position,
    }


def _names(file: Any) -> tuple[str, str]:
    return answers.shown(file.path), answers.shown(file.previous_path or file.path)
