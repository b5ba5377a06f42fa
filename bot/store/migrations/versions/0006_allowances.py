"""What is left of the requests that the forges allow, for all workers together.

Revision: 0006, after 0005. The table is empty at first: the answers of the forges fill it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store.models import ForeignText, Moment

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.create_table(
        "allowances",
        sa.Column("account", ForeignText(), nullable=False),
        sa.Column("allowed", sa.Integer(), nullable=True),
        sa.Column("remaining", sa.Integer(), nullable=True),
        sa.Column("anew_at", Moment(timezone=True), nullable=True),
        sa.Column("not_before", Moment(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("account"),
    )


def downgrade() -> None:
    """Bring the tables back to the revision before."""
    op.drop_table("allowances")
