"""Cloning and fetching over HTTP through git's own `git http-backend`; pushing goes through the world's methods."""

from __future__ import annotations

import os
import subprocess
from email.parser import BytesHeaderParser

from flask import Blueprint, Response, request

from bot.sandbox.current import world
from bot.sandbox.git import environment
from bot.sandbox.github import credentials
from bot.sandbox.model import Access

blueprint = Blueprint("git_http", __name__)


@blueprint.get("/<path:full_name>.git/info/refs")
def advertise(full_name: str) -> Response:
    """What there is to fetch."""
    if request.args.get("service") != "git-upload-pack":
        return Response("this address serves clones and fetches only\n", status=403)
    return _answer(full_name, "/info/refs")


@blueprint.post("/<path:full_name>.git/git-upload-pack")
def upload_pack(full_name: str) -> Response:
    """The objects that the other side asks for."""
    return _answer(full_name, "/git-upload-pack")


def _answer(full_name: str, path: str) -> Response:
    token = credentials.presented_token()
    actor = world().actor_of(token)
    repository = world().find_repository(full_name)
    access = world().access(repository, actor) if repository else Access.NONE
    if repository is None or access < Access.READ or (token and actor is None):
        if actor is None:
            return Response(status=401, headers={"WWW-Authenticate": 'Basic realm="sandbox"'})
        return Response("not found\n", status=404)
    result = subprocess.run(
        ["git", "http-backend"],
        input=request.get_data(),
        capture_output=True,
        check=True,
        env=environment()
        | {
            "GIT_PROJECT_ROOT": os.fspath(repository.git.path),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_PROTOCOL": request.headers.get("Git-Protocol", ""),
            "PATH_INFO": path,
            "QUERY_STRING": request.query_string.decode("latin-1"),
            "REQUEST_METHOD": request.method,
            "CONTENT_TYPE": request.content_type or "",
            "HTTP_CONTENT_ENCODING": request.headers.get("Content-Encoding", ""),
        },
    )
    head, _, body = result.stdout.partition(b"\r\n\r\n")
    headers = BytesHeaderParser().parsebytes(head)
    status = headers.get("Status", "200").split()[0]
    kept = {name: value for name, value in headers.items() if name != "Status"}
    return Response(body, status=int(status), headers=kept)
