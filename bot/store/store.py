"""What the rest of the bot asks of the database."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session, contains_eager, selectinload

from bot.store import allowances, inventories, keeping, looks, migrate, posts, watching
from bot.store.engine import make_engine
from bot.store.models import ArtifactRow, DeliveryRow, FlagRow, MergeRequestRow, PolicyRow, PostedRow, WorkerRow
from bot.store.records import (
    Admitted,
    Allowance,
    Delivery,
    DeliveryState,
    FlagRecord,
    FlagState,
    Inventory,
    KeptPolicy,
    KnownRepository,
    LookResult,
    MergeRequestRecord,
    MergeRequestReport,
    Posted,
)
from bot.store.rows import artifact_of, delivery_of, flag_of, merge_request_of
from rules.facts import Growth, MergeRequest
from rules.findings import Judgement

WORKER_SILENCE = timedelta(seconds=30)
"""After so long without a sign a worker counts as gone."""

GROWTH_DAYS = 30
"""Days over which the growth of a repository is counted: the month in which storage beside git is paid."""


class StoreError(Exception):
    """The database could not be reached or refused. The message says why."""


class Store:
    """The database behind one URL. Its methods may be called from any thread."""

    def __init__(self, database_url: str, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """`now` is the clock that stamps what is written."""
        self._engine = make_engine(database_url)
        self._writer = self._engine.execution_options(writes=True)
        self._now = now

    def close(self) -> None:
        """Give back every connection."""
        self._engine.dispose()

    def migrate(self) -> None:
        """Bring the tables to this version. Raises StoreError."""
        with _in_words():
            migrate.upgrade(self._engine)

    def is_current(self) -> bool:
        """True where the database can be reached and has this version's tables. Raises StoreError."""
        with _in_words():
            return migrate.is_current(self._engine)

    def accept(self, delivery: Delivery) -> bool:
        """Keep a delivery for good; False where one of this id was kept before. Raises StoreError."""
        row = DeliveryRow(
            id=delivery.id,
            forge=delivery.forge,
            event=delivery.event,
            state=delivery.state.value,
            remark=delivery.remark,
            work=json.dumps(dict(delivery.work), sort_keys=True) if delivery.work is not None else None,
            merge_request_key=delivery.merge_request_key,
            received_at=delivery.received_at,
        )
        try:
            with _in_words(), self._write() as session:
                session.add(row)
        except _DuplicateError:
            return False
        return True

    def undispatched(self, limit: int) -> Sequence[Delivery]:
        """The oldest deliveries that the job engine has not got yet, in the order they came."""
        query = (
            select(DeliveryRow)
            .where(DeliveryRow.state == DeliveryState.RECEIVED)
            .order_by(DeliveryRow.sequence)
            .limit(limit)
        )
        with _in_words(), self._read() as session:
            return [delivery_of(row) for row in session.scalars(query)]

    def mark_dispatched(self, delivery_id: str) -> None:
        """The job engine has it. Does nothing to a delivery that is finished already."""
        with _in_words(), self._write() as session:
            session.execute(
                update(DeliveryRow)
                .where(DeliveryRow.id == delivery_id, DeliveryRow.state == DeliveryState.RECEIVED)
                .values(state=DeliveryState.DISPATCHED.value)
            )

    def is_superseded(self, delivery_id: str) -> bool:
        """True where a later delivery for the same merge request still waits for its review."""
        this = (
            select(DeliveryRow.sequence, DeliveryRow.merge_request_key).where(DeliveryRow.id == delivery_id).subquery()
        )
        later = (
            select(DeliveryRow.id)
            .join(this, DeliveryRow.merge_request_key == this.c.merge_request_key)
            .where(DeliveryRow.sequence > this.c.sequence)
            .where(DeliveryRow.state.in_([DeliveryState.RECEIVED, DeliveryState.DISPATCHED]))
            .limit(1)
        )
        with _in_words(), self._read() as session:
            return session.scalar(later) is not None

    def finish(self, delivery_id: str, remark: str, *, failed: bool = False) -> None:
        """The work that a delivery asked for is over."""
        state = DeliveryState.FAILED if failed else DeliveryState.DONE
        with _in_words(), self._write() as session:
            session.execute(
                update(DeliveryRow)
                .where(DeliveryRow.id == delivery_id)
                .values(state=state.value, remark=remark, finished_at=self._now())
            )

    def deliveries(self, limit: int = 100, *, before: int | None = None) -> Sequence[tuple[int, Delivery]]:
        """The newest deliveries with their sequence numbers; `before` a number pages on."""
        query = select(DeliveryRow).order_by(DeliveryRow.sequence.desc()).limit(limit)
        if before is not None:
            query = query.where(DeliveryRow.sequence < before)
        with _in_words(), self._read() as session:
            return [(row.sequence, delivery_of(row)) for row in session.scalars(query)]

    def record(self, judgement: Judgement, rendered: str) -> None:
        """Keep a judgement of a merge request, with its JSON; open, reopen and close its flags. Idempotent."""
        with _in_words(), self._write() as session:
            keeping.keep(session, judgement, rendered, self._now())

    def open_flags(self, limit: int = 100, *, before: int | None = None) -> Sequence[FlagRecord]:
        """The newest open flags; `before` the id of one pages on."""
        query = (
            select(FlagRow)
            .join(FlagRow.merge_request)
            .options(contains_eager(FlagRow.merge_request))
            .where(FlagRow.state == FlagState.OPEN)
            .order_by(FlagRow.id.desc())
            .limit(limit)
        )
        if before is not None:
            query = query.where(FlagRow.id < before)
        with _in_words(), self._read() as session:
            return [flag_of(row) for row in session.scalars(query)]

    def count_open_flags(self) -> dict[str, int]:
        """Number of open flags by severity."""
        query = select(FlagRow.severity, func.count()).where(FlagRow.state == FlagState.OPEN).group_by(FlagRow.severity)
        with _in_words(), self._read() as session:
            return {severity: count for severity, count in session.execute(query)}  # noqa: C416 - rows are no pairs to a type checker

    def merge_requests(self, limit: int = 100) -> Sequence[MergeRequestRecord]:
        """The merge requests judged last, newest first."""
        query = select(MergeRequestRow).order_by(MergeRequestRow.judged_at.desc()).limit(limit)
        with _in_words(), self._read() as session:
            return [merge_request_of(row) for row in session.scalars(query)]

    def merge_request_report(self, key: str) -> MergeRequestReport | None:
        """All that is kept of one merge request, None where it was never judged."""
        query = (
            select(MergeRequestRow)
            .where(MergeRequestRow.key == key)
            .options(selectinload(MergeRequestRow.flags), selectinload(MergeRequestRow.artifacts))
        )
        with _in_words(), self._read() as session:
            row = session.scalar(query)
            if row is None:
                return None
            return MergeRequestReport(
                merge_request_of(row),
                tuple(flag_of(flag) for flag in row.flags),
                tuple(artifact_of(artifact) for artifact in row.artifacts),
                row.judgement,
            )

    def last_policy(self, place: str) -> KeptPolicy | None:
        """The last policy of a place that could be used. Raises StoreError."""
        with _in_words(), self._read() as session:
            row = session.get(PolicyRow, place)
            return KeptPolicy(json.loads(row.files), row.commit, row.url) if row is not None else None

    def keep_policy(self, place: str, policy: KeptPolicy | None) -> None:
        """Keep a place's policy, or that it has none; the same files again change nothing. Raises StoreError."""
        known = self.last_policy(place)
        if (known.files if known else None) == (policy.files if policy else None):
            return
        # Another review of the same repository may keep it at the same moment; either's is right.
        with contextlib.suppress(_DuplicateError), _in_words(), self._write() as session:
            if policy is None:
                session.execute(delete(PolicyRow).where(PolicyRow.place == place))
                return
            files = json.dumps(dict(policy.files), sort_keys=True)
            row = PolicyRow(place=place, files=files, commit=policy.commit, url=policy.url, kept_at=self._now())
            session.merge(row)

    def allowance(self, account: str) -> Allowance:
        """What a forge lets an account of ours ask for. Raises StoreError."""
        with _in_words(), self._read() as session:
            return allowances.of(session, account)

    def note_allowance(self, account: str, told: Allowance) -> None:
        """Take in what an answer of the forge told of it. Raises StoreError."""
        _twice(lambda: self._note_allowance(account, told))

    def _note_allowance(self, account: str, told: Allowance) -> None:
        with _in_words(), self._write() as session:
            allowances.note(session, account, told)

    def keep_inventory(self, inventory: Inventory) -> None:
        """Remember what lies in a repository now. Raises StoreError."""
        _twice(lambda: self._keep_inventory(inventory))

    def _keep_inventory(self, inventory: Inventory) -> None:
        with _in_words(), self._write() as session:
            inventories.keep(session, inventory, self._now())

    def inventory(self, repository: str) -> Inventory | None:
        """What lay in a repository (forge, host, id) when it was last looked through. Raises StoreError."""
        with _in_words(), self._read() as session:
            return inventories.of(session, repository)

    def inventories(self, limit: int = 1_000) -> Sequence[Inventory]:
        """What lies in the repositories, by forge and name. Raises StoreError."""
        with _in_words(), self._read() as session:
            return inventories.all_of(session, limit)

    def posted(self, merge_request: str) -> Posted | None:
        """What we wrote on a merge request (its key); None where nothing is known. Raises StoreError."""
        with _in_words(), self._read() as session:
            row = session.get(PostedRow, merge_request)
            return posts.read(row.content) if row is not None else None

    def keep_posted(self, merge_request: str, posted: Posted) -> None:
        """Remember what we wrote on a merge request. Raises StoreError."""
        with _in_words(), self._write() as session:
            content = posts.written(posted)
            session.merge(PostedRow(merge_request_key=merge_request, content=content, kept_at=self._now()))

    def growth(self, repository: str) -> Growth | None:
        """Bytes of weights that merge requests merged in the last GROWTH_DAYS brought to a repository.

        `repository` is the key of a merge request without its number. None where none of it was ever judged.
        Raises StoreError.
        """
        within = MergeRequestRow.key.startswith(f"{repository}:", autoescape=True)
        sums = (
            select(func.sum(ArtifactRow.size_in_git), func.sum(ArtifactRow.size_in_store))
            .join(MergeRequestRow, ArtifactRow.merge_request_id == MergeRequestRow.id)
            .where(within, MergeRequestRow.state == "merged")
            .where(MergeRequestRow.settled_at > self._now() - timedelta(days=GROWTH_DAYS))
        )
        with _in_words(), self._read() as session:
            if session.scalar(select(MergeRequestRow.id).where(within).limit(1)) is None:
                return None
            in_git, in_store = session.execute(sums).one()
            return Growth(GROWTH_DAYS, int(in_git or 0), int(in_store or 0))

    def note_state(self, merge_request: MergeRequest) -> None:
        """A merge request that was judged is closed, and nothing of it open any more, or merged. Raises StoreError."""
        this = MergeRequestRow.key == merge_request.key
        why = "merge request closed" if merge_request.state == "closed" else None
        with _in_words(), self._write() as session:
            keeping.settle(session, this, merge_request.state, self._now(), why=why)

    def open_merge_requests(self, forge: str, host: str, owner: str) -> Sequence[MergeRequestRecord]:
        """Those that were judged in the repositories of one owner and are open as far as is known."""
        query = (
            select(MergeRequestRow)
            .where(MergeRequestRow.forge == forge, MergeRequestRow.host == host, MergeRequestRow.state == "open")
            .where(MergeRequestRow.repository.startswith(f"{owner}/", autoescape=True))
            .order_by(MergeRequestRow.id)
        )
        with _in_words(), self._read() as session:
            return [merge_request_of(row) for row in session.scalars(query)]

    def judged_open(self, repository: str) -> frozenset[tuple[int, str, str]]:
        """Number, head and target branch of a repository's (forge, host, id) open merge requests that were judged."""
        within = MergeRequestRow.key.startswith(f"{repository}:", autoescape=True)
        query = select(MergeRequestRow.number, MergeRequestRow.head, MergeRequestRow.target_branch)
        with _in_words(), self._read() as session:
            rows = session.execute(query.where(within, MergeRequestRow.state == "open"))
            return frozenset((number, head, target) for number, head, target in rows)

    def rename_repository(self, repository: str, name: str) -> int:
        """Show a repository (forge, host, id) under another full name; how many merge requests that changed."""
        within = MergeRequestRow.key.startswith(f"{repository}:", autoescape=True)
        with _in_words(), self._write() as session:
            renamed = session.execute(
                update(MergeRequestRow).where(within, MergeRequestRow.repository != name).values(repository=name)
            )
            return int(renamed.rowcount)  # type: ignore[attr-defined]

    def close_repository(self, repository: str) -> int:
        """A repository (forge, host, id) was deleted or is seen no more; how many flags that closed."""
        within = MergeRequestRow.key.startswith(f"{repository}:", autoescape=True)
        with _in_words(), self._write() as session:
            return keeping.settle(session, within, FlagState.GONE.value, self._now(), why="repository gone")

    def repositories_to_look_at(self, before: datetime, limit: int, name: str | None = None) -> Sequence[str]:
        """Repositories with admitted artifacts that nobody looked at since `before`, longest first. Raises StoreError.

        Each is the key of a merge request without its number. `name` leaves only those of this full name.
        """
        with _in_words(), self._read() as session:
            return looks.waiting(session, before, limit, name)

    def admitted(self, repository: str) -> Sequence[Admitted]:
        """The merged merge requests of a repository with what they brought, newest first. Raises StoreError."""
        with _in_words(), self._read() as session:
            return looks.admitted(session, repository)

    def note_look(self, result: LookResult) -> None:
        """Keep what a later look at an artifact found; open, reopen or close its flag. Raises StoreError."""
        with _in_words(), self._write() as session:
            looks.note(session, result, self._now())

    def last_delivery(self, forge: str) -> tuple[datetime, str] | None:
        """When the last webhook of a forge came, and its event. Raises StoreError."""
        with _in_words(), self._read() as session:
            return watching.last_delivery(session, forge)

    def accepted(self, ids: Collection[str]) -> frozenset[str]:
        """Those of the ids that a delivery was kept under. Raises StoreError."""
        with _in_words(), self._read() as session:
            return watching.accepted(session, ids)

    def known_repositories(self, forge: str, limit: int, host: str | None = None) -> Sequence[KnownRepository]:
        """The repositories of a forge in which something was judged or found, the busiest first. Raises StoreError.

        With a `host`, those there.
        """
        with _in_words(), self._read() as session:
            return watching.repositories(session, forge, limit, host)

    def recall(self, name: str) -> Any:
        """What was noted under a name, None where nothing was. Raises StoreError."""
        with _in_words(), self._read() as session:
            return watching.recall(session, name)

    def remember(self, name: str, value: Any) -> None:
        """Note something that JSON can hold. Raises StoreError."""
        with _in_words(), self._write() as session:
            watching.remember(session, name, value, self._now())

    def beat(self, worker_id: str) -> None:
        """A worker says that it is alive."""
        with _in_words(), self._write() as session:
            session.merge(WorkerRow(id=worker_id, seen_at=self._now()))

    def live_workers(self) -> Sequence[str]:
        """Ids of the workers heard of within WORKER_SILENCE, in order."""
        query = select(WorkerRow.id).where(WorkerRow.seen_at > self._now() - WORKER_SILENCE).order_by(WorkerRow.id)
        with _in_words(), self._read() as session:
            return list(session.scalars(query))

    def ping(self) -> None:
        """Ask the database something. Raises StoreError."""
        with _in_words(), self._engine.connect() as connection:
            connection.execute(text("SELECT 1"))

    @contextmanager
    def _write(self) -> Iterator[Session]:
        with Session(self._writer) as session, session.begin():
            yield session

    @contextmanager
    def _read(self) -> Iterator[Session]:
        with Session(self._engine) as session:
            yield session


class _DuplicateError(StoreError):
    """A row with this identity is there already."""


def _twice(write: Callable[[], None]) -> None:
    """Write, and once more where another worker made the same row at the same moment: now it is there to be changed."""
    try:
        write()
    except _DuplicateError:
        write()


@contextmanager
def _in_words() -> Iterator[None]:
    try:
        yield
    except IntegrityError as error:
        raise _DuplicateError(str(error.orig)) from error
    except SQLAlchemyError as error:
        cause = getattr(error, "orig", None) or error
        raise StoreError(f"the database: {str(cause).strip().partition(chr(10))[0]}") from error
