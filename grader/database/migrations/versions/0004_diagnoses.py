"""Diagnoses of a grading."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision: gradings of before have no diagnosis."""
    op.add_column("gradings", sa.Column("diagnoses", sa.Text(), nullable=False, server_default="[]"))


def downgrade() -> None:
    """Go back to the one before."""
    op.drop_column("gradings", "diagnoses")
