"""Keep the national hash of name and number, sealed, one for each person."""

import sqlalchemy as sa
from alembic import op

from idp.storage.columns import UtcTime

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "cert_keys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("value_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("basis", sa.LargeBinary(length=32), nullable=False),
        sa.Column("origin", sa.String(length=32), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["persons.id"], name=op.f("fk_cert_keys_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cert_keys")),
        sa.UniqueConstraint("person_id", name=op.f("uq_cert_keys_person_id")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("cert_keys")
