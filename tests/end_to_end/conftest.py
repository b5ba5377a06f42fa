"""The whole line: the sandbox forge in this process, receiver and worker as real processes on loopback ports."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from bot.sandbox.model import Access, MergeRequest, Note, Repository, Status
from bot.sandbox.server import Sandbox
from bot.sandbox.webhooks import Delivery
from bot.settings import Settings
from bot.store.records import DeliveryState, FlagRecord
from bot.store.store import Store

BOT = "weighbridge-bot"
SECRET = "the secret of the hook"
LIMIT = 60.0
"""Seconds within which something that must happen has to have happened."""


class Line:
    """Everything between a push and a comment."""

    def __init__(self, sandbox: Sandbox, folder: Path, database_url: str) -> None:
        self.sandbox = sandbox
        self.world = sandbox.world
        self.folder = folder
        self.processes: list[subprocess.Popen[bytes]] = []
        self.database_url = database_url
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.world.create_user(BOT)
        self.world.create_user("ada")
        self.token = self.world.create_token(BOT)
        self.store = Store(Settings(database_url=database_url).database_url)

    def environment(self, worker_id: str = "worker-1", **more: str) -> dict[str, str]:
        settings = {
            "DATABASE_URL": self.database_url,
            "LISTEN": f"127.0.0.1:{self.port}",
            "PUBLIC_URL": self.url,
            "WORKER_ID": worker_id,
            "RETRY_WAITS": "0.2,0.2",
            "CATCH_UP_EVERY": "off",
            "GITHUB_API_URL": self.sandbox.github_api_url,
            "GITHUB_TOKEN": self.token,
            "GITHUB_WEBHOOK_SECRET": SECRET,
            "GITLAB_URL": self.sandbox.gitlab_url,
            "GITLAB_TOKEN": self.token,
            "GITLAB_WEBHOOK_SECRET": SECRET,
            "FORGEJO_URL": self.sandbox.forgejo_url,
            "FORGEJO_TOKEN": self.token,
            "FORGEJO_WEBHOOK_SECRET": SECRET,
            **more,
        }
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("WEIGHBRIDGE_")}
        return inherited | {f"WEIGHBRIDGE_{name}": value for name, value in settings.items()}

    def start(self, *arguments: str, worker_id: str = "worker-1", **settings: str) -> subprocess.Popen[bytes]:
        with (self.folder / "bot.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "bot.cli.main", *arguments],
                env=self.environment(worker_id, **settings),
                cwd=self.folder,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.processes.append(process)
        return process

    def start_receiver(self) -> subprocess.Popen[bytes]:
        process = self.start("serve", "--no-worker")
        self.until(lambda: self.get("/healthz") == 200, "the receiver answers")
        return process

    def start_worker(self, worker_id: str = "worker-1", **settings: str) -> subprocess.Popen[bytes]:
        return self.start("worker", worker_id=worker_id, **settings)

    def get(self, path: str) -> int:
        try:
            with urllib.request.urlopen(f"{self.url}{path}", timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def repository(self, forge: str = "github", files: Mapping[str, bytes] | None = None) -> Repository:
        name = f"lab/voices-{len(self.world.repositories)}"
        repository = self.world.create_repository(name, files=files or {"README.md": b"# Voices\n"}, forge=forge)
        for login in (BOT, "ada"):
            self.world.grant(repository, login, Access.WRITE)
        self.world.add_hook(repository, f"{self.url}/webhooks/{forge}", SECRET)
        return repository

    def propose(self, repository: Repository, files: Mapping[str, bytes], branch: str = "voice") -> MergeRequest:
        self.world.commit(repository, branch, files, "Add a voice", "ada")
        return self.world.open_merge_request(repository, branch, title="Add a voice", author="ada")

    def summaries(self, merge_request: MergeRequest) -> list[Note]:
        return [note for note in self.world.conversation.comments(merge_request) if note.author == BOT]

    def status(self, merge_request: MergeRequest) -> Status | None:
        repository = self.world.repository(merge_request.repository_id)
        newest = self.world.verdicts.newest_statuses(repository, merge_request.head)
        return next((status for status in newest if status.context == "weighbridge"), None)

    def flags(self, merge_request: MergeRequest) -> list[FlagRecord]:
        repository = self.world.repository(merge_request.repository_id).full_name
        of_it = (repository, merge_request.number)
        flags = self.store.open_flags(1000)
        return [flag for flag in flags if (flag.merge_request.repository, flag.merge_request.number) == of_it]

    def settled(self) -> bool:
        """True where every webhook was answered and every delivery is finished."""
        if any(delivery.status is None and delivery.error is None for delivery in self.hooks()):
            return False
        rows = self.store.deliveries(1000)
        return all(row.state not in {DeliveryState.RECEIVED, DeliveryState.DISPATCHED} for _, row in rows)

    def hooks(self) -> list[Delivery]:
        return list(self.world.webhooks.deliveries)

    def wait(self) -> None:
        self.world.webhooks.wait_all()
        self.until(self.settled, "every delivery is finished")

    def until(self, happened: Callable[[], object], what: str) -> None:
        deadline = time.monotonic() + LIMIT
        while not happened():
            if time.monotonic() > deadline:
                log = (self.folder / "bot.log").read_text(errors="replace")[-4000:]
                pytest.fail(f"within {LIMIT} seconds it did not happen that {what}; the bot's log ends:\n{log}")
            time.sleep(0.05)

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """kill -9 the process and everything it started."""
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        """End what is left at once; that it also ends in peace when asked is told in tests/deploy."""
        for process in self.processes:
            if process.poll() is None:
                self.kill(process)
        self.store.close()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    with Sandbox(tmp_path / "forge") as sandbox:
        yield sandbox


@pytest.fixture
def line(sandbox: Sandbox, tmp_path: Path, sqlite_url: str) -> Iterator[Line]:
    """The line on SQLite, with nothing of the bot started yet."""
    line = Line(sandbox, tmp_path, sqlite_url)
    yield line
    line.stop()


@pytest.fixture
def on_postgres(sandbox: Sandbox, tmp_path: Path, postgres_url: str) -> Iterator[Line]:
    """The line on a real Postgres, with nothing of the bot started yet."""
    line = Line(sandbox, tmp_path, postgres_url)
    yield line
    line.stop()


@pytest.fixture
def running(line: Line) -> Line:
    """The line with a receiver and one worker."""
    line.start_receiver()
    line.start_worker()
    return line


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    """A running line that the stories of one file share, each of them in a repository of its own.

    For stories in which nothing is killed, nothing misbehaves and no other repository's deliveries are counted.
    """
    folder = tmp_path_factory.mktemp("line")
    with Sandbox(folder / "forge") as sandbox:
        line = Line(sandbox, folder, f"sqlite:///{folder / 'weighbridge.db'}")
        try:
            line.start_receiver()
            line.start_worker()
            yield line
        finally:
            line.stop()
