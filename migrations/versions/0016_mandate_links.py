"""Mandates that two operators make at a window."""

import sqlalchemy as sa
from alembic import op

from idp.storage.columns import UtcTime

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "mandate_links",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("mandate_id", sa.Uuid(), nullable=False),
        sa.Column("division", sa.String(length=6), nullable=False),
        sa.Column("opened_by", sa.Uuid(), nullable=True),
        sa.Column("opened_at", UtcTime(), nullable=False),
        sa.Column("file_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("media_type", sa.String(length=32), nullable=False),
        sa.Column("file_sha256", sa.String(length=64), nullable=False),
        sa.Column("grade", sa.String(length=1), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column("settled_at", UtcTime(), nullable=True),
        sa.Column("second_reason", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["approved_by"], ["persons.id"], name=op.f("fk_mandate_links_approved_by"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["mandate_id"], ["mandates.id"], name=op.f("fk_mandate_links_mandate_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["opened_by"], ["persons.id"], name=op.f("fk_mandate_links_opened_by"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mandate_links")),
        sa.UniqueConstraint("mandate_id", name=op.f("uq_mandate_links_mandate_id")),
    )
    with op.batch_alter_table("mandate_links", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_mandate_links_division"), ["division"], unique=False)


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("mandate_links", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_mandate_links_division"))

    op.drop_table("mandate_links")
