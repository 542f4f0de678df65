"""The browsers a person has signed in with."""

import sqlalchemy as sa
from alembic import op

from idp.storage.columns import UtcTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "known_devices",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("first_at", UtcTime(), nullable=False),
        sa.Column("last_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["persons.id"], name=op.f("fk_known_devices_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_known_devices")),
    )
    with op.batch_alter_table("known_devices") as table:
        table.create_index(op.f("ix_known_devices_person_id"), ["person_id"])


def downgrade() -> None:
    """Take back."""
    op.drop_table("known_devices")
