"""Organisations, what was verified about them, their history, and the mandates of those who act for them."""

import sqlalchemy as sa
from alembic import op

from idp.storage.columns import UtcTime, Words

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "organisations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("credit_code", sa.String(length=18), nullable=False),
        sa.Column("organisation_code", sa.String(length=9), nullable=False),
        sa.Column("licence_number", sa.String(length=15), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("former_names", sa.JSON(), nullable=False),
        sa.Column("division", sa.String(length=6), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("standing", sa.String(length=16), nullable=False),
        sa.Column("standing_because", sa.String(length=32), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("representative_id", sa.Uuid(), nullable=True),
        sa.Column("represented_since", UtcTime(), nullable=True),
        sa.Column("representative_left_at", UtcTime(), nullable=True),
        sa.Column("valid_to", UtcTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("origin", sa.String(length=32), nullable=False),
        sa.Column("registered_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("checked_at", UtcTime(), nullable=True),
        sa.Column("check_after", UtcTime(), nullable=True),
        sa.Column("standing_changed_at", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["registered_by"],
            ["persons.id"],
            name=op.f("fk_organisations_registered_by"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["representative_id"],
            ["persons.id"],
            name=op.f("fk_organisations_representative_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisations")),
        sa.UniqueConstraint("credit_code", name=op.f("uq_organisations_credit_code")),
        sa.UniqueConstraint("licence_number", name=op.f("uq_organisations_licence_number")),
    )
    with op.batch_alter_table("organisations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_organisations_division"), ["division"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_organisations_organisation_code"), ["organisation_code"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_organisations_representative_id"), ["representative_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_organisations_standing_check_after"), ["standing", "check_after"], unique=False
        )

    op.create_table(
        "mandates",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("agent_person_id", sa.Uuid(), nullable=True),
        sa.Column("agent_organisation_id", sa.Uuid(), nullable=True),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("granted_under", sa.Uuid(), nullable=True),
        sa.Column("granted_by", sa.Uuid(), nullable=True),
        sa.Column("basis", sa.String(length=16), nullable=False),
        sa.Column("evidence_id", sa.Uuid(), nullable=True),
        sa.Column("supersedes", sa.Uuid(), nullable=True),
        sa.Column("everything", sa.Boolean(), nullable=False),
        sa.Column("matters", Words(), nullable=False),
        sa.Column("groups", Words(), nullable=False),
        sa.Column("actions", Words(), nullable=False),
        sa.Column("regions", Words(), nullable=False),
        sa.Column("projects", Words(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("once", sa.Boolean(), nullable=False),
        sa.Column("used_at", UtcTime(), nullable=True),
        sa.Column("may_delegate", sa.Boolean(), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("signed_at", UtcTime(), nullable=True),
        sa.Column("accepted_at", UtcTime(), nullable=True),
        sa.Column("valid_from", UtcTime(), nullable=False),
        sa.Column("valid_until", UtcTime(), nullable=False),
        sa.Column("settles_at", UtcTime(), nullable=True),
        sa.Column("grace_until", UtcTime(), nullable=True),
        sa.Column("ended_at", UtcTime(), nullable=True),
        sa.Column("ended_because", sa.String(length=32), nullable=True),
        sa.Column("invitee_digest", sa.LargeBinary(length=32), nullable=True),
        sa.Column("invitee_name_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("handle_digest", sa.String(length=64), nullable=True),
        sa.CheckConstraint(
            "agent_person_id IS NULL OR agent_organisation_id IS NULL", name=op.f("ck_mandates_one_agent")
        ),
        sa.ForeignKeyConstraint(
            ["agent_organisation_id"],
            ["organisations.id"],
            name=op.f("fk_mandates_agent_organisation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["agent_person_id"], ["persons.id"], name=op.f("fk_mandates_agent_person_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["granted_by"], ["persons.id"], name=op.f("fk_mandates_granted_by"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["granted_under"], ["mandates.id"], name=op.f("fk_mandates_granted_under"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_mandates_organisation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mandates")),
        sa.UniqueConstraint("handle_digest", name=op.f("uq_mandates_handle_digest")),
    )
    with op.batch_alter_table("mandates", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_mandates_agent_organisation_id_organisation_id"),
            ["agent_organisation_id", "organisation_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_mandates_agent_person_id_organisation_id"),
            ["agent_person_id", "organisation_id"],
            unique=False,
        )
        batch_op.create_index(batch_op.f("ix_mandates_granted_under"), ["granted_under"], unique=False)
        batch_op.create_index(batch_op.f("ix_mandates_invitee_digest"), ["invitee_digest"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_mandates_organisation_id_state"), ["organisation_id", "state"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_mandates_settles_at"), ["settles_at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_mandates_state_valid_until"), ["state", "valid_until"], unique=False
        )
        batch_op.create_index(
            "uq_mandates_representative",
            ["organisation_id"],
            unique=True,
            sqlite_where=sa.text("role = 'representative' AND state IN ('active', 'suspended')"),
            postgresql_where=sa.text("role = 'representative' AND state IN ('active', 'suspended')"),
        )

    op.create_table(
        "organisation_evidence",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("method", sa.String(length=32), nullable=False),
        sa.Column("authority", sa.String(length=64), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=True),
        sa.Column("grade", sa.String(length=1), nullable=True),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("expires_at", UtcTime(), nullable=True),
        sa.Column("withdrawn_at", UtcTime(), nullable=True),
        sa.Column("withdrawn_because", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_organisation_evidence_organisation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["persons.id"],
            name=op.f("fk_organisation_evidence_person_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation_evidence")),
    )
    with op.batch_alter_table("organisation_evidence", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_organisation_evidence_organisation_id"), ["organisation_id"], unique=False
        )

    op.create_table(
        "organisation_records",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("what", sa.String(length=48), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("mandate_id", sa.Uuid(), nullable=True),
        sa.Column("client_id", sa.String(length=64), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_organisation_records_organisation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["persons.id"], name=op.f("fk_organisation_records_person_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation_records")),
    )
    with op.batch_alter_table("organisation_records", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_organisation_records_mandate_id"), ["mandate_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_organisation_records_organisation_id_at"), ["organisation_id", "at"], unique=False
        )

    with op.batch_alter_table("matters", schema=None) as batch_op:
        batch_op.add_column(sa.Column("winds_up", sa.Boolean(), server_default="0", nullable=False))


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("matters", schema=None) as batch_op:
        batch_op.drop_column("winds_up")

    with op.batch_alter_table("organisation_records", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_organisation_records_organisation_id_at"))
        batch_op.drop_index(batch_op.f("ix_organisation_records_mandate_id"))

    op.drop_table("organisation_records")
    with op.batch_alter_table("organisation_evidence", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_organisation_evidence_organisation_id"))

    op.drop_table("organisation_evidence")
    with op.batch_alter_table("mandates", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_mandates_representative",
            sqlite_where=sa.text("role = 'representative' AND state IN ('active', 'suspended')"),
            postgresql_where=sa.text("role = 'representative' AND state IN ('active', 'suspended')"),
        )
        batch_op.drop_index(batch_op.f("ix_mandates_state_valid_until"))
        batch_op.drop_index(batch_op.f("ix_mandates_settles_at"))
        batch_op.drop_index(batch_op.f("ix_mandates_organisation_id_state"))
        batch_op.drop_index(batch_op.f("ix_mandates_invitee_digest"))
        batch_op.drop_index(batch_op.f("ix_mandates_granted_under"))
        batch_op.drop_index(batch_op.f("ix_mandates_agent_person_id_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_mandates_agent_organisation_id_organisation_id"))

    op.drop_table("mandates")
    with op.batch_alter_table("organisations", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_organisations_standing_check_after"))
        batch_op.drop_index(batch_op.f("ix_organisations_representative_id"))
        batch_op.drop_index(batch_op.f("ix_organisations_organisation_code"))
        batch_op.drop_index(batch_op.f("ix_organisations_division"))

    op.drop_table("organisations")
