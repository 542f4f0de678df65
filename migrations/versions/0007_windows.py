"""Service windows: operators, documents that go back to their owner, one-time slips."""

import sqlalchemy as sa
from alembic import op

from idp.storage.columns import UtcTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "window_operators",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("key", sa.JSON(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("ended_at", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["persons.id"],
            name=op.f("fk_window_operators_person_id_persons"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_window_operators")),
        sa.UniqueConstraint("number", name=op.f("uq_window_operators_number")),
    )
    op.create_table(
        "window_cases",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("holder_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("device", sa.String(length=64), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.Column("opened_by", sa.Uuid(), nullable=False),
        sa.Column("opened_at", UtcTime(), nullable=False),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column("approved_at", UtcTime(), nullable=True),
        sa.Column("undo_until", UtcTime(), nullable=True),
        sa.Column("undone_by", sa.Uuid(), nullable=True),
        sa.Column("undone_at", UtcTime(), nullable=True),
        *(
            sa.ForeignKeyConstraint([column], ["window_operators.id"], name=op.f(f"fk_window_cases_{column}"))
            for column in ("opened_by", "approved_by", "undone_by")
        ),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{table}.id"], name=op.f(f"fk_window_cases_{column}"), ondelete="CASCADE"
            )
            for column, table in (
                ("document_id", "documents"),
                ("holder_id", "persons"),
                ("owner_id", "persons"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_window_cases")),
    )
    op.create_table(
        "window_slips",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("operator_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("ready_at", UtcTime(), nullable=False),
        sa.Column("expires_at", UtcTime(), nullable=False),
        sa.Column("used_at", UtcTime(), nullable=True),
        sa.Column("stopped_at", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["persons.id"], name=op.f("fk_window_slips_person_id_persons"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["operator_id"],
            ["window_operators.id"],
            name=op.f("fk_window_slips_operator_id_window_operators"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_window_slips")),
        sa.UniqueConstraint("digest", name=op.f("uq_window_slips_digest")),
    )
    op.create_index(op.f("ix_window_slips_person_id"), "window_slips", ["person_id"])


def downgrade() -> None:
    """Take back."""
    for table in ("window_slips", "window_cases", "window_operators"):
        op.drop_table(table)
