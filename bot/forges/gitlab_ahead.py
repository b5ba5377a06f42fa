"""One question to GitLab's GraphQL API about many files of two commits, and about the merge request on the way.

GitLab refuses a query that costs too much. What one costs is counted here as GitLab 18.4.2 and later do it; a query
that is refused all the same gives no answer, and each file is asked for by itself.
"""

from __future__ import annotations

import logging
import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

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
from bot.forges.gitlab_client import GitLabClient
from bot.forges.gitlab_tree import KINDS
from bot.forges.glances import Glances
from bot.forges.protocol import ForgeError, UnavailableError
from bot.scanner.scan import is_looked_at
from bot.scanner.tree import Change, Entry, EntryKind
from rules.baseline import BASELINE_PATH
from rules.facts import MergeRequest
from rules.policy import POLICY_PATH

log = logging.getLogger("weighbridge.gitlab")

COST_LIMIT = 235
"""What a query may cost: a little less than GitLab allows somebody who is known (250, "GraphQL API", Limits)."""
QUERIES_LIMIT = 5
"""Queries for one look; what goes beyond is asked for file by file."""
PAGE = 100
"""Entries of a connection ("GraphQL API", `default_max_page_size`)."""

OPEN_STATES = {"opened": "open", "locked": "open"}
_COST_OF_BLOB = 5
_COST_OF_TEXT = 10
_COST_OF_DIRECTORY = 20
_COST_OF_THE_REST = 30
_ROOM = COST_LIMIT - _COST_OF_THE_REST
_MERGE_REQUEST = """
    mergeRequest(iid: $iid) {
      title state draft webUrl sourceBranch targetBranch sourceProjectId diffHeadSha commitCount
      author { username } diffRefs { headSha } diffStatsSummary { fileCount }
    }
"""
_DIRECTORY = """{
        blobs(first: 100) { nodes { name sha mode } pageInfo { hasNextPage } }
        trees(first: 100) { nodes { name sha } pageInfo { hasNextPage } }
        submodules(first: 100) { nodes { name sha } pageInfo { hasNextPage } }
      }"""


@dataclass(frozen=True)
class Pulse:
    """A merge request as GraphQL told of it."""

    merge_request: MergeRequest
    commits: int
    changed_files: int | None
    listed_head: str | None
    """The commit whose changes GitLab lists."""


@dataclass
class _Part:
    """Some files, or one directory, of a ref. The target's files are asked for by the branch's name."""

    ref: str
    paths: Sequence[str]
    with_text: bool = False
    is_directory: bool = False
    may_be_absent: bool = False
    """Whether a file that is not told of is one that is not there."""

    @property
    def cost(self) -> int:
        """What it adds to the cost of a query."""
        if self.is_directory:
            return _COST_OF_DIRECTORY
        each, count = _COST_OF_TEXT if self.with_text else _COST_OF_BLOB, len(self.paths)
        return (each * (count + 1) + 2) * (100 + count) // 100 + 1


@dataclass
class _Query:
    """Parts that are asked for together."""

    parts: list[_Part] = field(default_factory=list)

    def text(self) -> str:
        """The query."""
        variables, fields = [], []
        for number, part in enumerate(self.parts):
            kind = "String!" if part.is_directory else "[String!]!"
            variables.append(f", $r{number}: String!, $p{number}: {kind}")
            if part.is_directory:
                fields.append(f"      a{number}: tree(path: $p{number}, ref: $r{number}) {_DIRECTORY}")
                continue
            text = " rawTextBlob" if part.with_text else ""
            arguments = f"paths: $p{number}, ref: $r{number}, first: {len(part.paths)}"
            fields.append(f"      a{number}: blobs({arguments}) {{ nodes {{ path oid mode size{text} }} }}")
        return (
            f"query Ahead($project: ID!, $iid: String!, $target: String!{''.join(variables)}) {{\n"
            f"  project(fullPath: $project) {{\n    id fullPath{_MERGE_REQUEST}    repository {{\n"
            "      tip: tree(ref: $target) { lastCommit { sha } }\n" + "\n".join(fields) + "\n    }\n  }\n}"
        )

    def variables(self) -> dict[str, Any]:
        """The refs and paths of its parts."""
        refs = {f"r{number}": part.ref for number, part in enumerate(self.parts)}
        paths = {
            f"p{number}": part.paths[0] if part.is_directory else list(part.paths)
            for number, part in enumerate(self.parts)
        }
        return refs | paths


class GitLabAhead:
    """What one client of GitLab was told of commits and of merge requests. May be used from several threads."""

    def __init__(self, client: GitLabClient) -> None:
        self._client = client
        self._commits = Commits()
        self.glances = Glances()

    def known(self, repository_id: str, commit: str) -> Known:
        """What is known of a commit."""
        return self._commits.of(repository_id, commit)

    def around(self, merge_request: MergeRequest, changes: Sequence[Change]) -> Pulse | None:
        """What the list of changes does not tell, and what else is mostly wanted next: the policy and the baseline of
        the target, what lies beside the files that will be looked at, and where what was moved came from.
        """
        head, target = merge_request.head, merge_request.target_branch
        keep_shown(changes, self.known(merge_request.repository_id, head))
        looked_at = [change for change in changes if is_looked_at(change)]
        files = [change.path for change in looked_at if change.entry is not None and not change.entry.oid]
        moved = [change.previous_path for change in looked_at if is_moved(change) and change.previous_path]
        beside = directories_of(change.path for change in looked_at) if looked_at else []
        parts = [
            _Part(target, (POLICY_PATH, BASELINE_PATH), with_text=True, may_be_absent=True),
            *_pieces(head, files),
            *_pieces(target, moved),
            *(_Part(head, (path,), is_directory=True) for path in _few(beside) if is_sendable(path)),
        ]
        likely = [posixpath.join(directory, name) for name in LIKELY for directory in _few(beside)]
        return self._asked(merge_request, [*parts, *_as_many(head, likely, _ROOM - sum(part.cost for part in parts))])

    def more(self, merge_request: MergeRequest, commit: str, entries: Sequence[Entry]) -> None:
        """The contents of small files. Raises UnavailableError."""
        paths = [entry.path for entry in entries if is_small(entry)]
        if paths:
            self._asked(merge_request, list(_pieces(commit, paths, with_text=True)))

    def _asked(self, merge_request: MergeRequest, parts: Sequence[_Part]) -> Pulse | None:
        pulse = None
        for query in list(_packed(parts))[:QUERIES_LIMIT]:
            project = self._sent(merge_request, query)
            if project is None or project.get("id") != f"gid://gitlab/Project/{merge_request.repository_id}":
                return None
            repository = project.get("repository") or {}
            pulse = _pulse(project, repository, merge_request)
            if pulse is None:
                return None
            for number, part in enumerate(query.parts):
                is_target = part.ref == merge_request.target_branch
                commit = pulse.merge_request.base if is_target else part.ref
                _take(self.known(merge_request.repository_id, commit), part, repository.get(f"a{number}"))
        if pulse is not None:
            self.glances.note(pulse.merge_request)
        return pulse

    def _sent(self, merge_request: MergeRequest, query: _Query) -> dict[str, Any] | None:
        what = f"reading files around merge request {merge_request.number}"
        variables = {
            "project": merge_request.repository,
            "iid": str(merge_request.number),
            "target": merge_request.target_branch,
            **query.variables(),
        }
        try:
            answer = self._client.graphql(what, query.text(), variables)
        except UnavailableError:
            raise
        except ForgeError as error:
            log.info("GitLab answers no GraphQL for %s: %s", merge_request.repository, error)
            return None
        if answer.get("errors"):
            log.info("GitLab refuses a query about %s: %.300s", merge_request.repository, answer["errors"])
            return None
        project = (answer.get("data") or {}).get("project")
        return project if isinstance(project, dict) else None


def _few(directories: Sequence[str]) -> Sequence[str]:
    return directories if len(directories) <= DIRECTORIES_LIMIT else ()


def _pieces(ref: str, paths: Iterable[str], *, with_text: bool = False) -> Iterator[_Part]:
    """Files in as many parts as their cost asks for."""
    part = _Part(ref, [], with_text)
    for path in dict.fromkeys(filter(is_sendable, paths)):
        longer = _Part(ref, [*part.paths, path], with_text)
        if longer.cost > _ROOM:
            yield part
            longer = _Part(ref, [path], with_text)
        part = longer
    if part.paths:
        yield part


def _as_many(ref: str, paths: Iterable[str], room: int) -> list[_Part]:
    """As many of these files as may be asked for at this cost; it is not known whether they are there."""
    part = _Part(ref, [], with_text=True, may_be_absent=True)
    for path in filter(is_sendable, paths):
        longer = _Part(ref, [*part.paths, path], with_text=True, may_be_absent=True)
        if longer.cost > room:
            break
        part = longer
    return [part] if part.paths else []


def _packed(parts: Sequence[_Part]) -> Iterator[_Query]:
    query, left = _Query(), _ROOM
    for part in parts:
        if part.cost > left and query.parts:
            yield query
            query, left = _Query(), _ROOM
        query.parts.append(part)
        left -= part.cost
    yield query


def _take(known: Known, part: _Part, found: object) -> None:
    if not isinstance(found, Mapping):
        return
    if part.is_directory:
        _take_directory(known, part.paths[0], found)
        return
    nodes = {str(row["path"]): row for row in found.get("nodes") or () if isinstance(row, Mapping)}
    for path in part.paths:
        row = nodes.get(path)
        # What a list names is there, also where its name came here without the bytes that JSON cannot carry.
        if row is not None or part.may_be_absent:
            known.place(path, _blob(row) if row is not None else None)
        if row is not None and isinstance(row.get("rawTextBlob"), str):
            known.keep(str(row["oid"]), row["rawTextBlob"].encode("utf-8", "surrogatepass"))


def _blob(row: Mapping[str, Any]) -> Entry:
    size = str(row.get("size"))
    kind = KINDS.get(str(row.get("mode")), EntryKind.FILE)
    return Entry(str(row["path"]), kind, str(row["oid"]), int(size) if size.isdigit() else None)


def _take_directory(known: Known, directory: str, found: Mapping[str, Any]) -> None:
    entries: list[Entry] = []
    for connection, kind in (
        ("trees", EntryKind.DIRECTORY),
        ("blobs", EntryKind.FILE),
        ("submodules", EntryKind.SUBMODULE),
    ):
        page = found.get(connection) or {}
        if (page.get("pageInfo") or {}).get("hasNextPage") is not False:
            return
        for row in page.get("nodes") or ():
            mode = KINDS.get(str(row.get("mode")), kind)
            entries.append(Entry(posixpath.join(directory, str(row["name"])), mode, str(row["sha"])))
    known.list(directory, entries)


def _pulse(project: Mapping[str, Any], repository: Mapping[str, Any], asked: MergeRequest) -> Pulse | None:
    found, tip = project.get("mergeRequest"), (repository.get("tip") or {}).get("lastCommit")
    if not isinstance(found, Mapping) or not isinstance(tip, Mapping) or not found.get("diffHeadSha"):
        return None
    source, url = found.get("sourceProjectId"), str(found["webUrl"])
    merge_request = MergeRequest(
        forge="gitlab",
        host=urlsplit(url).hostname or asked.host,
        repository_id=asked.repository_id,
        repository=str(project["fullPath"]),
        number=asked.number,
        title=str(found["title"]),
        author=str((found.get("author") or {}).get("username", "ghost")),
        url=url,
        source_branch=str(found["sourceBranch"]),
        target_branch=str(found["targetBranch"]),
        head=str(found["diffHeadSha"]),
        base=str(tip["sha"]),
        source_repository_id=str(source) if source is not None else None,
        draft=bool(found["draft"]),
        state=OPEN_STATES.get(str(found["state"]), str(found["state"])),
    )
    summary, refs = found.get("diffStatsSummary") or {}, found.get("diffRefs") or {}
    return Pulse(merge_request, int(found.get("commitCount") or 0), summary.get("fileCount"), refs.get("headSha"))
