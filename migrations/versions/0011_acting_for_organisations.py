"""As what somebody comes, and for whom what they were given is."""

import sqlalchemy as sa
from alembic import op

from idp.storage.columns import UtcTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "capacities",
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("chosen_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_capacities_organisation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name=op.f("fk_capacities_session_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("session_id", "client_id", name=op.f("pk_capacities")),
    )
    with op.batch_alter_table("authorizations", schema=None) as batch_op:
        batch_op.add_column(sa.Column("organisation_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("mandate_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("mandate_version", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("through_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("through_version", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("act_sub", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("details", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("derived_from", sa.Uuid(), nullable=True))
        for column in ("mandate_id", "through_id"):
            only = sa.text(f"{column} IS NOT NULL")
            batch_op.create_index(
                f"ix_authorizations_{column}", [column], sqlite_where=only, postgresql_where=only
            )

    with op.batch_alter_table("participants", schema=None) as batch_op:
        batch_op.drop_constraint("pk_participants", type_="primary")
        batch_op.create_primary_key("pk_participants", ["session_id", "client_id", "sub"])

    with op.batch_alter_table("subjects", schema=None) as batch_op:
        batch_op.add_column(sa.Column("organisation_id", sa.Uuid(), nullable=True))
        batch_op.alter_column("person_id", existing_type=sa.CHAR(length=32), nullable=True)
        batch_op.create_unique_constraint(
            batch_op.f("uq_subjects_sector_organisation_id"), ["sector", "organisation_id"]
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_subjects_organisation_id"),
            "organisations",
            ["organisation_id"],
            ["id"],
            ondelete="CASCADE",
        )


def downgrade() -> None:
    """Take back; subjects of organisations are lost."""
    op.execute("DELETE FROM subjects WHERE person_id IS NULL")
    with op.batch_alter_table("subjects", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_subjects_organisation_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("uq_subjects_sector_organisation_id"), type_="unique")
        batch_op.alter_column("person_id", existing_type=sa.CHAR(length=32), nullable=False)
        batch_op.drop_column("organisation_id")

    with op.batch_alter_table("authorizations", schema=None) as batch_op:
        batch_op.drop_index("ix_authorizations_through_id")
        batch_op.drop_index("ix_authorizations_mandate_id")
        batch_op.drop_column("derived_from")
        batch_op.drop_column("details")
        batch_op.drop_column("act_sub")
        batch_op.drop_column("through_version")
        batch_op.drop_column("through_id")
        batch_op.drop_column("mandate_version")
        batch_op.drop_column("mandate_id")
        batch_op.drop_column("organisation_id")

    op.execute(
        "DELETE FROM participants WHERE EXISTS (SELECT 1 FROM participants p WHERE p.session_id = "
        "participants.session_id AND p.client_id = participants.client_id AND p.sub < participants.sub)"
    )
    with op.batch_alter_table("participants", schema=None) as batch_op:
        batch_op.drop_constraint("pk_participants", type_="primary")
        batch_op.create_primary_key("pk_participants", ["session_id", "client_id"])

    op.drop_table("capacities")
