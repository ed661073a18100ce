"""Drafts of the tests, and the trials that they are put to."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision: nothing of before is a draft."""
    _create_drafts()
    _create_trials()
    with op.batch_alter_table("suites") as batch:
        batch.add_column(sa.Column("draft", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("gradings") as batch:
        batch.add_column(sa.Column("trial_id", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("place", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("only", sa.Text(), nullable=False, server_default="[]"))
        batch.create_foreign_key("fk_gradings_trial_id", "trials", ["trial_id"], ["id"])
        batch.create_index("ix_gradings_trial_id", ["trial_id"])
    with op.batch_alter_table("case_results") as batch:
        batch.add_column(sa.Column("deviation", sa.Double(), nullable=True))


def _create_drafts() -> None:
    op.create_table(
        "drafts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("assignment_id", sa.Integer(), nullable=False),
        sa.Column("based_on_id", sa.Integer(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["assignment_id"], ["assignments.id"]),
        sa.ForeignKeyConstraint(["based_on_id"], ["suites.id"]),
        sa.ForeignKeyConstraint(["changed_by_id"], ["users.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("assignment_id"),
    )
    op.create_table(
        "draft_files",
        sa.Column("draft_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("blob_digest", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(["draft_id"], ["drafts.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["blob_digest"], ["blobs.digest"]),
        sa.PrimaryKeyConstraint("draft_id", "name"),
    )
    op.create_index("ix_draft_files_blob_digest", "draft_files", ["blob_digest"])


def _create_trials() -> None:
    op.create_table(
        "trials",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("assignment_id", sa.Integer(), nullable=False),
        sa.Column("suite_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("hand_ins", sa.Text(), nullable=False),
        sa.Column("finding", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["assignment_id"], ["assignments.id"]),
        sa.ForeignKeyConstraint(["suite_id"], ["suites.id"]),
        sa.ForeignKeyConstraint(["created_by_id"], ["users.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    for column in ("assignment_id", "suite_id"):
        op.create_index(f"ix_trials_{column}", "trials", [column])


def downgrade() -> None:
    """Go back to the one before."""
    with op.batch_alter_table("case_results") as batch:
        batch.drop_column("deviation")
    with op.batch_alter_table("gradings") as batch:
        batch.drop_index("ix_gradings_trial_id")
        batch.drop_constraint("fk_gradings_trial_id", type_="foreignkey")
        batch.drop_column("only")
        batch.drop_column("place")
        batch.drop_column("trial_id")
    with op.batch_alter_table("suites") as batch:
        batch.drop_column("draft")
    op.drop_table("trials")
    op.drop_table("draft_files")
    op.drop_table("drafts")
