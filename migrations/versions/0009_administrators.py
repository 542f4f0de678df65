"""Administrators: who may do what in the console, and the trail found by application."""

import sqlalchemy as sa
from alembic import op

from idp.storage.columns import UtcTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

LIVING = "ended_at IS NULL"
ONE_OF_THREE = f"{LIVING} AND role IN ('system', 'security', 'audit')"
HAS_A_CLIENT = "client_id IS NOT NULL"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "administrators",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("approved_at", UtcTime(), nullable=True),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column("ended_at", UtcTime(), nullable=True),
        sa.Column("ended_because", sa.String(length=64), nullable=True),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{table}.id"], name=op.f(f"fk_administrators_{column}_{table}")
            )
            for column, table in (
                ("person_id", "persons"),
                ("department_id", "departments"),
                ("created_by", "persons"),
                ("approved_by", "persons"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_administrators")),
    )
    op.create_index(op.f("ix_administrators_department_id"), "administrators", ["department_id"])
    for name, columns, where in (
        ("uq_administrators_person_id_role", ["person_id", "role"], LIVING),
        ("uq_administrators_one_of_three", ["person_id"], ONE_OF_THREE),
    ):
        op.create_index(
            name,
            "administrators",
            columns,
            unique=True,
            sqlite_where=sa.text(where),
            postgresql_where=sa.text(where),
        )
    op.create_index(
        op.f("ix_audit_events_client_id_at"),
        "audit_events",
        ["client_id", "at"],
        sqlite_where=sa.text(HAS_A_CLIENT),
        postgresql_where=sa.text(HAS_A_CLIENT),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_index(op.f("ix_audit_events_client_id_at"), "audit_events")
    op.drop_table("administrators")
