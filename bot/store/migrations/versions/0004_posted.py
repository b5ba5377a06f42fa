"""What the bot wrote on merge requests, so that it need not look for its own comments.

Revision: 0004, after 0003. What was written before is found by its marks once and then kept.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bot.store.models

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.create_table(
        "posted",
        sa.Column("merge_request_key", bot.store.models.ForeignText(), nullable=False),
        sa.Column("content", bot.store.models.ForeignText(), nullable=False),
        sa.Column("kept_at", bot.store.models.Moment(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("merge_request_key"),
    )


def downgrade() -> None:
    """Bring the tables back to the revision before."""
    op.drop_table("posted")
