"""Accounts that operators join or take apart, and the subjects that became aliases by it."""

import sqlalchemy as sa
from alembic import op

from idp.storage.columns import UtcTime

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

BY_OPERATORS = ("opened_by", "decided_by")


def upgrade() -> None:
    """Apply."""
    _create_merges()
    _create_splits()
    op.create_table(
        "subject_aliases",
        sa.Column("sub", sa.String(length=64), nullable=False),
        sa.Column("successor", sa.String(length=64), nullable=False),
        sa.Column("merge_id", sa.Uuid(), nullable=False),
        sa.Column("since", UtcTime(), nullable=False),
        _references("subject_aliases", "merge_id", "merges.id", "CASCADE"),
        _references("subject_aliases", "sub", "subjects.sub", "CASCADE"),
        _references("subject_aliases", "successor", "subjects.sub", "CASCADE"),
        sa.PrimaryKeyConstraint("sub", name=op.f("pk_subject_aliases")),
    )
    op.create_index(op.f("ix_subject_aliases_merge_id"), "subject_aliases", ["merge_id"])
    op.create_index(op.f("ix_subject_aliases_successor"), "subject_aliases", ["successor"])


def downgrade() -> None:
    """Take back."""
    op.drop_table("subject_aliases")
    op.drop_table("splits")
    op.drop_table("merges")


def _create_merges() -> None:
    op.create_table(
        "merges",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("survivor_id", sa.Uuid(), nullable=False),
        sa.Column("merged_id", sa.Uuid(), nullable=False),
        sa.Column("origin", sa.String(length=32), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("opened_by", sa.Uuid(), nullable=True),
        sa.Column("opened_at", UtcTime(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", UtcTime(), nullable=True),
        sa.Column("second_reason", sa.String(length=200), nullable=False),
        sa.Column("cools_until", UtcTime(), nullable=True),
        sa.Column("merged_at", UtcTime(), nullable=True),
        sa.Column("undo_until", UtcTime(), nullable=True),
        sa.Column("undone_by", sa.Uuid(), nullable=True),
        sa.Column("undo_reason", sa.String(length=200), nullable=False),
        sa.Column("settled_at", UtcTime(), nullable=True),
        sa.Column("settled_because", sa.String(length=32), nullable=False),
        sa.Column("manifest_sealed", sa.LargeBinary(), nullable=True),
        _references("merges", "department_id", "departments.id", None),
        _references("merges", "survivor_id", "persons.id", "CASCADE"),
        _references("merges", "merged_id", "persons.id", "CASCADE"),
        *(_references("merges", name, "persons.id", "SET NULL") for name in (*BY_OPERATORS, "undone_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merges")),
    )
    op.create_index(op.f("ix_merges_status_cools_until"), "merges", ["status", "cools_until"])
    op.create_index(op.f("ix_merges_status_undo_until"), "merges", ["status", "undo_until"])
    op.create_index(op.f("ix_merges_survivor_id"), "merges", ["survivor_id"])
    op.create_index(op.f("ix_merges_merged_id"), "merges", ["merged_id"])


def _create_splits() -> None:
    op.create_table(
        "splits",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("new_person_id", sa.Uuid(), nullable=True),
        sa.Column("takes", sa.JSON(), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("opened_by", sa.Uuid(), nullable=True),
        sa.Column("opened_at", UtcTime(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", UtcTime(), nullable=True),
        sa.Column("second_reason", sa.String(length=200), nullable=False),
        _references("splits", "department_id", "departments.id", None),
        _references("splits", "person_id", "persons.id", "CASCADE"),
        *(_references("splits", name, "persons.id", "SET NULL") for name in (*BY_OPERATORS, "new_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_splits")),
    )
    op.create_index(op.f("ix_splits_status_opened_at"), "splits", ["status", "opened_at"])
    op.create_index(op.f("ix_splits_person_id"), "splits", ["person_id"])


def _references(table: str, column: str, target: str, ondelete: str | None) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}"), ondelete=ondelete)
