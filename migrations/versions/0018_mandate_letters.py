"""Letters of authorisation, and the codes by which they are verified."""

import sqlalchemy as sa
from alembic import op

from idp.storage.columns import UtcTime

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "mandate_letters",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("mandate_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("code_digest", sa.String(length=64), nullable=False),
        sa.Column("code_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("issued_by", sa.Uuid(), nullable=True),
        sa.Column("issued_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["issued_by"],
            ["persons.id"],
            name=op.f("fk_mandate_letters_issued_by"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["mandate_id"],
            ["mandates.id"],
            name=op.f("fk_mandate_letters_mandate_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mandate_letters")),
        sa.UniqueConstraint("code_digest", name=op.f("uq_mandate_letters_code_digest")),
        sa.UniqueConstraint("mandate_id", "version", name=op.f("uq_mandate_letters_mandate_id_version")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("mandate_letters")
