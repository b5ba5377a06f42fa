"""A forge, a repository on it, and the bot that admits weights to it and looks at them later, in one process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.forges.github import GitHubForge
from bot.forges.gitlab import GitLabForge
from bot.forges.protocol import Forge
from bot.intake.events import ReviewRequested
from bot.reports import json as json_report
from bot.review.drift import DriftWatch
from bot.review.reviewer import Reviewer
from bot.sandbox.git import Content
from bot.sandbox.model import Access, Repository
from bot.sandbox.server import Sandbox
from bot.store.records import ArtifactRecord, FlagRecord, Look
from bot.store.store import Store
from rules.policy import pack_policy

BOT = "weighbridge-bot"
MODEL = "m/model.safetensors"
CARD = "m/README.md"
APACHE = b"---\nlicense: apache-2.0\n---\n# A voice\n"
NON_COMMERCIAL = b"---\nlicense: cc-by-nc-4.0\n---\n# A voice\n"


@dataclass
class Yard:
    """A repository on a forge, and the bot that admits to it and looks at it later."""

    sandbox: Sandbox
    repository: Repository
    forge: Forge
    store: Store
    clock: list[datetime]
    token: str

    @property
    def key(self) -> str:
        return f"{self.forge.name}:127.0.0.1:{self.repository.id}"

    def now(self) -> datetime:
        return self.clock[0]

    def pass_by(self, days: int) -> None:
        self.clock[0] += timedelta(days=days)

    def change(self, files: Mapping[str, Content], branch: str = "main") -> str:
        """Somebody pushes to a branch: a change that no review of weights sees."""
        return self.sandbox.world.commit(self.repository, branch, files, "Copy from upstream", "ada")

    def merge(self, files: Mapping[str, Content], into: str = "main") -> str:
        """A merge request is judged and merged; returns its key."""
        world = self.sandbox.world
        tip = self.repository.git.resolve(into)
        branch = f"voice-{len(world.merge_requests)}"
        world.commit(self.repository, branch, files, "Add a voice", "ada", start=tip)
        merge_request = world.open_merge_request(
            self.repository, branch, title="Add a voice", author="ada", target_branch=into
        )
        request = ReviewRequested(
            forge=self.forge.name,
            host="127.0.0.1",
            repository_id=str(self.repository.id),
            repository=self.repository.full_name,
            number=merge_request.number,
            cause="test",
        )
        record = lambda judgement: self.store.record(judgement, json_report.render(judgement))  # noqa: E731
        reviewer = Reviewer(self.forge, record, pack_policy(), memory=self.store, now=self.now)
        reviewer.review(request)
        world.merge(merge_request)
        reviewer.review(request)
        return request.merge_request_key

    def look(self, every: int | None = None) -> dict[str, Look]:
        before = None if every is None else self.now() - timedelta(days=every)
        watch = DriftWatch(self.forge, self.store, pack_policy(), now=self.now)
        return {one.path: one.result.look for one in watch.look(self.key, before)}

    def flags(self) -> list[FlagRecord]:
        return [flag for flag in self.store.open_flags() if flag.on_repository]

    def artifact(self, merge_request: str) -> ArtifactRecord:
        report = self.store.merge_request_report(merge_request)
        assert report is not None
        return report.artifacts[0]


@contextmanager
def open_yard(folder: Path, kind: str) -> Iterator[Yard]:
    """A yard on one kind of forge, with nothing in its repository but a README."""
    with Sandbox(folder / "forge") as sandbox:
        for login in (BOT, "ada"):
            sandbox.world.create_user(login)
        repository = sandbox.world.create_repository("lab/voices", files={"README.md": b"# Voices\n"}, forge=kind)
        for login in (BOT, "ada"):
            sandbox.world.grant(repository, login, Access.WRITE)
        token = sandbox.world.create_token(BOT)
        forge: Forge = (
            GitHubForge(sandbox.github_api_url, token=token)
            if kind == "github"
            else GitLabForge(sandbox.gitlab_url, token)
        )
        clock = [datetime(2026, 3, 9, 12, tzinfo=UTC)]
        store = Store(f"sqlite:///{folder / 'weighbridge.db'}", lambda: clock[0])
        store.migrate()
        yield Yard(sandbox, repository, forge, store, clock, token)
        store.close()
