"""Since when a proof by a person lets them in: everything of theirs ended then."""

import sqlalchemy as sa
from alembic import op

from idp.storage.columns import UtcTime

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("persons", sa.Column("proofs_count_from", UtcTime(), nullable=True))


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("persons") as table:
        table.drop_column("proofs_count_from")
