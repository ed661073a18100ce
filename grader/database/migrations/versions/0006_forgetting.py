"""What a course keeps of its students: for how long, and once somebody is to be forgotten."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision: courses of before keep everything, and forget everything when told to."""
    with op.batch_alter_table("courses") as batch:
        batch.add_column(sa.Column("retention_days", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("forgetting", sa.String(32), nullable=False, server_default="everything"))


def downgrade() -> None:
    """Go back to the one before."""
    with op.batch_alter_table("courses") as batch:
        batch.drop_column("forgetting")
        batch.drop_column("retention_days")
