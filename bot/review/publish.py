"""Bring a merge request to the state a judgement asks for: one summary comment, or none, threads, labels, a verdict.

What we wrote is remembered, so that a second time nothing is asked and nothing is written. Where the memory may be
behind, since a worker died in mid-work or the database is new, what is there is looked for by its marks first.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from dataclasses import asdict, dataclass, replace

from bot.forges.protocol import Comment, Forge, NotFoundError
from bot.reports.markdown import Context, all_clear, is_summary, state_of, summary
from bot.reports.threads import fingerprint_in, note
from bot.review.memory import Memory
from bot.review.threads import bring_threads
from bot.review.verdicts import verdict_for
from bot.store.records import Posted, PostedThread
from rules.facts import MergeRequest
from rules.findings import Judgement, Outcome, Severity


@dataclass(frozen=True)
class Style:
    """How the bot presents itself."""

    dashboard_url: str | None = None
    help_url: str | None = None
    check_name: str = "weighbridge"


def publish(
    forge: Forge,
    merge_request: MergeRequest,
    judgement: Judgement,
    memory: Memory,
    style: Style | None = None,
    *,
    is_new: bool = False,
) -> None:
    """Write what is missing and mend what is out of date. Raises ForgeError.

    With `is_new` the merge request was just opened: nothing of ours can be there that is not remembered.
    """
    _Publication(forge, merge_request, judgement, memory, style or Style()).run(is_new=is_new)


class _Publication:
    """One run. `_posted` is what stands on the forge as far as we know; it is remembered after each step."""

    def __init__(
        self, forge: Forge, merge_request: MergeRequest, judgement: Judgement, memory: Memory, style: Style
    ) -> None:
        self._forge = forge
        self._merge_request = merge_request
        self._judgement = judgement
        self._memory = memory
        self._style = style
        self._posted = Posted()
        self._is_looked_up = False

    def run(self, *, is_new: bool) -> None:
        """The comment comes first, so that neither thread nor verdict points at an older text."""
        known = self._memory.posted(self._merge_request.key)
        if known is None and is_new:
            known = Posted()
        self._is_looked_up = known is None or not known.complete
        self._posted = self._found(known or Posted()) if self._is_looked_up else known or Posted()
        body = self._summary()
        self._threads_and_note()
        self._labels()
        self._verdict(body or "")
        if not self._posted.complete:
            self._keep(complete=True)

    def _found(self, known: Posted) -> Posted:
        """What is there, by the marks on it. Of two summaries the older one stays."""
        forge, merge_request = self._forge, self._merge_request
        summaries = [comment for comment in forge.own_comments(merge_request) if is_summary(comment.body)]
        for duplicate in summaries[1:]:
            with contextlib.suppress(NotFoundError):
                forge.delete_comment(merge_request, duplicate)
        threads = dict(known.threads)
        for thread in forge.own_threads(merge_request) if forge.capabilities.threads else ():
            fingerprint = fingerprint_in(thread.body)
            if fingerprint is not None:
                before = threads.get(fingerprint)
                line = before.line if before is not None and before.id == thread.id else None
                threads[fingerprint] = PostedThread(
                    thread.id, thread.path or "", line, _digest(thread.body), thread.settled
                )
        found = replace(known, threads=threads, verdict_head=None, summary=None, summary_text="")
        if not summaries:
            return found
        first = summaries[0]
        return replace(
            found,
            summary=first.id,
            summary_url=first.url,
            summary_text=_digest(first.body),
            summary_state=state_of(first.body),
            deleted_at=None,
            told=known.told or self._blocking(),
        )

    def _summary(self) -> str | None:
        """Bring the summary up to date; returns its text, None where none is wanted."""
        body, posted, findings = self._wanted(), self._posted, self._findings()
        if body is None or posted.deleted_at == findings:
            return body
        if posted.summary is not None and posted.summary_text == _digest(body):
            return body
        self._begin()
        comment = self._edited(body)
        if comment is None and posted.summary is not None and posted.summary_findings == findings:
            # Somebody took it away, and there is nothing new to say.
            self._keep(summary=None, summary_text="", deleted_at=findings)
            return body
        if comment is None:
            comment = self._forge.create_comment(self._merge_request, body)
            self._posted = replace(self._posted, told=self._blocking())
        self._keep(
            summary=comment.id,
            summary_url=comment.url,
            summary_text=_digest(body),
            summary_state=state_of(body),
            summary_findings=findings,
            deleted_at=None,
        )
        return body

    def _wanted(self) -> str | None:
        """The text the summary should have, None where there should be no comment."""
        judgement, posted = self._judgement, self._posted
        context = self._context()
        quiet = not judgement.findings and judgement.outcome is Outcome.PASS and judgement.proposal is None
        brings_weights = bool(judgement.facts.artifacts)
        if posted.summary is None:
            wanted = not quiet or (brings_weights and posted.deleted_at is None)
            return summary(judgement, context) if wanted else None
        if quiet and (posted.summary_state != "pass" or not brings_weights):
            return all_clear(judgement, context)
        return summary(judgement, context)

    def _edited(self, body: str) -> Comment | None:
        """The comment with its new text, None where there is none to edit."""
        posted = self._posted
        if posted.summary is None:
            return None
        try:
            known = Comment(posted.summary, "", posted.summary_url or "")
            return self._forge.update_comment(self._merge_request, known, body)
        except NotFoundError:
            return None

    def _threads_and_note(self) -> None:
        """Threads for what asks for one; a note for what blocks anew and got none, since an edit notifies nobody."""
        posted = self._posted
        announced: frozenset[str] = frozenset()
        if self._forge.capabilities.threads:
            announced = bring_threads(
                self._forge,
                self._merge_request,
                self._judgement,
                posted,
                before_write=self._begin,
                after_write=lambda threads: self._keep(threads=threads),
            )
        blocking = self._blocking()
        unknown = set(blocking) - set(posted.told) - announced
        if unknown and not self._judgement.observed and posted.deleted_at is None:
            new = [finding for finding in self._judgement.of(Severity.BLOCKING) if finding.fingerprint in unknown]
            self._begin()
            self._forge.create_comment(self._merge_request, note(new, posted.summary_url))
        if set(blocking) != set(posted.told):
            self._keep(told=blocking)

    def _labels(self) -> None:
        """Put on and take off the labels that the policy names; those of people are left alone."""
        labels, judgement = self._judgement.labels, self._judgement
        wanted = {labels.weights} if judgement.facts.artifacts else set()
        wanted |= {labels.blocked} if judgement.outcome is Outcome.BLOCKED else set()
        now = tuple(sorted(label for label in wanted if label is not None))
        before = self._posted.labels
        if now == before:
            return
        self._begin()
        add, remove = sorted(set(now) - set(before)), sorted(set(before) - set(now))
        self._forge.change_labels(self._merge_request, add, remove)
        self._keep(labels=now)

    def _verdict(self, body: str) -> None:
        url = self._style.dashboard_url or self._posted.summary_url
        verdict = verdict_for(self._judgement, body, url, name=self._style.check_name)
        head, text = self._merge_request.head, _digest(json.dumps(asdict(verdict), default=str))
        first = self._posted.verdict_head != head and not self._is_looked_up
        self._forge.set_verdict(self._merge_request, verdict, first=first)
        if (self._posted.verdict_head, self._posted.verdict_text) != (head, text):
            self._keep(verdict_head=head, verdict_text=text)

    def _context(self) -> Context:
        forge, merge_request = self._forge, self._merge_request
        return Context(
            file_url=lambda path, line: forge.file_url(merge_request, merge_request.head, path, line),
            dashboard_url=self._style.dashboard_url,
            help_url=self._style.help_url,
            limit=forge.capabilities.body_limit,
        )

    def _begin(self) -> None:
        """Remember that something is about to be written, so that after a death it is looked for."""
        if self._posted.complete:
            self._keep(complete=False)

    def _keep(self, **changes: object) -> None:
        self._posted = replace(self._posted, **changes)  # type: ignore[arg-type]
        self._memory.keep_posted(self._merge_request.key, self._posted)

    def _blocking(self) -> tuple[str, ...]:
        return tuple(finding.fingerprint for finding in self._judgement.of(Severity.BLOCKING))

    def _findings(self) -> str:
        """Digest of what is found, whatever the words and the commit."""
        found = sorted(f"{finding.fingerprint} {finding.severity.label}" for finding in self._judgement.findings)
        return _digest("\n".join([self._judgement.outcome.value, *found]))


def _digest(body: str) -> str:
    """Digest of a text as forges give it back: they may change line ends and trim."""
    return hashlib.sha256(body.replace("\r\n", "\n").strip().encode("utf-8", "surrogateescape")).hexdigest()
