"""Find the organisations that act for one without looking at everybody who does."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

NAME = "ix_mandates_organisations_that_act"
ONLY = sa.text("agent_organisation_id IS NOT NULL")


def upgrade() -> None:
    """Apply."""
    op.create_index(
        NAME,
        "mandates",
        ["organisation_id", "agent_organisation_id"],
        sqlite_where=ONLY,
        postgresql_where=ONLY,
    )


def downgrade() -> None:
    """Take back."""
    op.drop_index(NAME, table_name="mandates", sqlite_where=ONLY, postgresql_where=ONLY)
