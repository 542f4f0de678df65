"""Operators without a key witness at a page: visits that wait, windows, cases that are refused."""

import sqlalchemy as sa
from alembic import op

from idp.storage.columns import UtcTime

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "window_visits",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.Column("operator_id", sa.Uuid(), nullable=False),
        sa.Column("assertion_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("arrived_at", UtcTime(), nullable=False),
        sa.Column("expires_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["persons.id"], name=op.f("fk_window_visits_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["window_operators.id"], name=op.f("fk_window_visits_operator_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_window_visits")),
        sa.UniqueConstraint("request_id", name=op.f("uq_window_visits_request_id")),
    )
    for column in ("expires_at", "operator_id"):
        op.create_index(op.f(f"ix_window_visits_{column}"), "window_visits", [column])
    with op.batch_alter_table("window_operators") as table:
        table.alter_column("key", existing_type=sa.JSON(), nullable=True)
        table.add_column(sa.Column("department_id", sa.Uuid(), nullable=True))
        table.create_foreign_key(
            op.f("fk_window_operators_department_id"), "departments", ["department_id"], ["id"]
        )
    with op.batch_alter_table("window_cases") as table:
        table.add_column(sa.Column("refused_by", sa.Uuid(), nullable=True))
        table.add_column(sa.Column("refused_at", UtcTime(), nullable=True))
        table.create_foreign_key(
            op.f("fk_window_cases_refused_by"), "window_operators", ["refused_by"], ["id"]
        )


def downgrade() -> None:
    """Take back; operators without a key have ended."""
    with op.batch_alter_table("window_cases") as table:
        table.drop_constraint(op.f("fk_window_cases_refused_by"), type_="foreignkey")
        table.drop_column("refused_at")
        table.drop_column("refused_by")
    op.drop_table("window_visits")
    op.execute(
        "UPDATE window_operators SET key = '{}', ended_at = COALESCE(ended_at, created_at) WHERE key IS NULL"
    )
    with op.batch_alter_table("window_operators") as table:
        table.drop_constraint(op.f("fk_window_operators_department_id"), type_="foreignkey")
        table.drop_column("department_id")
        table.alter_column("key", existing_type=sa.JSON(), nullable=False)
