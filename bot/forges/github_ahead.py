"""One question to GitHub's GraphQL API about many files of two commits, and about the pull request on the way."""

from __future__ import annotations

import logging
import posixpath
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from github.GithubException import GithubException, RateLimitExceededException
from github.Repository import Repository

from bot.forges.ahead import (
    DIRECTORIES_LIMIT,
    LIKELY,
    Commits,
    Known,
    directories_of,
    is_moved,
    is_sendable,
    is_small,
    keep_shown,
)
from bot.forges.github_client import in_our_words
from bot.forges.glances import Glances
from bot.forges.protocol import UnavailableError
from bot.scanner.scan import is_looked_at
from bot.scanner.tree import Change, Entry, EntryKind
from rules.baseline import BASELINE_PATH
from rules.facts import MergeRequest
from rules.policy import POLICY_PATH

log = logging.getLogger("weighbridge.github")

AT_ONCE = 100
"""Files and directories of one query."""
_OF_TARGET = (POLICY_PATH, BASELINE_PATH)
_STATES = {"OPEN": "open", "CLOSED": "closed", "MERGED": "merged"}
_KINDS = {0o120000: EntryKind.SYMLINK, 0o160000: EntryKind.SUBMODULE, 0o40000: EntryKind.DIRECTORY}
_PULL = """
    pullRequest(number: $number) {
      title url state isDraft headRefOid headRefName baseRefOid baseRefName changedFiles
      author { __typename login }
      baseRef { target { oid } }
      commits(first: 1) { totalCount }
      headRepository { databaseId nameWithOwner }
      baseRepository { databaseId nameWithOwner }
    }
"""
_FILE = "... on Blob { oid byteSize isTruncated text }"
_DIRECTORY = "... on Tree { entries { name mode oid object { ... on Blob { byteSize } } } }"


@dataclass
class Questions:
    """What is asked for of one commit."""

    ref: str
    """A commit's id, or the full name of a branch."""
    known: Known
    """Takes in the answers; what it knows already is not asked again."""
    directories: Sequence[str] = ()
    texts: Sequence[str] = ()
    """Files whose content is wanted."""


@dataclass(frozen=True)
class Pulse:
    """A pull request as GraphQL told of it."""

    merge_request: MergeRequest
    commits: int
    changed_files: int


class GitHubAhead:
    """What one client of GitHub was told of commits and of pull requests. May be used from several threads."""

    def __init__(self) -> None:
        self._commits = Commits()
        self.glances = Glances()

    def known(self, repository_id: str, commit: str) -> Known:
        """What is known of a commit."""
        return self._commits.of(repository_id, commit)

    def around(self, repository: Repository, merge_request: MergeRequest, changes: Sequence[Change]) -> Pulse | None:
        """What the list of changes does not tell, and what else is mostly wanted next: the policy and the baseline of
        the target, what lies beside the files that will be looked at, and where what was moved came from.
        """
        before = Known()
        after = self.known(merge_request.repository_id, merge_request.head)
        keep_shown(changes, after)
        looked_at = [change for change in changes if is_looked_at(change)]
        beside = directories_of(change.path for change in looked_at) if looked_at else []
        if len(beside) > DIRECTORIES_LIMIT:
            beside = []
        origins = [change.previous_path or "" for change in looked_at if is_moved(change)]
        moved = {posixpath.dirname(path) for path in origins[:AT_ONCE]}
        shown = [change.path for change in looked_at if change.may_be_pointer and change.content is None]
        likely = [posixpath.join(directory, name) for name in LIKELY for directory in beside]
        questions = [
            Questions(f"refs/heads/{merge_request.target_branch}", before, ["", *sorted(moved - {""})], _OF_TARGET),
            Questions(merge_request.head, after, beside, [*shown, *likely][: AT_ONCE // 2]),
        ]
        pulse = self._asked(repository, merge_request, questions)
        if pulse is not None:
            self.known(merge_request.repository_id, pulse.merge_request.base).absorb(before)
        return pulse

    def more(self, repository: Repository, merge_request: MergeRequest, commit: str, entries: Sequence[Entry]) -> None:
        """The contents of small files. Raises ForgeError."""
        paths = [entry.path for entry in entries if is_small(entry)]
        if paths:
            known = self.known(merge_request.repository_id, commit)
            self._asked(repository, merge_request, [Questions(commit, known, (), paths)])

    def _asked(
        self, repository: Repository, merge_request: MergeRequest, questions: Sequence[Questions]
    ) -> Pulse | None:
        with in_our_words(f"reading files around pull request {merge_request.number}"):
            pulse = ask(repository, merge_request.repository_id, merge_request.number, questions)
        if pulse is not None:
            self.glances.note(pulse.merge_request)
        return pulse


@dataclass
class _Query:
    """The aliases of one query and what each of them asks for."""

    asked: dict[str, tuple[Questions, str, bool]] = field(default_factory=dict)

    def text(self) -> str:
        """The query."""
        variables = "".join(f", ${alias}: String!" for alias in self.asked)
        objects = "\n".join(
            f"    {alias}: object(expression: ${alias}) {{ {_DIRECTORY if is_directory else _FILE} }}"
            for alias, (_, _, is_directory) in self.asked.items()
        )
        return (
            f"query Ahead($owner: String!, $name: String!, $number: Int!{variables}) {{\n"
            f"  repository(owner: $owner, name: $name) {{\n    databaseId{_PULL}{objects}\n  }}\n}}"
        )

    def variables(self) -> dict[str, str]:
        """What each alias stands for."""
        return {alias: f"{questions.ref}:{path}" for alias, (questions, path, _) in self.asked.items()}


def ask(repository: Repository, repository_id: str, number: int, questions: Sequence[Questions]) -> Pulse | None:
    """Get the answers, a query for each hundred; None where GitHub gives none.

    What is refused or not told stays unknown, for whoever asks for it by itself. Raises UnavailableError,
    GithubException.
    """
    pulse = None
    for query in _queries(questions):
        found = _sent(repository, number, query)
        if found is None or str(found.get("databaseId")) != repository_id:
            return None
        for alias, (asked, path, is_directory) in query.asked.items():
            _take(asked.known, path, found.get(alias), is_directory=is_directory)
        pulse = _pulse(found.get("pullRequest"), repository_id, number)
        if pulse is None:
            return None
    return pulse


def _queries(questions: Sequence[Questions]) -> Iterator[_Query]:
    wanted = [
        *((one, path, True) for one in questions for path in one.directories if one.known.entries(path) is None),
        *((one, path, False) for one in questions for path in one.texts if not _has(one.known, path)),
    ]
    sendable = [each for each in wanted if is_sendable(each[1])]
    for start in range(0, max(1, len(sendable)), AT_ONCE):
        chosen = sendable[start : start + AT_ONCE]
        yield _Query({f"a{number}": each for number, each in enumerate(chosen)})


def _has(known: Known, path: str) -> bool:
    if not known.knows(path):
        return False
    entry = known.entry(path)
    return entry is None or known.content(entry.oid) is not None


def _sent(repository: Repository, number: int, query: _Query) -> dict[str, Any] | None:
    owner, _, name = repository.full_name.partition("/")
    variables = {"owner": owner, "name": name, "number": number, **query.variables()}
    requester = repository.requester
    try:
        headers, answer = requester.requestJsonAndCheck(
            "POST", requester.graphql_url, input={"query": query.text(), "variables": variables}
        )
    except RateLimitExceededException:
        raise
    except GithubException as error:
        if error.status in {400, 403, 404} and "limit" not in str(error.message or error.data or "").lower():
            log.info("GitHub answers no GraphQL for %s: %s", repository.full_name, error.status)
            return None
        raise
    errors = answer.get("errors") or []
    if any(error.get("type") == "RATE_LIMITED" for error in errors if isinstance(error, dict)):
        reset = str((headers or {}).get("x-ratelimit-reset", ""))
        wait = max(1.0, float(reset) - time.time()) if reset.isdigit() else None
        raise UnavailableError(f"reading {repository.full_name}: GitHub limits our requests", wait)
    found = (answer.get("data") or {}).get("repository")
    return found if isinstance(found, dict) else None


def _take(known: Known, path: str, found: object, *, is_directory: bool) -> None:
    """Take in an answer. A null may stand for what GitHub could not get in time: what is missing, a listing tells."""
    if not isinstance(found, dict):
        return
    if is_directory:
        rows = found.get("entries")
        if isinstance(rows, list):
            known.list(path, [_entry(row, path) for row in rows])
    elif isinstance(found.get("text"), str) and not found.get("isTruncated"):
        known.keep(str(found["oid"]), found["text"].encode("utf-8", "surrogatepass"))


def _entry(row: dict[str, Any], directory: str) -> Entry:
    size = (row.get("object") or {}).get("byteSize")
    kind = _KINDS.get(int(row["mode"]), EntryKind.FILE)
    return Entry(posixpath.join(directory, row["name"]), kind, row["oid"], size if isinstance(size, int) else None)


def _pulse(found: object, repository_id: str, number: int) -> Pulse | None:
    if not isinstance(found, dict) or not isinstance(found.get("baseRepository"), dict):
        return None
    source, author = found.get("headRepository"), found.get("author") or {"login": "ghost"}
    # The REST API and the webhooks write `[bot]` behind the name of an App's account.
    login = f"{author['login']}[bot]" if author.get("__typename") == "Bot" else str(author["login"])
    # baseRefOid is where the target stood at the last push to the pull request; the policy is read where it stands now.
    tip = ((found.get("baseRef") or {}).get("target") or {}).get("oid")
    merge_request = MergeRequest(
        forge="github",
        host=urlsplit(found["url"]).hostname or "",
        repository_id=repository_id,
        repository=found["baseRepository"]["nameWithOwner"],
        number=number,
        title=found["title"],
        author=login,
        url=found["url"],
        source_branch=found["headRefName"],
        target_branch=found["baseRefName"],
        head=found["headRefOid"],
        base=tip or found["baseRefOid"],
        source_repository=source["nameWithOwner"] if source else None,
        source_repository_id=str(source["databaseId"]) if source else None,
        draft=found["isDraft"],
        state=_STATES.get(found["state"], str(found["state"]).lower()),
    )
    return Pulse(merge_request, found["commits"]["totalCount"], found["changedFiles"])
