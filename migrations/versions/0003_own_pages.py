"""Names of devices, choices of style and of notices, and the hold after a change of phone."""

import sqlalchemy as sa
from alembic import op

from idp.storage.columns import UtcTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("sessions") as table:
        table.add_column(sa.Column("name", sa.String(length=64), nullable=False, server_default=""))
    with op.batch_alter_table("persons") as table:
        table.add_column(sa.Column("style", sa.String(length=16), nullable=True))
        table.add_column(sa.Column("held_until", UtcTime(), nullable=True))
    op.create_table(
        "notices_declined",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["persons.id"],
            name=op.f("fk_notices_declined_person_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("person_id", "kind", "channel", name=op.f("pk_notices_declined")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("notices_declined")
    with op.batch_alter_table("persons") as table:
        table.drop_column("held_until")
        table.drop_column("style")
    with op.batch_alter_table("sessions") as table:
        table.drop_column("name")
