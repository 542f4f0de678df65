"""Operators settle cases of upstreams, links and claims with a reason; faulty rows are kept sealed."""

import sqlalchemy as sa
from alembic import op

from idp.storage.columns import UtcTime

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None
SETTLED = (("upstream_links", "ended"), ("upstream_cases", "closed"), ("imported_claims", "closed"))


def upgrade() -> None:
    """Apply."""
    for name, verb in SETTLED:
        with op.batch_alter_table(name) as table:
            table.add_column(sa.Column(f"{verb}_by", sa.Uuid(), nullable=True))
            table.add_column(
                sa.Column(f"{verb}_note", sa.String(length=200), server_default="", nullable=False)
            )
            table.create_foreign_key(op.f(f"fk_{name}_{verb}_by"), "persons", [f"{verb}_by"], ["id"])
    op.add_column("imported_claims", sa.Column("closed_at", UtcTime(), nullable=True))
    op.create_table(
        "import_faults",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("fault", sa.String(length=32), nullable=False),
        sa.Column("told_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["import_runs.id"], name=op.f("fk_import_faults_run_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_faults")),
        sa.UniqueConstraint("run_id", "line", name=op.f("uq_import_faults_run_id_line")),
    )
    op.create_index(op.f("ix_import_faults_at"), "import_faults", ["at"])


def downgrade() -> None:
    """Take back."""
    op.drop_table("import_faults")
    with op.batch_alter_table("imported_claims") as table:
        table.drop_column("closed_at")
    for name, verb in SETTLED:
        with op.batch_alter_table(name) as table:
            table.drop_constraint(op.f(f"fk_{name}_{verb}_by"), type_="foreignkey")
            table.drop_column(f"{verb}_note")
            table.drop_column(f"{verb}_by")
