from __future__ import annotations

import hashlib
import json
import posixpath
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest

from bot.forges.protocol import Capabilities, Comment, NotFoundError, NotInChangeError, OtherFile, Thread, Verdict
from bot.intake.events import ReviewRequested
from bot.reports.markdown import is_summary
from bot.review.organisations import OrganisationPolicies
from bot.review.reviewer import Reviewer
from bot.scanner.readers import BlobReader, BytesReader, UnreadableError
from bot.scanner.tree import Change, Changes, Entry, EntryKind, one_by_one
from bot.store.records import KeptPolicy, Posted
from rules.facts import Approval, ChangeStatus, Growth, MergeRequest, Pointer
from rules.findings import Judgement
from rules.policy import pack_policy


def safetensors() -> bytes:
    text = json.dumps({"w": {"dtype": "F32", "shape": [1024], "data_offsets": [0, 4096]}}).encode()
    return struct.pack("<Q", len(text)) + text + bytes(4096)


CARD = b"---\nlicense: apache-2.0\n---\n# A voice\n"


class Files:
    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files

    def entries(self, directory: str) -> Sequence[Entry]:
        return [entry for path in self.files if (entry := self.entry(path)) and posixpath.dirname(path) == directory]

    def entry(self, path: str) -> Entry | None:
        if path not in self.files:
            return None
        return Entry(path, EntryKind.FILE, hashlib.sha1(self.files[path]).hexdigest())

    def open(self, entry: Entry) -> BlobReader:
        return BytesReader(self.files[entry.path])

    def open_all(self, entries: Sequence[Entry]) -> Iterator[BlobReader | UnreadableError]:
        return one_by_one(self, entries)

    def holds(self, oids: Sequence[str]) -> frozenset[str]:
        return frozenset()

    def open_object(self, pointer: Pointer) -> BlobReader | None:
        return None


@dataclass
class MemoryForge:
    """A forge with one merge request. Every call is noted by name; what happens before a call can be set."""

    name: str = "github"
    capabilities: Capabilities = field(default_factory=lambda: Capabilities(60_000, "check run"))
    files: dict[str, bytes] = field(default_factory=dict)
    base_files: dict[str, bytes] = field(default_factory=dict)
    state: str = "open"
    pushes: int = 0
    comments: list[Comment] = field(default_factory=list)
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    before: dict[str, Callable[[], None]] = field(default_factory=dict)
    read_error: Exception | None = None
    approved: tuple[Approval, ...] | None = ()
    asked_teams: tuple[str, ...] = ()
    posted: int = 0
    others: dict[str, dict[str, bytes]] = field(default_factory=dict)
    """Files of other repositories, by full name and path."""
    threads: dict[str, Thread] = field(default_factory=dict)
    refuses_threads_on: tuple[str, ...] = ()
    labels: set[str] = field(default_factory=set)
    removed: tuple[str, ...] = ()
    """Files that the merge request takes away."""

    def _note(self, call: str) -> None:
        self.calls.append(call)
        if action := self.before.get(call):
            action()

    @property
    def head(self) -> str:
        return f"{self.pushes:040x}"

    def push(self, **files: bytes | None) -> None:
        self.pushes += 1
        for path, content in files.items():
            if content is None:
                del self.files[path]
            else:
                self.files[path] = content

    def whoami(self) -> str:
        return "weighbridge[bot]"

    def merge_request(self, repository_id: str, repository: str, number: int) -> MergeRequest:
        self._note("merge_request")
        return MergeRequest(
            forge="github",
            host="github.example",
            repository_id=repository_id,
            repository="lab/voices",
            number=number,
            title="Add a voice",
            author="ada",
            url="https://github.example/lab/voices/pull/1",
            source_branch="voice",
            target_branch="main",
            head=self.head,
            base="b" * 40,
            state=self.state,
        )

    def changes(self, merge_request: MergeRequest) -> Changes:
        self._note("changes")
        tree = Files(dict(self.files))
        added = [Change(path, ChangeStatus.ADDED, tree.entry(path)) for path in self.files]
        return Changes((*added, *(Change(path, ChangeStatus.DELETED, None) for path in self.removed)))

    def tree(self, merge_request: MergeRequest) -> Files:
        return Files(dict(self.files))

    def base_tree(self, merge_request: MergeRequest) -> Files:
        return Files(dict(self.base_files))

    def past_changes(self, merge_request: MergeRequest, changes: Changes) -> Changes:
        return Changes(())

    def approvals(self, merge_request: MergeRequest, teams: Sequence[str] = ()) -> Sequence[Approval] | None:
        self._note("approvals")
        self.asked_teams = tuple(teams)
        return self.approved

    def read_file(self, merge_request: MergeRequest, commit: str, path: str, limit: int) -> bytes | None:
        self._note("read_file")
        assert commit == "b" * 40, "the policy is read at the base"
        if self.read_error:
            raise self.read_error
        return self.base_files.get(path)

    def read_other_file(self, repository: str, path: str, limit: int, commit: str | None = None) -> OtherFile | None:
        self._note("read_other_file")
        content = self.others.get(repository, {}).get(path)
        url = f"https://github.example/{repository}/blob/{'c' * 40}/{path}"
        return None if content is None else OtherFile(content, "c" * 40, url)

    def file_url(self, merge_request: MergeRequest, commit: str, path: str, line: int | None = None) -> str:
        return f"https://github.example/lab/voices/blob/{commit}/{path}{f'#L{line}' if line else ''}"

    def own_comments(self, merge_request: MergeRequest) -> Sequence[Comment]:
        self._note("own_comments")
        return tuple(self.comments)

    def create_comment(self, merge_request: MergeRequest, body: str) -> Comment:
        self._note("create_comment")
        self.posted += 1
        self.comments.append(Comment(str(self.posted), body, f"https://github.example/comment/{self.posted}"))
        return self.comments[-1]

    def update_comment(self, merge_request: MergeRequest, comment: Comment, body: str) -> Comment:
        self._note("update_comment")
        for position, known in enumerate(self.comments):
            if known.id == comment.id:
                self.comments[position] = replace(known, body=body)
                return self.comments[position]
        raise NotFoundError("the comment is gone")

    def delete_comment(self, merge_request: MergeRequest, comment: Comment) -> None:
        self._note("delete_comment")
        self.comments = [known for known in self.comments if known.id != comment.id]

    def own_threads(self, merge_request: MergeRequest) -> Sequence[Thread]:
        self._note("own_threads")
        return tuple(self.threads.values())

    def open_thread(self, merge_request: MergeRequest, path: str, body: str, line: int | None = None) -> Thread:
        self._note("open_thread")
        if path in self.refuses_threads_on:
            raise NotInChangeError(f"no comment on {path}")
        self.posted += 1
        self.threads[str(self.posted)] = Thread(str(self.posted), body, path, settled=False)
        return self.threads[str(self.posted)]

    def settle_thread(self, merge_request: MergeRequest, thread: str, body: str) -> None:
        self._note("settle_thread")
        self._mark(thread, body, settled=True)

    def reopen_thread(self, merge_request: MergeRequest, thread: str, body: str) -> None:
        self._note("reopen_thread")
        self._mark(thread, body, settled=False)

    def _mark(self, thread: str, body: str, *, settled: bool) -> None:
        if thread not in self.threads:
            raise NotFoundError("the thread is gone")
        self.threads[thread] = replace(self.threads[thread], body=body, settled=settled)

    def change_labels(self, merge_request: MergeRequest, add: Sequence[str], remove: Sequence[str]) -> None:
        self._note("change_labels")
        self.labels = (self.labels | set(add)) - set(remove)

    def set_verdict(self, merge_request: MergeRequest, verdict: Verdict, *, first: bool = False) -> None:
        self._note("set_verdict")
        self.verdicts[merge_request.head] = verdict


@dataclass
class Notebook:
    """A memory that lasts as long as a test."""

    policies: dict[str, KeptPolicy] = field(default_factory=dict)
    grown: Growth | None = None
    asked: list[str] = field(default_factory=list)
    noted: list[str] = field(default_factory=list)
    written: dict[str, Posted] = field(default_factory=dict)

    def last_policy(self, place: str) -> KeptPolicy | None:
        return self.policies.get(place)

    def keep_policy(self, place: str, policy: KeptPolicy | None) -> None:
        self.policies.pop(place, None)
        if policy is not None:
            self.policies[place] = policy

    def growth(self, repository: str) -> Growth | None:
        self.asked.append(repository)
        return self.grown

    def note_state(self, merge_request: MergeRequest) -> None:
        self.noted.append(f"{merge_request.key} {merge_request.state}")

    def posted(self, merge_request: str) -> Posted | None:
        return self.written.get(merge_request)

    def keep_posted(self, merge_request: str, posted: Posted) -> None:
        self.written[merge_request] = posted


@dataclass
class Desk:
    """A reviewer at work on a forge, with what it recorded."""

    forge: MemoryForge
    recorded: list[Judgement]
    reviewer: Reviewer
    request: ReviewRequested
    memory: Notebook

    @property
    def verdict(self) -> Verdict:
        return self.forge.verdicts[self.forge.head]

    @property
    def comment(self) -> str:
        (comment,) = [one for one in self.forge.comments if is_summary(one.body)]
        return comment.body

    def pushed(self) -> ReviewRequested:
        """A request of a later day, when something may have been written already."""
        return replace(self.request, cause="pull_request.synchronize")


@pytest.fixture
def desk() -> Desk:
    forge = MemoryForge()
    recorded: list[Judgement] = []

    def record(judgement: Judgement) -> None:
        forge.calls.append("record")
        recorded.append(judgement)

    request = ReviewRequested("github", "github.example", "7", "lab/voices", "pull_request.opened", 1, "0" * 40)
    memory = Notebook()
    organisations = OrganisationPolicies(forge, ".weighbridge", pack_policy(), memory)
    reviewer = Reviewer(
        forge,
        record,
        pack_policy(),
        memory=memory,
        organisations=organisations,
        now=lambda: datetime(2026, 11, 20, 12, tzinfo=UTC),
    )
    return Desk(forge, recorded, reviewer, request, memory)


@pytest.fixture
def weights() -> bytes:
    return safetensors()


@pytest.fixture
def card() -> bytes:
    return CARD
