"""Answers of registries that departments may be given again."""

import sqlalchemy as sa
from alembic import op

from idp.storage.columns import UtcTime

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "verifications",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("authority", sa.String(length=64), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verifications")),
    )
    op.create_index(op.f("ix_verifications_digest_at"), "verifications", ["digest", "at"])
    op.create_index(op.f("ix_verifications_at"), "verifications", ["at"])


def downgrade() -> None:
    """Take back."""
    op.drop_table("verifications")
