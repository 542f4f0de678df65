"""Credentials of every kind, the realm of a person, and the least proof they ask of themselves."""

import sqlalchemy as sa
from alembic import op

from idp.storage.columns import UtcTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("credentials") as table:
        table.add_column(sa.Column("seed_sealed", sa.LargeBinary(), nullable=True))
        table.add_column(sa.Column("name", sa.String(length=64), nullable=False, server_default=""))
        table.add_column(sa.Column("handle", sa.String(length=64), nullable=True))
        table.add_column(sa.Column("details", sa.JSON(), nullable=False, server_default="{}"))
        table.add_column(sa.Column("used", sa.BigInteger(), nullable=False, server_default="0"))
        table.add_column(sa.Column("used_at", UtcTime(), nullable=True))
        table.create_unique_constraint(op.f("uq_credentials_handle"), ["handle"])
    with op.batch_alter_table("persons") as table:
        table.add_column(sa.Column("realm", sa.String(length=16), nullable=False, server_default="citizen"))
        table.add_column(sa.Column("least_aal", sa.Integer(), nullable=False, server_default="1"))


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("persons") as table:
        table.drop_column("least_aal")
        table.drop_column("realm")
    with op.batch_alter_table("credentials") as table:
        table.drop_constraint(op.f("uq_credentials_handle"), type_="unique")
        for column in ("used_at", "used", "details", "handle", "name", "seed_sealed"):
            table.drop_column(column)
