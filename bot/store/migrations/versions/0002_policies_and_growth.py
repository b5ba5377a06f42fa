"""The last good policies, and what merged merge requests brought.

Revision: 0002, after 0001. Bytes of artifacts judged before are counted as none: nobody noted which of them git holds.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bot.store.models

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.create_table(
        "policies",
        sa.Column("place", bot.store.models.ForeignText(), nullable=False),
        sa.Column("files", bot.store.models.ForeignText(), nullable=False),
        sa.Column("commit", sa.Text(), nullable=True),
        sa.Column("url", bot.store.models.ForeignText(), nullable=True),
        sa.Column("kept_at", bot.store.models.Moment(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("place"),
    )
    op.add_column("merge_requests", sa.Column("settled_at", bot.store.models.Moment(timezone=True), nullable=True))
    for name in ("size_in_git", "size_in_store"):
        op.add_column("artifacts", sa.Column(name, sa.BigInteger(), server_default="0", nullable=False))


def downgrade() -> None:
    """Bring the tables back to the revision before."""
    for name in ("size_in_store", "size_in_git"):
        op.drop_column("artifacts", name)
    op.drop_column("merge_requests", "settled_at")
    op.drop_table("policies")
