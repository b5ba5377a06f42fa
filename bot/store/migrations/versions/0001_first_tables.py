"""First tables.

Revision: 0001, after None
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bot.store.models

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.create_table(
        "deliveries",
        sa.Column("sequence", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", bot.store.models.ForeignText(), nullable=False),
        sa.Column("forge", sa.Text(), nullable=False),
        sa.Column("event", bot.store.models.ForeignText(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("remark", bot.store.models.ForeignText(), nullable=False),
        sa.Column("work", bot.store.models.ForeignText(), nullable=True),
        sa.Column("merge_request_key", bot.store.models.ForeignText(), nullable=True),
        sa.Column("received_at", bot.store.models.Moment(timezone=True), nullable=False),
        sa.Column("finished_at", bot.store.models.Moment(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("sequence"),
        sa.UniqueConstraint("id"),
    )
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.create_index("deliveries_by_state", ["state", "sequence"], unique=False)

    op.create_table(
        "merge_requests",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", bot.store.models.ForeignText(), nullable=False),
        sa.Column("forge", sa.Text(), nullable=False),
        sa.Column("host", bot.store.models.ForeignText(), nullable=False),
        sa.Column("repository", bot.store.models.ForeignText(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", bot.store.models.ForeignText(), nullable=False),
        sa.Column("author", bot.store.models.ForeignText(), nullable=False),
        sa.Column("url", bot.store.models.ForeignText(), nullable=False),
        sa.Column("target_branch", bot.store.models.ForeignText(), nullable=False),
        sa.Column("head", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("policy", bot.store.models.ForeignText(), nullable=False),
        sa.Column("judged_at", bot.store.models.Moment(timezone=True), nullable=False),
        sa.Column("open_flags", sa.Integer(), nullable=False),
        sa.Column("judgement", bot.store.models.ForeignText(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    with op.batch_alter_table("merge_requests", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_merge_requests_judged_at"), ["judged_at"], unique=False)

    op.create_table(
        "workers",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("seen_at", bot.store.models.Moment(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "artifacts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("merge_request_id", sa.Integer(), nullable=False),
        sa.Column("path", bot.store.models.ForeignText(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("confidence", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("parameters", sa.BigInteger(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("license", bot.store.models.ForeignText(), nullable=True),
        sa.Column("loading", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["merge_request_id"], ["merge_requests.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("artifacts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_artifacts_merge_request_id"), ["merge_request_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_artifacts_sha256"), ["sha256"], unique=False)

    op.create_table(
        "flags",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("merge_request_id", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("path", bot.store.models.ForeignText(), nullable=True),
        sa.Column("title", bot.store.models.ForeignText(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("opened_at", bot.store.models.Moment(timezone=True), nullable=False),
        sa.Column("closed_at", bot.store.models.Moment(timezone=True), nullable=True),
        sa.Column("reopened", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["merge_request_id"], ["merge_requests.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("merge_request_id", "fingerprint"),
    )
    with op.batch_alter_table("flags", schema=None) as batch_op:
        batch_op.create_index("flags_by_state", ["state", "id"], unique=False)

    op.create_table(
        "flag_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("flag_id", sa.Integer(), nullable=False),
        sa.Column("happened_at", bot.store.models.Moment(timezone=True), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("head", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["flag_id"], ["flags.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("flag_events", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_flag_events_flag_id"), ["flag_id"], unique=False)


def downgrade() -> None:
    """Bring the tables back to the revision before."""
    with op.batch_alter_table("flag_events", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_flag_events_flag_id"))

    op.drop_table("flag_events")
    with op.batch_alter_table("flags", schema=None) as batch_op:
        batch_op.drop_index("flags_by_state")

    op.drop_table("flags")
    with op.batch_alter_table("artifacts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_artifacts_sha256"))
        batch_op.drop_index(batch_op.f("ix_artifacts_merge_request_id"))

    op.drop_table("artifacts")
    op.drop_table("workers")
    with op.batch_alter_table("merge_requests", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_merge_requests_judged_at"))

    op.drop_table("merge_requests")
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.drop_index("deliveries_by_state")

    op.drop_table("deliveries")
