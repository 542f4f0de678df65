"""Civil servants who have said who they are as citizens, so that nobody decides their own case."""

import sqlalchemy as sa
from alembic import op

from idp.storage.columns import UtcTime

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("staff") as table:
        table.add_column(sa.Column("citizen_id", sa.Uuid(), nullable=True))
        table.add_column(sa.Column("linked_at", UtcTime(), nullable=True))
        table.create_index(op.f("ix_staff_citizen_id"), ["citizen_id"])
        table.create_foreign_key(
            op.f("fk_staff_citizen_id"), "persons", ["citizen_id"], ["id"], ondelete="SET NULL"
        )


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("staff") as table:
        table.drop_constraint(op.f("fk_staff_citizen_id"), type_="foreignkey")
        table.drop_index(op.f("ix_staff_citizen_id"))
        table.drop_column("linked_at")
        table.drop_column("citizen_id")
