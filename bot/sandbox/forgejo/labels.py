"""Labels of a repository, and those on a pull request, which have to be labels of its repository."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from bot.sandbox.current import world
from bot.sandbox.forgejo import answers, credentials
from bot.sandbox.forgejo.shapes import labels
from bot.sandbox.model import Access

routes = Blueprint("forgejo_labels", __name__)

_OF_REPOSITORY = "/repos/<owner>/<name>/labels"
_OF_PULL = "/repos/<owner>/<name>/issues/<int:number>/labels"


@routes.get(_OF_REPOSITORY)
def list_labels(owner: str, name: str) -> Response:
    """The labels that there are."""
    repository = credentials.readable(owner, name)
    return answers.page(labels.known(world(), repository), lambda one: labels.label(world(), repository, one))


@routes.post(_OF_REPOSITORY)
def create_label(owner: str, name: str) -> tuple[Response, int]:
    """Make a label."""
    repository = credentials.readable(owner, name)
    credentials.authorise(repository, Access.WRITE)
    body = answers.sent()
    made = answers.text(body, "name", "Name")
    colour = answers.text(body, "color", "Color").removeprefix("#")
    if len(colour) != 6 or not all(sign in "0123456789abcdef" for sign in colour.lower()):
        raise answers.invalid(f"bad color code: {colour}")
    world().create_label(repository, made)
    return jsonify(labels.label(world(), repository, made)), 201


@routes.get(_OF_PULL)
def list_labels_of_pull(owner: str, name: str, number: int) -> Response:
    """The labels on a pull request: a list without pages."""
    repository, found = credentials.pull(owner, name, number)
    return jsonify([labels.label(world(), repository, one) for one in found.labels])


@routes.post(_OF_PULL)
def add_labels(owner: str, name: str, number: int) -> Response:
    """Put labels on it, by their numbers or names; one that there is not is passed over."""
    repository, found = credentials.pull(owner, name, number)
    credentials.authorise(repository, Access.WRITE)
    wanted = answers.sent().get("labels") or []
    chosen = [one for one in labels.known(world(), repository) if one in wanted or labels.number(one) in wanted]
    world().label(found, add=chosen)
    return jsonify([labels.label(world(), repository, one) for one in found.labels])


@routes.delete(f"{_OF_PULL}/<int:label>")
def remove_label(owner: str, name: str, number: int, label: int) -> tuple[str, int]:
    """Take a label off it."""
    repository, found = credentials.pull(owner, name, number)
    credentials.authorise(repository, Access.WRITE)
    chosen = [one for one in labels.known(world(), repository) if labels.number(one) == label]
    if not chosen:
        raise answers.invalid("label does not exist")
    world().label(found, remove=chosen)
    return "", 204
