"""Licence drift: look again at admitted weights whose licence was read from the files around them.

What a merge request brought is judged once. The card beside it can be edited at any time after, and no merge request
brings the weights again. So the branch that holds them is looked at once in a while, the evidence is collected as in a
review, and `license-drift` is judged by the policy that the branch holds now.
"""

from __future__ import annotations

import datetime
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from bot.forges.protocol import Forge, ForgeError, UnavailableError
from bot.review.memory import Memory
from bot.review.organisations import OrganisationPolicies
from bot.review.policies import Policies
from bot.review.recorded import recorded_artifacts
from bot.review.whereabouts import Whereabouts
from bot.scanner.evidence import gather
from bot.scanner.readers import UnreadableError
from bot.scanner.tree import Entry
from bot.store.records import Admitted, AdmittedArtifact, Look, LookResult
from rules.facts import Admission, Artifact, EvidenceKind, Facts, LicenseEvidence, MergeRequest
from rules.findings import Finding, Remedy, Severity
from rules.licenses import conclude
from rules.licenses.normalise import same_terms
from rules.policy import Policy
from rules.runner import judge
from rules.text import code

RULE = "license-drift"
LOOKS = 500
"""Artifacts of one repository that are looked at in one go; the others have their turn at the next."""

_INSIDE = {EvidenceKind.ATTESTATION, EvidenceKind.IN_ARTIFACT}
"""Places that stay as they are while the weights do."""

log = logging.getLogger("weighbridge.drift")


class Ledger(Memory, Protocol):
    """Knows what was admitted, and keeps what was found of it."""

    def admitted(self, repository: str) -> Sequence[Admitted]:
        """The merged merge requests of a repository with what they brought, newest first."""
        ...

    def note_look(self, result: LookResult) -> None:
        """Keep what was found, and open or close the artifact's flag. Twice is the same as once."""
        ...


@dataclass(frozen=True)
class Looked:
    """One artifact that was looked at."""

    repository: str
    path: str
    """Where it lay when it was admitted."""
    result: LookResult


@dataclass
class _Case:
    """One admitted artifact on its way."""

    admitted: Admitted
    row: AdmittedArtifact
    artifact: Artifact | None
    """None where what was recorded cannot be read."""
    place: tuple[Whereabouts, Entry] | None = None
    problem: str = ""

    @property
    def since(self) -> datetime.datetime:
        return self.row.looked_at or self.admitted.since

    @property
    def source(self) -> LicenseEvidence | None:
        """The place that decided then."""
        if self.artifact is None:
            return None
        conclusion = conclude(self.artifact.evidence)
        return conclusion.source or next(iter(conclusion.evidence), None)

    @property
    def is_inside(self) -> bool:
        return self.source is not None and self.source.kind in _INSIDE


class DriftWatch:
    """Looks at the repositories of one forge."""

    def __init__(
        self,
        forge: Forge,
        ledger: Ledger,
        default_policy: Policy,
        organisations: OrganisationPolicies | None = None,
        now: Callable[[], datetime.datetime] = lambda: datetime.datetime.now(datetime.UTC),
    ) -> None:
        self._forge = forge
        self._ledger = ledger
        self._policies = Policies(forge, default_policy, ledger, organisations)
        self._now = now

    def look(self, repository: str, before: datetime.datetime | None = None) -> Iterator[Looked]:
        """Look at the artifacts of a repository that nobody looked at since `before`, or at all, LOOKS at most.

        `repository` is the key of a merge request without its number. What is found is kept one by one, so whoever
        breaks off goes on from there. Raises UnavailableError where another try later may help.
        """
        cases = [case for admitted in self._ledger.admitted(repository) for case in _cases(admitted)]
        due = [case for case in cases if before is None or case.since < before][:LOOKS]
        if not due:
            return
        if any(not case.is_inside for case in due):
            self._locate(repository, cases, due)
        for case in due:
            result = self._result(case)
            self._ledger.note_look(result)
            if result.look is Look.UNREADABLE:
                log.warning("%s: the licence of %r is not known now: %s", repository, case.row.path, result.remark)
            yield Looked(case.admitted.merge_request.repository, case.row.path, result)

    def _locate(self, repository: str, cases: Sequence[_Case], due: Sequence[_Case]) -> None:
        """Find each in the default branch, or else in the branch that it was merged into; the newest goes first."""
        branches: dict[str | None, Whereabouts | ForgeError | None] = {}

        def branch(name: str | None) -> Whereabouts | None:
            if name not in branches:
                branches[name] = self._branch(repository, cases[0].admitted.merge_request.repository, name)
            found = branches[name]
            if isinstance(found, ForgeError):
                raise found
            return found

        taken: set[tuple[str, str]] = set()
        for case in cases:
            _try_each(case, (None, case.admitted.merge_request.target_branch), branch, taken, moved=False)
        for case in due:
            if case.place is None and not case.problem and not case.is_inside:
                _try_each(case, (None,), branch, taken, moved=True)

    def _branch(self, repository: str, name: str, branch: str | None) -> Whereabouts | ForgeError | None:
        """What a branch holds, None where there is none, or why that cannot be told. Raises UnavailableError."""
        try:
            tip = self._forge.tip(repository.rpartition(":")[2], name, branch)
            return Whereabouts(tip, self._forge.tip_tree(tip)) if tip is not None else None
        except UnavailableError:
            raise
        except ForgeError as error:
            return error

    def _result(self, case: _Case) -> LookResult:
        source = case.source
        if case.is_inside:
            return _found(case, Look.INSIDE, "")
        if case.artifact is None or source is None:
            return _found(case, Look.UNREADABLE, case.problem or "what was recorded of it names no place")
        if case.problem:
            return _found(case, Look.UNREADABLE, case.problem)
        if case.place is None:
            return _found(case, Look.GONE, "removed, replaced, or brought anew by a later merge request")
        try:
            return self._compared(case, case.artifact, source, *case.place)
        except UnavailableError:
            raise
        except (UnreadableError, ForgeError) as error:
            return _found(case, Look.UNREADABLE, str(error))

    def _compared(
        self, case: _Case, artifact: Artifact, source: LicenseEvidence, where: Whereabouts, entry: Entry
    ) -> LookResult:
        evidence = gather(entry.path, artifact.detection, where.tree)
        stated = conclude(evidence).expression
        if _same(stated, case.row.license):
            return _found(case, Look.SAME, "")
        if self._was_so_then(case, artifact, stated):
            read = stated or "no known licence"
            return _found(case, Look.SAME, f"nothing changed, and this version of Weighbridge reads {read} there")
        day = case.admitted.since.astimezone(datetime.UTC).date()
        admission = Admission(case.row.license, source, case.admitted.merge_request.url, day)
        now = replace(artifact, path=entry.path, oid=entry.oid, evidence=evidence, admission=admission)
        finding = self._finding(now, _standing(case.admitted, where))
        silent = f"Now {code(stated) if stated else 'no known licence'} is stated; the policy has nothing to say of it."
        return replace(_found(case, Look.CHANGED, finding.why if finding else silent), finding=finding)

    def _was_so_then(self, case: _Case, artifact: Artifact, stated: str | None) -> bool:
        """True where today's reading of the commit that was judged gives the same: we changed, and not the licence."""
        try:
            tree = self._forge.tree(_at(case.admitted, case.admitted.merge_request.head))
            if tree.entry(artifact.path) is None:
                return False
            return _same(conclude(gather(artifact.path, artifact.detection, tree)).expression, stated)
        except UnavailableError:
            raise
        except (UnreadableError, ForgeError):  # the commit may be gone; what was recorded counts then
            return False

    def _finding(self, artifact: Artifact, merge_request: MergeRequest) -> Finding | None:
        today = self._now().astimezone(datetime.UTC).date()
        policy = self._policies.in_force(merge_request).policy
        judgement = judge(Facts((artifact,), 0, merge_request=merge_request, today=today), policy)
        return next((finding for finding in judgement.findings if finding.rule == RULE), None)


def give_up(ledger: Ledger, repository: str, before: datetime.datetime, reason: str) -> None:
    """Note of all that is due in a repository that it could not be read; its turn comes again like any other's."""
    for admitted in ledger.admitted(repository):
        for case in _cases(admitted):
            if case.since < before:
                ledger.note_look(_found(case, Look.UNREADABLE, reason))


def _cases(admitted: Admitted) -> Iterator[_Case]:
    try:
        recorded = recorded_artifacts(admitted.judgement)
        problem = "what was recorded does not name it"
    except ValueError as error:
        recorded, problem = {}, str(error)
    for row in admitted.artifacts:
        artifact = recorded.get(row.path)
        yield _Case(admitted, row, artifact, problem="" if artifact is not None else problem)


def _try_each(
    case: _Case,
    names: Sequence[str | None],
    branch: Callable[[str | None], Whereabouts | None],
    taken: set[tuple[str, str]],
    *,
    moved: bool,
) -> None:
    """Note the first of the branches that holds the artifact, and where, or why that could not be told."""
    if case.artifact is None:
        return
    try:
        for name in names:
            where = branch(name)
            if where is None:
                continue
            at = where.tip.branch
            paths = {path for named, path in taken if named == at}
            entry = where.moved(case.artifact, paths) if moved else where.at_its_path(case.artifact)
            if entry is not None:
                if (at, entry.path) not in taken:
                    case.place = where, entry
                    taken.add((at, entry.path))
                return
    except UnavailableError:
        raise
    except (UnreadableError, ForgeError) as error:
        case.problem = str(error)


def _same(stated: str | None, known: str | None) -> bool:
    return stated == known or (stated is not None and known is not None and same_terms(stated, known))


def _found(case: _Case, look: Look, remark: str) -> LookResult:
    # A flag keeps its identity when the weights move.
    fingerprint = Finding(RULE, Severity.INFO, case.row.path, "", "", Remedy(())).fingerprint
    head = case.place[0].tip.commit if case.place is not None else ""
    return LookResult(case.row.id, look, remark, fingerprint, head)


def _standing(admitted: Admitted, where: Whereabouts) -> MergeRequest:
    """The merge request as the policies know it, with the branch as it stands in place of its target."""
    tip = where.tip
    return replace(_at(admitted, tip.commit), repository=tip.repository, target_branch=tip.branch, base=tip.commit)


def _at(admitted: Admitted, commit: str) -> MergeRequest:
    record = admitted.merge_request
    return MergeRequest(
        forge=record.forge,
        host=record.host,
        repository_id=record.key.split(":")[-2],
        repository=record.repository,
        number=record.number,
        title=record.title,
        author=record.author,
        url=record.url,
        source_branch=record.target_branch,
        target_branch=record.target_branch,
        head=commit,
        base=commit,
        state=record.state,
    )
