"""Organisations are found by pairs of characters of their names; those that are here are indexed."""

from itertools import pairwise

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None
AT_ONCE = 500


def upgrade() -> None:
    """Apply."""
    parts = op.create_table(
        "organisation_name_parts",
        sa.Column("pair", sa.String(length=4), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_organisation_name_parts_organisation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("pair", "organisation_id", name=op.f("pk_organisation_name_parts")),
    )
    op.create_index(
        op.f("ix_organisation_name_parts_organisation_id"), "organisation_name_parts", ["organisation_id"]
    )
    organisations = sa.table("organisations", sa.column("id", sa.Uuid()), sa.column("name", sa.String()))
    rows = op.get_bind().execute(sa.select(organisations.c.id, organisations.c.name)).all()
    for start in range(0, len(rows), AT_ONCE):
        values = [
            {"pair": pair, "organisation_id": row.id}
            for row in rows[start : start + AT_ONCE]
            for pair in sorted(set(map("".join, pairwise(" ".join(row.name.split()).casefold()))))
        ]
        if values:
            op.bulk_insert(parts, values)


def downgrade() -> None:
    """Take back."""
    op.drop_table("organisation_name_parts")
