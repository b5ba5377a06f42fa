"""One merge request's life on each forge: the same story leaves the same state everywhere.

The receiver listens on loopback and the forge calls it; the work is done in this process, without the job engine,
so that three forges can be played in seconds. `test_main_job.py` has the real processes.
"""

from __future__ import annotations

import json
import pickle
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from werkzeug.serving import WSGIRequestHandler, make_server

from bot.app import create_app
from bot.assembly import forge_for
from bot.errands.steps import Steps
from bot.sandbox import weights
from bot.sandbox.model import Access, MergeRequest, Repository
from bot.sandbox.server import Sandbox
from bot.settings import Settings
from bot.store.store import Store

BOT = "weighbridge-bot"
SECRET = "the secret of the hook"
GREEN, RED = {"success"}, {"failure", "failed"}
VOICE, CHAT, JUNK = "v/model.safetensors", "m/chat.gguf", "p/model.pkl"


class Malice:
    def __reduce__(self) -> Any:
        import os

        return os.system, ("true",)


def without_licence() -> bytes:
    """A tensor of its own right, and not a word about who may use it."""
    header = json.dumps({"w": {"dtype": "F32", "shape": [4096], "data_offsets": [0, 16384]}}).encode()
    return struct.pack("<Q", len(header)) + header + bytes(range(256)) * 64


MODELS = {
    VOICE: without_licence(),
    CHAT: weights.llama_gguf(),
    JUNK: pickle.dumps({"state": Malice()}),
}
SIDECAR = b"SPDX-FileCopyrightText: 2026 Ada\nSPDX-License-Identifier: Apache-2.0\n"


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002
        del type, message, args


@dataclass
class Stage:
    """A forge, the receiver, and whoever does the work."""

    forge: str
    sandbox: Sandbox
    settings: Settings
    store: Store
    url: str

    @property
    def world(self) -> Any:
        return self.sandbox.world

    def repository(self) -> Repository:
        made = self.world.create_repository("lab/voices", files={"README.md": b"# Voices\n"}, forge=self.forge)
        for login in (BOT, "ada"):
            self.world.grant(made, login, Access.WRITE)
        self.world.add_hook(made, f"{self.url}/webhooks/{self.forge}", SECRET)
        return made

    def work(self) -> list[str]:
        """Do all that came, in order; the remarks of it."""
        remarks = []
        steps = Steps(self.settings, self.store)
        for hook in self.world.webhooks.wait_all():
            assert hook.status == 202, hook.response
        while waiting := self.store.undispatched(100):
            for delivery in waiting:
                done = steps.attempt(delivery.id, dict(delivery.work or {}))
                assert done["wait"] is None, done["remark"]
                assert not done["failed"], done["remark"]
                steps.finish(delivery.id, done["remark"], False)
                remarks.append(done["remark"])
        return remarks

    def flags(self) -> set[tuple[str, str | None]]:
        return {(flag.rule, flag.path) for flag in self.store.open_flags(100) if flag.severity == "blocking"}

    def verdict(self, merge_request: MergeRequest) -> str:
        repository = self.world.repository(merge_request.repository_id)
        [status] = self.world.verdicts.newest_statuses(repository, merge_request.head)
        return str(status.state)

    def comments(self, merge_request: MergeRequest) -> list[str]:
        return [note.body for note in self.world.conversation.comments(merge_request) if note.author == BOT]

    def open_threads(self, merge_request: MergeRequest) -> set[str] | None:
        """The files with a thread that is not settled; None where the forge has no threads."""
        client = forge_for(self.forge, self.settings)
        if not client.capabilities.threads:
            return None
        found = client.merge_request(str(merge_request.repository_id), "lab/voices", merge_request.number)
        return {thread.path or "" for thread in client.own_threads(found) if not thread.settled}


@pytest.fixture(params=["github", "gitlab", "forgejo"])
def stage(request: pytest.FixtureRequest, tmp_path: Path, sqlite_url: str) -> Iterator[Stage]:
    with Sandbox(tmp_path / "forge") as sandbox:
        for login in (BOT, "ada"):
            sandbox.world.create_user(login)
        token = sandbox.world.create_token(BOT)
        settings = Settings(
            database_url=sqlite_url,
            github_api_url=sandbox.github_api_url,
            gitlab_url=sandbox.gitlab_url,
            forgejo_url=sandbox.forgejo_url,
            **{f"{name}_token": token for name in ("github", "gitlab", "forgejo")},
            **{f"{name}_webhook_secret": (SECRET,) for name in ("github", "gitlab", "forgejo")},
        )
        receiver = make_server("127.0.0.1", 0, create_app(settings), threaded=True, request_handler=_Quiet)
        thread = threading.Thread(target=receiver.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        store = Store(settings.database_url)
        yield Stage(request.param, sandbox, settings, store, f"http://127.0.0.1:{receiver.server_port}")
        receiver.shutdown()
        thread.join()
        receiver.server_close()
        store.close()


def test_the_life_of_a_merge_request(stage: Stage) -> None:
    world, repository = stage.world, stage.repository()
    world.commit(repository, "next", {"NEWS": b"none\n"}, "Begin", "ada")

    # It is opened with three problems.
    world.commit(repository, "voice", MODELS, "Add models", "ada")
    merge_request = world.open_merge_request(repository, "voice", title="Add models", author="ada")
    assert stage.work()[-1] == "judged: blocked"
    unlicensed = ("license-missing", VOICE)
    known = stage.flags()
    assert known >= {unlicensed, ("license-not-accepted", CHAT), ("executes-code-on-load", JUNK)}
    assert stage.verdict(merge_request) in RED
    [summary] = stage.comments(merge_request)
    assert all(f"`{path}`" in summary for path in MODELS)
    assert stage.open_threads(merge_request) in (None, set(MODELS))

    # One is fixed.
    world.commit(repository, "voice", {f"{VOICE}.license": SIDECAR}, "Say the licence", "ada")
    stage.work()
    assert stage.flags() == known - {unlicensed}
    assert stage.open_threads(merge_request) in (None, {CHAT, JUNK})
    assert len(stage.comments(merge_request)) == 1

    # The others are waived, by the policy on the target branch: nobody has to push for it.
    waivers = [
        f"- {{rule: {rule}, path: {path}, reason: known and agreed, until: 2099-01-01}}\n"
        for rule, path in stage.flags()
    ]
    policy = f"version: 1\nwaivers:\n{''.join(waivers)}".encode()
    world.commit(repository, "main", {".weighbridge.yml": policy}, "Waive", "ada")
    assert "1 open merge request to judge" in stage.work()
    assert stage.flags() == set()
    assert stage.verdict(merge_request) in GREEN
    assert stage.open_threads(merge_request) in (None, set())

    # The branch is made anew.
    before = merge_request.head
    world.commit(repository, "voice", MODELS, "Add models again", "ada", start="main")
    stage.work()
    assert merge_request.head != before
    assert stage.flags() == {unlicensed}
    assert stage.verdict(merge_request) in RED
    assert stage.open_threads(merge_request) in (None, {VOICE})

    # It goes to a branch where nothing is waived.
    world.retarget(merge_request, "next", "ada")
    stage.work()
    assert stage.flags() == known
    assert stage.open_threads(merge_request) in (None, set(MODELS))

    # It is a draft for a while, which changes nothing.
    spoken = len(stage.comments(merge_request))
    for draft in (True, False):
        world.set_draft(merge_request, draft, "ada")
        stage.work()
    assert stage.flags() == known
    assert len(stage.comments(merge_request)) == spoken

    # It is closed: nothing is open any more. It is opened again: everything is.
    world.close(merge_request, "ada")
    assert stage.work()[-1] == "the merge request is closed"
    assert stage.flags() == set()
    world.reopen(merge_request, "ada")
    stage.work()
    assert stage.flags() == known
    assert stage.verdict(merge_request) in RED
    assert len(stage.comments(merge_request)) == spoken
    summaries = [body for body in stage.comments(merge_request) if "weighbridge:summary" in body]
    assert len(summaries) == 1


def test_a_check_that_is_asked_for_again_runs_again(stage: Stage) -> None:
    """Somebody overwrites the status by hand; asking for another look puts it right."""
    world, repository = stage.world, stage.repository()
    world.commit(repository, "voice", {CHAT: MODELS[CHAT]}, "Add a model", "ada")
    merge_request = world.open_merge_request(repository, "voice", title="Add a model", author="ada")
    stage.work()
    ref = merge_request.source_branch if stage.forge == "gitlab" else None
    world.verdicts.set_status(repository, merge_request.head, "weighbridge", "success", "ada", ref=ref)
    assert stage.verdict(merge_request) in GREEN
    world.close(merge_request, "ada")
    world.reopen(merge_request, "ada")
    stage.work()
    assert stage.verdict(merge_request) in RED


def test_a_repository_that_is_gone_has_no_open_flags(stage: Stage) -> None:
    world, repository = stage.world, stage.repository()
    world.commit(repository, "voice", {CHAT: MODELS[CHAT]}, "Add a model", "ada")
    world.open_merge_request(repository, "voice", title="Add a model", author="ada")
    stage.work()
    assert stage.flags()
    known = stage.store.open_flags(100)
    key = known[0].merge_request.key.rpartition(":")[0]
    assert stage.store.close_repository(key) == len(known)
    assert stage.store.open_flags(100) == []
