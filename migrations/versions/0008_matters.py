"""The catalogue of service matters."""

import sqlalchemy as sa
from alembic import op

from idp.storage.columns import UtcTime, Words

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "matter_groups",
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("name_en", sa.String(length=128), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_matter_groups")),
    )
    op.create_table(
        "matters",
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("name_en", sa.String(length=128), nullable=True),
        sa.Column("group_code", sa.String(length=32), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("actions", Words(), nullable=False),
        sa.Column("minimum_ial", sa.Integer(), nullable=False),
        sa.Column("minimum_aal", sa.Integer(), nullable=False),
        sa.Column("high_risk", sa.Boolean(), nullable=False),
        sa.Column("listed_since", UtcTime(), nullable=False),
        sa.Column("grouped_since", UtcTime(), nullable=False),
        sa.Column("split_from", sa.String(length=32), nullable=True),
        sa.Column("withdrawn_at", UtcTime(), nullable=True),
        sa.Column("withdrawn_because", sa.String(length=32), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", UtcTime(), nullable=False),
        sa.CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawn_because IS NULL)",
            name=op.f("ck_matters_withdrawn_for_a_reason"),
        ),
        sa.ForeignKeyConstraint(["group_code"], ["matter_groups.code"], name=op.f("fk_matters_group_code")),
        sa.ForeignKeyConstraint(["department_id"], ["departments.id"], name=op.f("fk_matters_department_id")),
        sa.ForeignKeyConstraint(["split_from"], ["matters.code"], name=op.f("fk_matters_split_from")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_matters")),
    )
    op.create_index(op.f("ix_matters_group_code"), "matters", ["group_code"])


def downgrade() -> None:
    """Take back."""
    op.drop_table("matters")
    op.drop_table("matter_groups")
