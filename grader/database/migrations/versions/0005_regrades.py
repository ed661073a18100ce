"""Regrades, and which of them a grading is part of."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_INDEXES = ("assignment_id", "suite_id")


def upgrade() -> None:
    """Go to this revision: gradings of before are part of no regrade."""
    op.create_table(
        "regrades",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("assignment_id", sa.Integer(), nullable=False),
        sa.Column("suite_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("which", sa.String(32), nullable=False),
        sa.Column("students", sa.Text(), nullable=False),
        sa.Column("only", sa.Text(), nullable=False),
        sa.Column("chosen", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["assignment_id"], ["assignments.id"]),
        sa.ForeignKeyConstraint(["suite_id"], ["suites.id"]),
        sa.ForeignKeyConstraint(["created_by_id"], ["users.id"]),
        sa.ForeignKeyConstraint(["ended_by_id"], ["users.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    for column in _INDEXES:
        op.create_index(f"ix_regrades_{column}", "regrades", [column])
    with op.batch_alter_table("gradings") as batch:
        batch.add_column(sa.Column("regrade_id", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("replaced_id", sa.Integer(), nullable=True))
        batch.create_foreign_key("fk_gradings_regrade_id", "regrades", ["regrade_id"], ["id"])
        batch.create_index("ix_gradings_regrade_id", ["regrade_id"])


def downgrade() -> None:
    """Go back to the one before."""
    with op.batch_alter_table("gradings") as batch:
        batch.drop_index("ix_gradings_regrade_id")
        batch.drop_constraint("fk_gradings_regrade_id", type_="foreignkey")
        batch.drop_column("replaced_id")
        batch.drop_column("regrade_id")
    op.drop_table("regrades")
