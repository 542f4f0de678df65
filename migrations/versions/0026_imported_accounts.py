"""Accounts of other systems, the sources they come from and the runs that read them."""

import sqlalchemy as sa
from alembic import op

from idp.storage.columns import UtcTime

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

PARTLY = {
    "document": ("document_digest", "document_digest IS NOT NULL"),
    "phone": ("phone_digest", "phone_digest IS NOT NULL"),
    "login": ("login_digest", "login_digest IS NOT NULL"),
    "secret": ("id", "secret IS NOT NULL"),
    "untaken": ("id", "untaken"),
    "unchecked": ("id", "checked_at IS NULL"),
}


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "import_sources",
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("client_id", sa.String(length=64), nullable=True),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"], ["clients.id"], name=op.f("fk_import_sources_client_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_import_sources")),
    )
    op.create_table(
        "import_runs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("file_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("faulty", sa.Integer(), nullable=False),
        sa.Column("fault_bytes", sa.BigInteger(), nullable=False),
        sa.Column("started_at", UtcTime(), nullable=False),
        sa.Column("seen_at", UtcTime(), nullable=False),
        sa.Column("finished_at", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["source"], ["import_sources.code"], name=op.f("fk_import_runs_source"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_runs")),
    )
    op.create_index(op.f("ix_import_runs_source"), "import_runs", ["source"])
    op.create_table(
        "imported_accounts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("content", sa.LargeBinary(length=32), nullable=False),
        sa.Column("told_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("document_digest", sa.LargeBinary(length=32), nullable=True),
        sa.Column("phone_digest", sa.LargeBinary(length=32), nullable=True),
        sa.Column("login_digest", sa.LargeBinary(length=32), nullable=True),
        sa.Column("credit_code", sa.String(length=18), nullable=True),
        sa.Column("secret", sa.Text(), nullable=True),
        sa.Column("untaken", sa.Boolean(), nullable=False),
        sa.Column("checked_at", UtcTime(), nullable=True),
        sa.Column("answer", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("joined_at", UtcTime(), nullable=True),
        sa.Column("joined_by", sa.String(length=16), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["persons.id"], name=op.f("fk_imported_accounts_person_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["source"], ["import_sources.code"], name=op.f("fk_imported_accounts_source"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imported_accounts")),
    )
    for column in ("source", "credit_code", "person_id"):
        op.create_index(op.f(f"ix_imported_accounts_{column}"), "imported_accounts", [column])
    for name, (column, condition) in PARTLY.items():
        only = sa.text(condition)
        op.create_index(
            f"ix_imported_accounts_{name}",
            "imported_accounts",
            [column],
            sqlite_where=only,
            postgresql_where=only,
        )
    op.create_table(
        "imported_claims",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("settled_at", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["imported_accounts.id"],
            name=op.f("fk_imported_claims_account_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["persons.id"], name=op.f("fk_imported_claims_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "person_id", name=op.f("pk_imported_claims")),
    )
    for column in ("person_id", "settled_at"):
        op.create_index(op.f(f"ix_imported_claims_{column}"), "imported_claims", [column])


def downgrade() -> None:
    """Take back."""
    op.drop_table("imported_claims")
    op.drop_table("imported_accounts")
    op.drop_table("import_runs")
    op.drop_table("import_sources")
