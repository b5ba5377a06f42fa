"""What weights lie in the repositories, as the default branch stood when it was last looked at.

Revision: 0005, after 0004. The tables are empty at first: `weighbridge backfill` fills them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store.models import ForeignText, Moment

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.create_table(
        "inventories",
        sa.Column("repository_key", ForeignText(), nullable=False),
        sa.Column("forge", sa.Text(), nullable=False),
        sa.Column("host", ForeignText(), nullable=False),
        sa.Column("repository", ForeignText(), nullable=False),
        sa.Column("branch", ForeignText(), nullable=False),
        sa.Column("commit", sa.Text(), nullable=False),
        sa.Column("files", sa.Integer(), nullable=False),
        sa.Column("remark", ForeignText(), nullable=True),
        sa.Column("taken_at", Moment(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("repository_key"),
    )
    op.create_table(
        "holdings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("repository_key", ForeignText(), nullable=False),
        sa.Column("path", ForeignText(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("confidence", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("parameters", sa.BigInteger(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("license", ForeignText(), nullable=True),
        sa.Column("loading", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["repository_key"], ["inventories.repository_key"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("holdings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_holdings_repository_key"), ["repository_key"], unique=False)
        batch_op.create_index(batch_op.f("ix_holdings_sha256"), ["sha256"], unique=False)


def downgrade() -> None:
    """Bring the tables back to the revision before."""
    op.drop_table("holdings")
    op.drop_table("inventories")
