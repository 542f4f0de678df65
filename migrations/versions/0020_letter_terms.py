"""What a letter of authorisation says, by its digest: a mandate that rested and goes on is the same."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("mandate_letters") as table:
        table.add_column(sa.Column("terms", sa.String(length=64), nullable=False, server_default=""))
    with op.batch_alter_table("mandate_letters") as table:
        table.alter_column("terms", server_default=None)


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("mandate_letters") as table:
        table.drop_column("terms")
