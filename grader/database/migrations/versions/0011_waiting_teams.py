"""Teams that a roster names for people who are invited: they join them with the course."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision: nobody waits for a team yet."""
    with op.batch_alter_table("invitations") as batch:
        batch.add_column(sa.Column("teams", sa.Text(), nullable=True))


def downgrade() -> None:
    """Go back to the one before."""
    with op.batch_alter_table("invitations") as batch:
        batch.drop_column("teams")
