"""By which means an account was recovered, and which sessions they have let in meanwhile."""

import sqlalchemy as sa
from alembic import op

from idp.storage.columns import Words

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply; with PostgreSQL no row is rewritten."""
    op.add_column("persons", sa.Column("held_means", Words(), nullable=False, server_default=""))
    op.add_column("sessions", sa.Column("let_in_by", Words(), nullable=False, server_default=""))


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("sessions") as table:
        table.drop_column("let_in_by")
    with op.batch_alter_table("persons") as table:
        table.drop_column("held_means")
