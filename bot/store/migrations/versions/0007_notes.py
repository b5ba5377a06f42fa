"""What the bot notes down for itself, such as when it last looked for missed webhooks.

Revision: 0007, after 0006. The table is empty at first.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store.models import ForeignText, Moment

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.create_table(
        "notes",
        sa.Column("name", ForeignText(), nullable=False),
        sa.Column("content", ForeignText(), nullable=False),
        sa.Column("kept_at", Moment(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )


def downgrade() -> None:
    """Bring the tables back to the revision before."""
    op.drop_table("notes")
