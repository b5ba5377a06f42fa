"""The tables. Nothing outside this room sees a row."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class ForeignText(TypeDecorator[str]):
    """Text from strangers, which may hold lone surrogates (bytes that are no UTF-8) and NUL characters.

    Neither database stores those; they are kept as `\\udcXX` and `\\u0000` escapes, and backslashes are doubled.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Escape on the way in."""
        del dialect
        if value is None:
            return None
        doubled = value.replace("\\", "\\\\").replace("\0", "\\u0000")
        return doubled.encode("utf-8", "backslashreplace").decode("utf-8")

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        """Undo the escapes on the way out."""
        del dialect
        if value is None or "\\" not in value:
            return value
        parts = value.split("\\\\")
        return "\\".join(_unescaped(part) for part in parts)


def _unescaped(part: str) -> str:
    head, *escapes = part.split("\\u")
    return head + "".join(chr(int(escape[:4], 16)) + escape[4:] for escape in escapes)


class Moment(TypeDecorator[datetime]):
    """An instant in UTC; SQLite forgets the zone, so it is put back."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give every instant its zone."""
        del dialect
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


class Base(DeclarativeBase):
    """Collects the tables."""


class DeliveryRow(Base):
    """An accepted webhook call."""

    __tablename__ = "deliveries"

    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(ForeignText, unique=True)
    forge: Mapped[str] = mapped_column(Text)
    event: Mapped[str] = mapped_column(ForeignText)
    state: Mapped[str] = mapped_column(Text)
    remark: Mapped[str] = mapped_column(ForeignText, default="")
    work: Mapped[str | None] = mapped_column(ForeignText)
    """JSON of the fields of a ReviewRequested."""
    merge_request_key: Mapped[str | None] = mapped_column(ForeignText)
    received_at: Mapped[datetime] = mapped_column(Moment)
    finished_at: Mapped[datetime | None] = mapped_column(Moment)

    __table_args__ = (Index("deliveries_by_state", "state", "sequence"),)


class MergeRequestRow(Base):
    """A merge request that was judged at least once."""

    __tablename__ = "merge_requests"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(ForeignText, unique=True)
    forge: Mapped[str] = mapped_column(Text)
    host: Mapped[str] = mapped_column(ForeignText)
    repository: Mapped[str] = mapped_column(ForeignText)
    number: Mapped[int]
    title: Mapped[str] = mapped_column(ForeignText)
    author: Mapped[str] = mapped_column(ForeignText)
    url: Mapped[str] = mapped_column(ForeignText)
    target_branch: Mapped[str] = mapped_column(ForeignText)
    head: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    settled_at: Mapped[datetime | None] = mapped_column(Moment)
    """When it was found to be merged or closed."""
    outcome: Mapped[str] = mapped_column(Text)
    policy: Mapped[str] = mapped_column(ForeignText)
    judged_at: Mapped[datetime] = mapped_column(Moment, index=True)
    open_flags: Mapped[int] = mapped_column(default=0)
    judgement: Mapped[str] = mapped_column(ForeignText)
    """The last judgement as JSON."""

    flags: Mapped[list[FlagRow]] = relationship(back_populates="merge_request", cascade="all, delete-orphan")
    artifacts: Mapped[list[ArtifactRow]] = relationship(cascade="all, delete-orphan", order_by="ArtifactRow.id")


class FlagRow(Base):
    """A finding with its life."""

    __tablename__ = "flags"

    id: Mapped[int] = mapped_column(primary_key=True)
    merge_request_id: Mapped[int] = mapped_column(ForeignKey("merge_requests.id", ondelete="CASCADE"))
    fingerprint: Mapped[str] = mapped_column(Text)
    rule: Mapped[str] = mapped_column(Text)
    severity: Mapped[str] = mapped_column(Text)
    path: Mapped[str | None] = mapped_column(ForeignText)
    title: Mapped[str] = mapped_column(ForeignText)
    digest: Mapped[str | None] = mapped_column(Text)
    """SHA-256 of the artifact where it is known."""
    state: Mapped[str] = mapped_column(Text)
    opened_at: Mapped[datetime] = mapped_column(Moment)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
    reopened: Mapped[int] = mapped_column(default=0)
    on_repository: Mapped[bool] = mapped_column(default=False, server_default=false())
    """True where it is about what the merge request brought and lies in the repository now."""

    merge_request: Mapped[MergeRequestRow] = relationship(back_populates="flags")
    history: Mapped[list[FlagEventRow]] = relationship(cascade="all, delete-orphan", order_by="FlagEventRow.id")

    __table_args__ = (
        UniqueConstraint("merge_request_id", "fingerprint"),
        Index("flags_by_state", "state", "id"),
    )


class FlagEventRow(Base):
    """One step in the life of a flag."""

    __tablename__ = "flag_events"

    id: Mapped[int] = mapped_column(primary_key=True)
    flag_id: Mapped[int] = mapped_column(ForeignKey("flags.id", ondelete="CASCADE"), index=True)
    happened_at: Mapped[datetime] = mapped_column(Moment)
    what: Mapped[str] = mapped_column(Text)
    """`opened`, `fixed`, `reopened`, `severity changed`, `merge request closed` or `repository gone`."""
    head: Mapped[str] = mapped_column(Text)


class ArtifactRow(Base):
    """An artifact at the last judged head."""

    __tablename__ = "artifacts"

    id: Mapped[int] = mapped_column(primary_key=True)
    merge_request_id: Mapped[int] = mapped_column(ForeignKey("merge_requests.id", ondelete="CASCADE"), index=True)
    path: Mapped[str] = mapped_column(ForeignText)
    format: Mapped[str] = mapped_column(Text)
    confidence: Mapped[str] = mapped_column(Text)
    size: Mapped[int] = mapped_column(BigInteger)
    size_in_git: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    """Bytes of weights that git itself holds."""
    size_in_store: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    """Bytes of weights in Git LFS and other stores beside git."""
    parameters: Mapped[int | None] = mapped_column(BigInteger)
    sha256: Mapped[str | None] = mapped_column(Text, index=True)
    license: Mapped[str | None] = mapped_column(ForeignText)
    loading: Mapped[str] = mapped_column(Text)
    looked_at: Mapped[datetime | None] = mapped_column(Moment)
    """When it was last looked at again, after it was merged."""
    look: Mapped[str | None] = mapped_column(Text)
    """What that found: a `bot.store.records.Look`."""
    look_remark: Mapped[str | None] = mapped_column(ForeignText)


class PolicyRow(Base):
    """The last policy of a place that could be used."""

    __tablename__ = "policies"

    place: Mapped[str] = mapped_column(ForeignText, primary_key=True)
    """Forge, host and repository, with the branch of a repository's own policy."""
    files: Mapped[str] = mapped_column(ForeignText)
    """JSON object of contents by path."""
    commit: Mapped[str | None] = mapped_column(Text)
    url: Mapped[str | None] = mapped_column(ForeignText)
    kept_at: Mapped[datetime] = mapped_column(Moment)


class InventoryRow(Base):
    """A repository's default branch as it was when it was last looked through."""

    __tablename__ = "inventories"

    repository_key: Mapped[str] = mapped_column(ForeignText, primary_key=True)
    forge: Mapped[str] = mapped_column(Text)
    host: Mapped[str] = mapped_column(ForeignText)
    repository: Mapped[str] = mapped_column(ForeignText)
    branch: Mapped[str] = mapped_column(ForeignText)
    commit: Mapped[str] = mapped_column(Text)
    files: Mapped[int]
    """Files that were looked through."""
    remark: Mapped[str | None] = mapped_column(ForeignText)
    """What could not be looked at."""
    taken_at: Mapped[datetime] = mapped_column(Moment)

    holdings: Mapped[list[HoldingRow]] = relationship(cascade="all, delete-orphan", order_by="HoldingRow.id")


class HoldingRow(Base):
    """Weights that lie in a repository."""

    __tablename__ = "holdings"

    id: Mapped[int] = mapped_column(primary_key=True)
    repository_key: Mapped[str] = mapped_column(
        ForeignText, ForeignKey("inventories.repository_key", ondelete="CASCADE"), index=True
    )
    path: Mapped[str] = mapped_column(ForeignText)
    format: Mapped[str] = mapped_column(Text)
    confidence: Mapped[str] = mapped_column(Text)
    size: Mapped[int] = mapped_column(BigInteger)
    parameters: Mapped[int | None] = mapped_column(BigInteger)
    sha256: Mapped[str | None] = mapped_column(Text, index=True)
    license: Mapped[str | None] = mapped_column(ForeignText)
    loading: Mapped[str] = mapped_column(Text)


class PostedRow(Base):
    """What we wrote on a merge request."""

    __tablename__ = "posted"

    merge_request_key: Mapped[str] = mapped_column(ForeignText, primary_key=True)
    content: Mapped[str] = mapped_column(ForeignText)
    """JSON, see `bot/store/posts.py`."""
    kept_at: Mapped[datetime] = mapped_column(Moment)


class NoteRow(Base):
    """Something that the bot notes down for itself."""

    __tablename__ = "notes"

    name: Mapped[str] = mapped_column(ForeignText, primary_key=True)
    content: Mapped[str] = mapped_column(ForeignText)
    """JSON."""
    kept_at: Mapped[datetime] = mapped_column(Moment)


class WorkerRow(Base):
    """A worker and when it was last heard of."""

    __tablename__ = "workers"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(Moment)


class AllowanceRow(Base):
    """What a forge lets one account of ours ask for."""

    __tablename__ = "allowances"

    account: Mapped[str] = mapped_column(ForeignText, primary_key=True)
    allowed: Mapped[int | None]
    remaining: Mapped[int | None]
    anew_at: Mapped[datetime | None] = mapped_column(Moment)
    not_before: Mapped[datetime | None] = mapped_column(Moment)
