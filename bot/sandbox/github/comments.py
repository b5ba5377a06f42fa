"""Comments in the conversation of a pull request, and reactions on comments of any kind."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, Response, jsonify, request

from bot.sandbox.current import world
from bot.sandbox.github import answers, credentials
from bot.sandbox.github.shapes import comments
from bot.sandbox.model import Access, Note, Repository

routes = Blueprint("comments", __name__)


@routes.get("/repos/<owner>/<name>/issues/<int:number>/comments")
def list_comments(owner: str, name: str, number: int) -> Response:
    """The comments, oldest first."""
    _, found = credentials.pull(owner, name, number)
    rows = _since(world().conversation.comments(found))
    return answers.page(rows, lambda note: comments.issue_comment(world(), note))


@routes.post("/repos/<owner>/<name>/issues/<int:number>/comments")
def create_comment(owner: str, name: str, number: int) -> tuple[Response, int]:
    """Say something; whoever may read may comment."""
    repository, found = credentials.pull(owner, name, number)
    who = credentials.authorise(repository, Access.READ, "pull_requests", "issues")
    body = answers.text(answers.sent(), "body", "IssueComment", limit=world().limits.github.body_characters)
    note = world().conversation.comment(found, body, who.account.login)
    answer = jsonify(comments.issue_comment(world(), note))
    answer.headers["Location"] = str(comments.issue_comment(world(), note)["url"])
    return answer, 201


@routes.get("/repos/<owner>/<name>/issues/comments/<int:number>")
def get_comment(owner: str, name: str, number: int) -> Response:
    """One comment."""
    _, note = _comment(owner, name, number)
    return jsonify(comments.issue_comment(world(), note))


@routes.patch("/repos/<owner>/<name>/issues/comments/<int:number>")
def update_comment(owner: str, name: str, number: int) -> Response:
    """Replace a comment's text; its author may, and whoever may write."""
    repository, note = _comment(owner, name, number)
    login = may_change(repository, note)
    body = answers.text(answers.sent(), "body", "IssueComment", limit=world().limits.github.body_characters)
    return jsonify(comments.issue_comment(world(), world().conversation.edit(note, body, login)))


@routes.delete("/repos/<owner>/<name>/issues/comments/<int:number>")
def delete_comment(owner: str, name: str, number: int) -> tuple[str, int]:
    """Remove a comment."""
    repository, note = _comment(owner, name, number)
    world().conversation.delete(note, may_change(repository, note))
    return "", 204


@routes.get("/repos/<owner>/<name>/<kind>/comments/<int:number>/reactions")
def list_reactions(owner: str, name: str, kind: str, number: int) -> Response:
    """The reactions on a comment (`issues`) or on a comment on a file (`pulls`)."""
    _, note = _of_kind(owner, name, kind, number)
    content = request.args.get("content")
    rows = [one for one in note.reactions if content in (None, one.content)]
    return answers.page(rows, lambda one: comments.reaction(world(), one))


@routes.post("/repos/<owner>/<name>/<kind>/comments/<int:number>/reactions")
def create_reaction(owner: str, name: str, kind: str, number: int) -> tuple[Response, int]:
    """React; 200 instead of 201 where this account's reaction was there already."""
    repository, note = _of_kind(owner, name, kind, number)
    who = credentials.authorise(repository, Access.READ, "pull_requests", "issues")
    content = answers.sent().get("content")
    if content not in comments.REACTIONS:
        raise answers.invalid("Reaction", "content")
    reaction, is_new = world().conversation.react(note, who.account.login, str(content))
    return jsonify(comments.reaction(world(), reaction)), 201 if is_new else 200


@routes.delete("/repos/<owner>/<name>/<kind>/comments/<int:number>/reactions/<int:reaction>")
def delete_reaction(owner: str, name: str, kind: str, number: int, reaction: int) -> tuple[str, int]:
    """Take one's own reaction back."""
    repository, note = _of_kind(owner, name, kind, number)
    who = credentials.authorise(repository, Access.READ, "pull_requests", "issues")
    for one in note.reactions:
        if one.id == reaction and one.login == who.account.login:
            world().conversation.take_back(note, one)
            return "", 204
    raise answers.not_found()


def may_change(repository: Repository, note: Note) -> str:
    """Login of whoever asks, if they may change the note; else 403."""
    own = credentials.user().account.login == note.author
    return credentials.authorise(
        repository, Access.READ if own else Access.WRITE, "pull_requests", "issues"
    ).account.login


def note_of(repository: Repository, number: int, *, on_file: bool) -> Note:
    """A note of a repository's pull requests; else 404."""
    note = world().conversation.notes.get(number)
    if note is None or (note.path is not None) != on_file:
        raise answers.not_found()
    if world().merge_requests[note.merge_request_id].repository_id != repository.id:
        raise answers.not_found()
    return note


def _comment(owner: str, name: str, number: int) -> tuple[Repository, Note]:
    repository = credentials.readable(owner, name, "pull_requests")
    return repository, note_of(repository, number, on_file=False)


def _of_kind(owner: str, name: str, kind: str, number: int) -> tuple[Repository, Note]:
    if kind not in ("issues", "pulls"):
        raise answers.not_found()
    repository = credentials.readable(owner, name, "pull_requests")
    return repository, note_of(repository, number, on_file=kind == "pulls")


def _since(notes: list[Note]) -> list[Note]:
    since = request.args.get("since")
    if not since:
        return notes
    try:
        moment = datetime.fromisoformat(since)
    except ValueError:
        raise answers.invalid("IssueComment", "since") from None
    if moment.tzinfo is None:
        raise answers.invalid("IssueComment", "since")
    return [note for note in notes if note.updated_at >= moment]
