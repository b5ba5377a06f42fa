"""Threads on the files of a merge request: opened, settled and opened again as findings come and go."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from bot.forges.protocol import Forge, NotFoundError, NotInChangeError
from bot.reports.threads import flag, policy_problem, settled
from bot.store.records import Posted, PostedThread
from rules.facts import MergeRequest
from rules.findings import Judgement, ProposalProblem

THREADS_LIMIT = 10
"""Threads that are open at once: each is a notification. The summary tells of everything."""


@dataclass(frozen=True)
class _Wanted:
    path: str
    line: int | None
    body: str

    @property
    def text(self) -> str:
        """Digest of what it should say."""
        return hashlib.sha256(self.body.encode("utf-8", "surrogateescape")).hexdigest()


def bring_threads(
    forge: Forge,
    merge_request: MergeRequest,
    judgement: Judgement,
    posted: Posted,
    *,
    before_write: Callable[[], None],
    after_write: Callable[[Mapping[str, PostedThread]], None],
) -> frozenset[str]:
    """Bring the threads in line; returns the fingerprints of the findings that a new thread told people of.

    `before_write` is called ahead of each write, `after_write` behind it with the threads as they are then. Old
    threads are settled before new ones are opened, also where only the place is another. Raises ForgeError.
    """
    wanted = _wanted(judgement, posted.summary_url)
    threads = dict(posted.threads)
    announced: set[str] = set()

    def keep(fingerprint: str, thread: PostedThread | None) -> None:
        threads.pop(fingerprint, None)
        if thread is not None:
            threads[fingerprint] = thread
        after_write(dict(threads))

    for fingerprint, thread in posted.threads.items():
        goal = wanted.get(fingerprint)
        stays = goal is not None and (goal.path, goal.line) == (thread.path, thread.line)
        if not stays and not thread.settled:
            before_write()
            keep(fingerprint, _settled(forge, merge_request, fingerprint, thread))
    for fingerprint, goal in wanted.items():
        known = threads.get(fingerprint)
        if known is not None and (known.path, known.line) != (goal.path, goal.line):
            known = None
        if known is not None and not known.settled and (known.text == goal.text or not known.id):
            continue
        before_write()
        opened = _reopened(forge, merge_request, known, goal) if known is not None and known.id else None
        if opened is None:
            opened = _opened(forge, merge_request, goal)
            announced |= {fingerprint} if opened.id else set()
        keep(fingerprint, opened)
    return frozenset(announced)


def _wanted(judgement: Judgement, summary_url: str | None) -> dict[str, _Wanted]:
    """What should have a thread, by its fingerprint, strongest first. In observe mode a thread would hold the merge."""
    if judgement.threads_from is None or judgement.observed:
        return {}
    wanted = {
        finding.fingerprint: _Wanted(finding.path, None, flag(finding, summary_url))
        for finding in judgement.findings
        if finding.path is not None and finding.severity >= judgement.threads_from
    }
    for problem in judgement.proposal.problems if judgement.proposal else ():
        fingerprint = _fingerprint(problem)
        wanted[fingerprint] = _Wanted(problem.path, problem.line, policy_problem(fingerprint, problem))
    return dict(list(wanted.items())[:THREADS_LIMIT])


def _fingerprint(problem: ProposalProblem) -> str:
    named = f"policy\0{problem.path}\0{problem.key}\0{problem.message}"
    return hashlib.sha256(named.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def _settled(forge: Forge, merge_request: MergeRequest, fingerprint: str, thread: PostedThread) -> PostedThread | None:
    """The thread once it is settled; None where there is none any more."""
    if not thread.id:
        return None
    try:
        forge.settle_thread(merge_request, thread.id, settled(fingerprint, merge_request.head))
    except NotFoundError:
        return None
    return replace(thread, settled=True, text="")


def _reopened(forge: Forge, merge_request: MergeRequest, thread: PostedThread, goal: _Wanted) -> PostedThread | None:
    """The thread with its text of now, open; None where somebody deleted it."""
    try:
        forge.reopen_thread(merge_request, thread.id, goal.body)
    except NotFoundError:
        return None
    return replace(thread, settled=False, text=goal.text)


def _opened(forge: Forge, merge_request: MergeRequest, goal: _Wanted) -> PostedThread:
    """A new thread: on its line, else on its file, else none."""
    for line in dict.fromkeys((goal.line, None)):
        try:
            made = forge.open_thread(merge_request, goal.path, goal.body, line)
        except NotInChangeError:
            continue
        return PostedThread(made.id, goal.path, goal.line, goal.text)
    return PostedThread("", goal.path, goal.line, goal.text)
