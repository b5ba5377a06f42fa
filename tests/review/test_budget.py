"""What a review asks of a forge, counted at the sandbox: the budget of a merge request (docs/decisions/0013).

Who we are and what a repository is called is asked once for each process, so that a first merge request goes before.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.forges.github import GitHubForge
from bot.forges.gitlab import GitLabForge
from bot.forges.protocol import Forge
from bot.intake import github, gitlab
from bot.intake.events import ReviewRequested, from_plain, to_plain
from bot.reports import json as json_report
from bot.review.reviewer import Reviewer, ReviewOutcome
from bot.sandbox import model
from bot.sandbox.git import Content, GitFile
from bot.sandbox.server import Sandbox
from bot.store.store import Store
from rules.findings import Judgement, Outcome
from rules.policy import pack_policy
from tests.review.conftest import safetensors

BOT = "weighbridge-bot"
STORAGE = re.compile(r".*/info/lfs/objects/[0-9a-f]{64}")
"""Where Git LFS objects lie: on the forges another host, which no limit of the API counts."""
CARD = b"---\nlicense: apache-2.0\n---\n# A voice\n\nTrained on recordings of ours.\n"
BASE: dict[str, Content] = {
    ".weighbridge.yml": b"version: 1\npacks: [guix]\n",
    "README.md": b"# Voices\n",
    "LICENSE": b"MIT License\n\nPermission is hereby granted, free of charge\n",
    "src/say.py": b"print('hello')\n",
}


@dataclass
class Weighbridge:
    """A repository on a forge, and a reviewer that remembers in a database."""

    sandbox: Sandbox
    repository: model.Repository
    reviewer: Reviewer
    judged: list[Judgement]

    def propose(self, files: Mapping[str, Content], branch: str) -> ReviewRequested:
        """Open a merge request; what its delivery asks for, as the job engine keeps it."""
        world = self.sandbox.world
        world.commit(self.repository, branch, files, "Add a voice", "ada")
        world.open_merge_request(self.repository, branch, title="Add a voice", author="ada")
        return self.asked()

    def push(self, files: Mapping[str, Content], number: int) -> ReviewRequested:
        world = self.sandbox.world
        pull = world.merge_request(self.repository.full_name, number)
        world.push(pull, files)
        return self.asked()

    def asked(self) -> ReviewRequested:
        event = {"github": "pull_request", "gitlab": "Merge Request Hook"}[self.repository.forge]
        delivery = self.sandbox.world.webhooks.wait_for(lambda one: one.event == event)
        parse = github.parse if self.repository.forge == "github" else gitlab.parse
        work = parse(event, delivery.payload)
        assert isinstance(work, ReviewRequested)
        again = from_plain(to_plain(work))
        assert isinstance(again, ReviewRequested)
        return again

    def review(self, request: ReviewRequested) -> tuple[ReviewOutcome, list[str]]:
        """What became of it, and what was asked of the forge for it."""
        self.sandbox.world.misbehaviour.forget_requests()
        outcome = self.reviewer.review(request)
        asked = self.sandbox.world.misbehaviour.requests
        return outcome, [f"{one.method} {one.path}" for one in asked if not STORAGE.fullmatch(one.path)]


@pytest.fixture(params=["github", "gitlab"])
def weighbridge(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Weighbridge]:
    with Sandbox(tmp_path / "sandbox") as sandbox:
        world = sandbox.world
        for login in (BOT, "ada"):
            world.create_user(login)
        repository = world.create_repository("lab/voices", files=BASE, forge=model.Forge(request.param))
        for login in (BOT, "ada"):
            world.grant(repository, login, "write")
        world.add_hook(repository, "http://127.0.0.1:9/hook", "secret")
        token = world.create_token(BOT)
        forge: Forge = (
            GitHubForge(sandbox.github_api_url, token=token)
            if request.param == "github"
            else GitLabForge(sandbox.gitlab_url, token)
        )
        store = Store(f"sqlite:///{tmp_path}/store.db")
        store.migrate()
        judged: list[Judgement] = []

        def record(judgement: Judgement) -> None:
            judged.append(judgement)
            store.record(judgement, json_report.render(judgement))

        found = Weighbridge(sandbox, repository, Reviewer(forge, record, pack_policy(), memory=store), judged)
        found.review(found.propose({"notes.txt": b"words\n"}, "first"))
        # The target moves on, so that nothing that is known of it helps.
        world.commit(repository, "main", {"src/say.py": b"print('hello, world')\n"}, "Greet the world", "ada")
        yield found
        store.close()


def voices(count: int) -> dict[str, Content]:
    """Weights that differ in their last bytes, in one folder with a card."""
    return {"m/README.md": CARD} | {
        f"m/voice-{number}.safetensors": safetensors()[:-4] + number.to_bytes(4, "big") for number in range(count)
    }


def behind_a_pointer(weighbridge: Weighbridge) -> dict[str, Content]:
    pointer = weighbridge.sandbox.world.put_lfs_object(weighbridge.repository, safetensors())
    return {"m/README.md": CARD, "m/voice.safetensors": pointer}


STORIES: Sequence[tuple[str, Callable[[Weighbridge], dict[str, Content]], int, int]] = (
    ("no weights", lambda _: {"docs/a.md": b"words\n"}, 0, 3),
    ("a picture, which has to be looked at", lambda _: {"docs/a.png": b"\x89PNG\r\n\x1a\n" + bytes(64)}, 0, 4),
    ("one small artifact in git", lambda _: voices(1), 1, 6),
    ("a Git LFS pointer", behind_a_pointer, 1, 6),
    ("five artifacts", lambda _: voices(5), 5, 10),
)
"""What is proposed, how many artifacts that is, and the calls that it may cost."""


@pytest.mark.parametrize(("files", "artifacts", "calls"), [one[1:] for one in STORIES], ids=[one[0] for one in STORIES])
def test_a_review_stays_within_its_budget(
    weighbridge: Weighbridge, files: Callable[[Weighbridge], dict[str, Content]], artifacts: int, calls: int
) -> None:
    outcome, asked = weighbridge.review(weighbridge.propose(files(weighbridge), "voice"))
    assert outcome.outcome is Outcome.PASS
    facts = weighbridge.judged[-1].facts
    assert (len(facts.artifacts), facts.not_examined) == (artifacts, ())
    assert len(asked) <= calls, asked


def test_a_push_that_changes_nothing_of_the_result_costs_no_more(weighbridge: Weighbridge) -> None:
    weighbridge.review(weighbridge.propose(voices(1), "voice"))
    outcome, asked = weighbridge.review(weighbridge.push({"docs/a.md": b"words\n"}, 2))
    assert outcome.outcome is Outcome.PASS
    # Two commits are looked at one by one, and what an earlier commit changed is asked for once.
    assert len(asked) <= 9, asked


def test_what_is_closed_costs_nothing(weighbridge: Weighbridge) -> None:
    weighbridge.review(weighbridge.propose(voices(1), "voice"))
    world = weighbridge.sandbox.world
    world.close(world.merge_request(weighbridge.repository.full_name, 2))
    outcome, asked = weighbridge.review(weighbridge.asked())
    assert (outcome.remark, asked) == ("the merge request is closed", [])


ODD: dict[str, Content] = {
    **voices(2),
    "m/LICENCE-MODEL.txt": "Modèle libre, à partager".encode("latin-1"),
    "m/deep/est/voice.safetensors": safetensors()[:-4] + b"deep",
    "m/deep/NOTICE": b"Built with recordings.\n",
    "m/deep/LICENSE": GitFile(b"../../LICENSE", "120000"),
    "LICENSES/MIT.txt": b"MIT License\n\nPermission is hereby granted, free of charge\n",
    "REUSE.toml": b'version = 1\n\n[[annotations]]\npath = "m/**"\nSPDX-License-Identifier = "Apache-2.0"\n',
    "m/SHA256SUMS": b"0" * 64 + b"  voice-0.safetensors\n",
    "m/long.md": b"# Long\n" + b"word " * 80_000,
}
"""All that makes it hard to ask ahead: texts that are no UTF-8, too long, behind a link, and of unusual names."""


def test_the_facts_are_the_same_where_graphql_answers_nothing(weighbridge: Weighbridge) -> None:
    weighbridge.review(weighbridge.propose(ODD, "with"))
    limits = weighbridge.sandbox.world.limits
    limits.github.graphql, limits.gitlab.complexity = False, 1
    weighbridge.review(weighbridge.propose(ODD, "without"))
    ahead, singly = (judgement.facts for judgement in weighbridge.judged[-2:])
    assert ahead.artifacts == singly.artifacts
    assert len(ahead.artifacts) == 3
    assert ahead.not_examined == singly.not_examined
    assert [len(one.evidence) for one in ahead.artifacts] == [len(one.evidence) for one in singly.artifacts]


def test_a_push_while_the_delivery_waited_is_noticed(weighbridge: Weighbridge) -> None:
    world = weighbridge.sandbox.world
    request = weighbridge.propose(voices(1), "voice")
    pull = world.merge_request(weighbridge.repository.full_name, 2)
    world.push(pull, {"docs/a.md": b"words\n"})
    outcome, _ = weighbridge.review(request)
    assert outcome.head == pull.head != request.head
    merge_request = weighbridge.judged[-1].facts.merge_request
    assert merge_request is not None
    assert merge_request.head == pull.head
