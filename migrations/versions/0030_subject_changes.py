"""Which subjects of a client's own were joined, parted or split, for clients that ask."""

import sqlalchemy as sa
from alembic import op

from idp.storage.columns import UtcTime

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "subject_changes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.Column("sub", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=16), nullable=False),
        sa.Column("other", sa.String(length=64), nullable=True),
        sa.Column("at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subject_changes")),
    )
    op.create_index(op.f("ix_subject_changes_client_id_at_id"), "subject_changes", ["client_id", "at", "id"])
    op.create_index(op.f("ix_subject_changes_at"), "subject_changes", ["at"])


def downgrade() -> None:
    """Take back."""
    op.drop_table("subject_changes")
