"""What was found when an admitted artifact was looked at again, and flags that live on a repository.

Revision: 0003, after 0002. Artifacts of before count as never looked at again.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bot.store.models

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.add_column("artifacts", sa.Column("looked_at", bot.store.models.Moment(timezone=True), nullable=True))
    op.add_column("artifacts", sa.Column("look", sa.Text(), nullable=True))
    op.add_column("artifacts", sa.Column("look_remark", bot.store.models.ForeignText(), nullable=True))
    op.add_column("flags", sa.Column("on_repository", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    """Bring the tables back to the revision before."""
    op.drop_column("flags", "on_repository")
    for name in ("look_remark", "look", "looked_at"):
        op.drop_column("artifacts", name)
