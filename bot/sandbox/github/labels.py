"""Labels of a pull request; one that the repository does not have yet is made."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from bot.sandbox.current import world
from bot.sandbox.github import answers, credentials
from bot.sandbox.github.shapes.pulls import label
from bot.sandbox.model import Access

routes = Blueprint("labels", __name__)

_ADDRESS = "/repos/<owner>/<name>/issues/<int:number>/labels"


@routes.get(_ADDRESS)
def list_labels(owner: str, name: str, number: int) -> Response:
    """The labels it has."""
    repository, found = credentials.pull(owner, name, number)
    return answers.page(found.labels, lambda one: label(world(), repository, one))


@routes.post(_ADDRESS)
def add_labels(owner: str, name: str, number: int) -> Response:
    """Put labels on it; needs the right to triage."""
    repository, found = credentials.pull(owner, name, number)
    credentials.authorise(repository, Access.TRIAGE, "pull_requests", "issues")
    wanted = answers.sent().get("labels")
    if not isinstance(wanted, list) or not all(isinstance(one, str) and one for one in wanted):
        raise answers.invalid("Label", "name", "missing_field")
    world().label(found, add=wanted)
    return jsonify([label(world(), repository, one) for one in found.labels])


@routes.delete(f"{_ADDRESS}/<path:title>")
def remove_label(owner: str, name: str, number: int, title: str) -> Response:
    """Take a label off it."""
    repository, found = credentials.pull(owner, name, number)
    credentials.authorise(repository, Access.TRIAGE, "pull_requests", "issues")
    if title not in found.labels:
        raise answers.ApiError(404, "Label does not exist")
    world().label(found, remove=[title])
    return jsonify([label(world(), repository, one) for one in found.labels])
