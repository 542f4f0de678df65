"""Whose an account at another identity provider is here, and the cases in which we and it disagree."""

import sqlalchemy as sa
from alembic import op

from idp.storage.columns import UtcTime

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "upstream_cases",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("upstream", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("subject_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("number_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("other_person_id", sa.Uuid(), nullable=True),
        sa.Column("opened_at", UtcTime(), nullable=False),
        sa.Column("closed_at", UtcTime(), nullable=True),
        sa.Column("closed_because", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(
            ["other_person_id"],
            ["persons.id"],
            name=op.f("fk_upstream_cases_other_person_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["persons.id"], name=op.f("fk_upstream_cases_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upstream_cases")),
    )
    with op.batch_alter_table("upstream_cases", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_upstream_cases_person_id"), ["person_id"], unique=False)
        batch_op.create_index(
            "uq_upstream_cases_digest",
            ["digest"],
            unique=True,
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )

    op.create_table(
        "upstream_links",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("upstream", sa.String(length=32), nullable=False),
        sa.Column("subject_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("proven_by", sa.String(length=32), nullable=False),
        sa.Column("linked_at", UtcTime(), nullable=False),
        sa.Column("last_at", UtcTime(), nullable=False),
        sa.Column("ended_at", UtcTime(), nullable=True),
        sa.Column("ended_because", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["persons.id"], name=op.f("fk_upstream_links_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upstream_links")),
    )
    with op.batch_alter_table("upstream_links", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_upstream_links_person_id"), ["person_id"], unique=False)

    op.create_table(
        "upstream_indexes",
        sa.Column("link_id", sa.Uuid(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["link_id"], ["upstream_links.id"], name=op.f("fk_upstream_indexes_link_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("link_id", "generation", name=op.f("pk_upstream_indexes")),
        sa.UniqueConstraint("generation", "digest", name=op.f("uq_upstream_indexes_generation_digest")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("upstream_indexes")
    with op.batch_alter_table("upstream_links", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_upstream_links_person_id"))

    op.drop_table("upstream_links")
    with op.batch_alter_table("upstream_cases", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_upstream_cases_digest",
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_upstream_cases_person_id"))

    op.drop_table("upstream_cases")
