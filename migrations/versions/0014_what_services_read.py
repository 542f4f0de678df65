"""What services read of a person: how often, what, by day."""

import sqlalchemy as sa
from alembic import op

from idp.storage.columns import UtcTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "data_reads",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("last_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["persons.id"], name=op.f("fk_data_reads_person_id_persons"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_reads")),
        sa.UniqueConstraint(
            "person_id",
            "client_id",
            "day",
            "scopes",
            name=op.f("uq_data_reads_person_id_client_id_day_scopes"),
        ),
    )
    op.create_index(op.f("ix_data_reads_day"), "data_reads", ["day"])


def downgrade() -> None:
    """Take back."""
    op.drop_table("data_reads")
