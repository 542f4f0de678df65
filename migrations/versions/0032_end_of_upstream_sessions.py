"""At which upstream a session is to end by our call when its person signs out here."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("sessions", sa.Column("upstream", sa.String(length=32), nullable=True))


def downgrade() -> None:
    """Take back."""
    op.drop_column("sessions", "upstream")
