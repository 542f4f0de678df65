"""Guardians and the minors in their care."""

import sqlalchemy as sa
from alembic import op

from idp.storage.columns import UtcTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "guardianships",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("guardian_id", sa.Uuid(), nullable=False),
        sa.Column("ward_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("relation", sa.String(length=2), nullable=False),
        sa.Column("grade", sa.String(length=16), nullable=False),
        sa.Column("authority", sa.String(length=64), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.Column("last_year", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("agreed_at", UtcTime(), nullable=True),
        sa.Column("ended_at", UtcTime(), nullable=True),
        sa.Column("ended_because", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(
            ["guardian_id"],
            ["persons.id"],
            name=op.f("fk_guardianships_guardian_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["ward_id"],
            ["persons.id"],
            name=op.f("fk_guardianships_ward_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guardianships")),
    )
    still = sa.text("ended_at IS NULL")
    op.create_index(
        "uq_guardianships_digest",
        "guardianships",
        ["digest"],
        unique=True,
        sqlite_where=still,
        postgresql_where=still,
    )
    for column in ("guardian_id", "ward_id", "last_year"):
        op.create_index(op.f(f"ix_guardianships_{column}"), "guardianships", [column])


def downgrade() -> None:
    """Take back."""
    op.drop_table("guardianships")
