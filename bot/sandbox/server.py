"""The sandbox as one HTTP server on a free loopback port."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from bot.sandbox import current, forgejo, git_http, github, gitlab, graphql, lfs_api, pages
from bot.sandbox.github import registration
from bot.sandbox.limits import Limits
from bot.sandbox.misbehaviour import Kind, Rule
from bot.sandbox.world import World

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

GITHUB_PREFIX = "/api/v3"
"""Where GitHub Enterprise Server has its REST API."""


class Sandbox:
    """A GitHub, a GitLab and a Forgejo, from `with Sandbox(root) as sandbox:` until the end of the block.

    `root` is an empty directory for the git repositories; without one, a temporary directory is used and removed.
    """

    def __init__(self, root: Path | None = None, limits: Limits | None = None, *, port: int = 0) -> None:
        self._temporary = None if root else tempfile.TemporaryDirectory(prefix="weighbridge-sandbox-")
        self.world = World(root or Path(self._temporary.name if self._temporary else ""), limits)
        self._port = port
        self._server: BaseWSGIServer | None = None
        self._thread: threading.Thread | None = None
        self.application = create_application(self.world)
        """The WSGI application, for whoever brings a server."""

    @property
    def url(self) -> str:
        """Address of the pages, and of the forges' websites that the APIs' links name."""
        return self.world.url

    @property
    def github_api_url(self) -> str:
        """GitHub's REST API."""
        return self.url + GITHUB_PREFIX

    @property
    def gitlab_url(self) -> str:
        """GitLab's address; its REST API is below `/api/v4`."""
        return self.url

    @property
    def forgejo_url(self) -> str:
        """Forgejo's address; its REST API is below `/api/v1`."""
        return self.url

    def page_of(self, repository: str, number: int) -> str:
        """Address of the page of one merge request."""
        return pages.address(self.world, self.world.merge_request(repository, number))

    def misbehave(self, kind: Kind | str, path: str = "*", **how: object) -> Rule:
        """Misbehave at coming requests: see `bot.sandbox.misbehaviour.Misbehaviour.add`."""
        return self.world.misbehave(kind, path, **how)

    def start(self) -> None:
        """Listen and deliver."""
        self._server = make_server(
            "127.0.0.1", self._port, self.application, threaded=True, request_handler=_QuietRequestHandler
        )
        self.world.url = f"http://127.0.0.1:{self._server.server_port}"
        # The interval is how long `stop` may have to wait.
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), name="sandbox", daemon=True)
        self._thread.start()
        self.world.webhooks.start()

    def stop(self) -> None:
        """Stop listening, stop delivering, and remove a temporary directory."""
        self.world.misbehaviour.clear()
        if self._server and self._thread:
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()
        self.world.webhooks.stop()
        if self._temporary:
            self._temporary.cleanup()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()


def create_application(world: World) -> WSGIApplication:
    """The forges, the LFS server and the pages over one world, behind the faults and the request log."""
    application = Flask(__name__, static_folder=None, template_folder=None)
    application.url_map.merge_slashes = False
    application.extensions[current.KEY] = world
    application.register_blueprint(github.blueprint(), url_prefix=GITHUB_PREFIX)
    application.register_blueprint(gitlab.blueprint(), url_prefix="/api/v4")
    application.register_blueprint(forgejo.blueprint(), url_prefix=forgejo.PREFIX)
    application.register_blueprint(graphql.blueprint(github.answering(), gitlab.answering()))
    application.register_blueprint(lfs_api.blueprint)
    application.register_blueprint(git_http.blueprint)
    application.register_blueprint(registration.pages)
    application.register_blueprint(pages.blueprint)
    world.subscribe(github.listener(world))
    world.subscribe(gitlab.listener(world))
    world.subscribe(forgejo.listener(world))

    def one_at_a_time(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        with world.lock:
            return application(environ, start_response)

    return world.misbehaviour.around(one_at_a_time)


class _QuietRequestHandler(WSGIRequestHandler):
    """Werkzeug's handler without its lines on standard error; the request log is `world.misbehaviour.requests`."""

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 -- the parent's name
        """Say nothing."""
