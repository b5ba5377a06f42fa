"""Git LFS for every forge: the batch API and the basic transfer (git-lfs documentation, docs/api/)."""

from __future__ import annotations

import hashlib
import re
from typing import Any

from flask import Blueprint, Response, jsonify, request

from bot.sandbox import streams
from bot.sandbox.current import world
from bot.sandbox.github import credentials
from bot.sandbox.github.answers import ApiError
from bot.sandbox.lfs import TICKET_SECONDS
from bot.sandbox.model import Access, Forge, Repository

MEDIA_TYPE = "application/vnd.git-lfs+json"
_OID = re.compile(r"[0-9a-f]{64}")

blueprint = Blueprint("lfs", __name__)


@blueprint.errorhandler(ApiError)
def refuse(error: ApiError) -> Response:
    """An error in the words of the LFS API; 401 asks for credentials."""
    answer = jsonify({"message": error.message})
    answer.status_code, answer.mimetype = error.status, MEDIA_TYPE
    if error.status == 401:
        answer.headers["LFS-Authenticate"] = 'Basic realm="Git LFS"'
    return answer


@blueprint.post("/<path:full_name>.git/info/lfs/objects/batch")
def batch(full_name: str) -> Response:
    """What to do to fetch or store objects; one that is missing is an error of its own, inside a 200 answer."""
    body = request.get_json(force=True, silent=True)
    if not isinstance(body, dict) or body.get("operation") not in ("download", "upload"):
        raise ApiError(422, "operation must be download or upload")
    objects = body.get("objects")
    if not isinstance(objects, list) or not all(_is_object(one) for one in objects):
        raise ApiError(422, "objects must be a list, each with oid (64 hexadecimal digits) and size")
    if body.get("hash_algo", "sha256") != "sha256":
        raise ApiError(409, "only sha256 is supported")
    operation = str(body["operation"])
    repository = _repository(full_name, operation)
    answer = jsonify(
        {
            "transfer": "basic",
            "hash_algo": "sha256",
            "objects": [_action(repository, operation, one["oid"], one["size"]) for one in objects],
        }
    )
    answer.mimetype = MEDIA_TYPE
    return answer


@blueprint.get("/<path:full_name>.git/info/lfs/objects/<oid>")
def download(full_name: str, oid: str) -> Response:
    """The bytes of an object, to whoever has a ticket."""
    repository = _ticketed(full_name, "download", oid)
    if oid not in repository.lfs_oids:
        raise ApiError(404, "Object does not exist")
    store = world().lfs
    opener = streams.from_file(store.path(oid))
    return streams.send(store.size(oid), opener, honour_range=world().limits.lfs_range)


@blueprint.put("/<path:full_name>.git/info/lfs/objects/<oid>")
def upload(full_name: str, oid: str) -> Response:
    """Store an object, if its bytes have the digest that it is named by."""
    repository = _ticketed(full_name, "upload", oid)
    content = request.get_data()
    if hashlib.sha256(content).hexdigest() != oid:
        raise ApiError(422, f"the content is not {oid}")
    world().lfs.put(content)
    repository.lfs_oids.add(oid)
    return Response(status=200)


def _is_object(one: object) -> bool:
    return (
        isinstance(one, dict)
        and isinstance(one.get("size"), int)
        and isinstance(one.get("oid"), str)
        and _OID.fullmatch(one["oid"]) is not None
    )


def _repository(full_name: str, operation: str) -> Repository:
    token = credentials.presented_token()
    actor = world().actor_of(token)
    if token and actor is None:
        raise ApiError(401, "Credentials needed")
    repository = world().find_repository(full_name)
    access = world().access(repository, actor) if repository else Access.NONE
    if repository is None or access < Access.READ:
        raise ApiError(404 if actor else 401, "Repository not found" if actor else "Credentials needed")
    if operation == "upload":
        if actor is None:
            raise ApiError(401, "Credentials needed")
        if access < Access.WRITE:
            raise ApiError(403, "You must have push access to upload objects")
        if repository.forge is Forge.GITHUB and repository.parent_id and not repository.private:
            raise ApiError(403, f"@{actor.account.login} can not upload new objects to public fork {full_name}")
    return repository


def _ticketed(full_name: str, operation: str, oid: str) -> Repository:
    repository = world().find_repository(full_name)
    ticket = request.args.get("ticket", "")
    if repository is None or not world().lfs.admits(ticket, operation, repository.id, oid):
        raise ApiError(403, "The ticket of this transfer is missing, wrong or too old")
    return repository


def _action(repository: Repository, operation: str, oid: str, size: int) -> dict[str, Any]:
    there = oid in repository.lfs_oids
    shape: dict[str, Any] = {"oid": oid, "size": size}
    if operation == "download" and not there:
        return shape | {"error": {"code": 404, "message": "Object does not exist on the server"}}
    if operation == "upload" and there:
        return shape
    if there:
        shape["size"] = world().lfs.size(oid)
    ticket = world().lfs.ticket(operation, repository.id, oid)
    href = f"{world().url}/{repository.full_name}.git/info/lfs/objects/{oid}?ticket={ticket}"
    return shape | {"authenticated": True, "actions": {operation: {"href": href, "expires_in": TICKET_SECONDS}}}
