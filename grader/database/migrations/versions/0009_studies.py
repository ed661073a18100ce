"""What people study: programme and degree beside their matriculation number."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TABLES = ("users", "invitations")


def upgrade() -> None:
    """Go to this revision: of nobody it is known yet."""
    for table in TABLES:
        with op.batch_alter_table(table) as batch:
            batch.add_column(sa.Column("programme", sa.String(200), nullable=True))
            batch.add_column(sa.Column("degree", sa.String(64), nullable=True))


def downgrade() -> None:
    """Go back to the one before."""
    for table in TABLES:
        with op.batch_alter_table(table) as batch:
            batch.drop_column("degree")
            batch.drop_column("programme")
