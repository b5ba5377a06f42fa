"""Emoji reactions on merge requests and notes ("Emoji reactions API")."""

from __future__ import annotations

import re

from flask import jsonify

from bot.sandbox.current import world
from bot.sandbox.gitlab import answers, credentials
from bot.sandbox.gitlab import conversation_shapes as words
from bot.sandbox.gitlab.notes import note_of
from bot.sandbox.gitlab.routing import Answer, Routes
from bot.sandbox.model import Access, MergeRequest, Note, Reaction, Repository

routes = Routes()

_MERGE_REQUEST = "/projects/:project/merge_requests/:iid"
_ON_IT = f"{_MERGE_REQUEST}/award_emoji"
_ON_NOTE = f"{_MERGE_REQUEST}/notes/:note/award_emoji"
_NAME = re.compile(r"[a-z0-9_+-]{1,64}")


@routes.on("GET", _ON_IT, _ON_NOTE)
def list_reactions(project: str, iid: str, note: str | None = None) -> Answer:
    """The reactions on a merge request or a note."""
    _, target = _target(project, iid, note)
    return answers.page(target.reactions, lambda one: words.reaction(world(), one, target.id, _kind(target)))


@routes.on("GET", f"{_ON_IT}/:award", f"{_ON_NOTE}/:award")
def get_reaction(project: str, iid: str, award: str, note: str | None = None) -> Answer:
    """One reaction."""
    _, target = _target(project, iid, note)
    return jsonify(words.reaction(world(), _reaction(target, award), target.id, _kind(target)))


@routes.on("POST", _ON_IT, _ON_NOTE)
def create_reaction(project: str, iid: str, note: str | None = None) -> Answer:
    """React; the same reaction of the same account a second time is 404 with a word why, as GitLab has it."""
    repository, target = _target(project, iid, note)
    login = credentials.authorise(repository, Access.READ)
    name = answers.text(answers.sent(), "name")
    if not _NAME.fullmatch(name):
        raise answers.ApiError(404, {"message": "404 Award Emoji Name is not a valid emoji name Not Found"})
    reaction, is_new = world().conversation.react(target, login, name)
    if not is_new:
        raise answers.ApiError(404, {"message": "404 Award Emoji Name has already been taken Not Found"})
    return jsonify(words.reaction(world(), reaction, target.id, _kind(target))), 201


@routes.on("DELETE", f"{_ON_IT}/:award", f"{_ON_NOTE}/:award")
def delete_reaction(project: str, iid: str, award: str, note: str | None = None) -> Answer:
    """Take one's own reaction back."""
    _, target = _target(project, iid, note)
    reaction = _reaction(target, award)
    if credentials.user().account.login != reaction.login:
        raise answers.unauthorised()
    world().conversation.take_back(target, reaction)
    return "", 204


def _target(project: str, iid: str, note: str | None) -> tuple[Repository, MergeRequest | Note]:
    repository, found = credentials.merge_request(project, iid)
    return repository, found if note is None else note_of(found, note)


def _kind(target: MergeRequest | Note) -> str:
    return "Note" if isinstance(target, Note) else "MergeRequest"


def _reaction(target: MergeRequest | Note, key: str) -> Reaction:
    number = answers.number(key)
    for one in target.reactions:
        if one.id == number:
            return one
    raise answers.not_found("Award Emoji")
