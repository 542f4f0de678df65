"""Who waits for an organisation to be here, what members of staff look at, how far feeds are read."""

import sqlalchemy as sa
from alembic import op

from idp.storage.columns import UtcTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "organisation_feeds",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("cursor", sa.String(length=255), nullable=False),
        sa.Column("read_at", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_organisation_feeds")),
    )
    op.create_table(
        "organisation_applications",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("credit_code", sa.String(length=18), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("licence_number", sa.String(length=15), nullable=True),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("newly_registered", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("changed_at", UtcTime(), nullable=False),
        sa.Column("settled_at", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_organisation_applications_organisation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["persons.id"],
            name=op.f("fk_organisation_applications_person_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation_applications")),
    )
    with op.batch_alter_table("organisation_applications", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_organisation_applications_credit_code"), ["credit_code"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_organisation_applications_organisation_id"), ["organisation_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_organisation_applications_status_created_at"),
            ["status", "created_at"],
            unique=False,
        )
        batch_op.create_index(
            "uq_organisation_applications_open",
            ["person_id", "credit_code"],
            unique=True,
            sqlite_where=sa.text("settled_at IS NULL"),
            postgresql_where=sa.text("settled_at IS NULL"),
        )

    op.create_table(
        "organisation_reviews",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("credit_code", sa.String(length=18), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("division", sa.String(length=6), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("applicant_id", sa.Uuid(), nullable=True),
        sa.Column("application_id", sa.Uuid(), nullable=True),
        sa.Column("file_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("media_type", sa.String(length=32), nullable=True),
        sa.Column("file_size", sa.Integer(), nullable=True),
        sa.Column("file_sha256", sa.String(length=64), nullable=True),
        sa.Column("grade", sa.String(length=1), nullable=True),
        sa.Column("seen_original", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("first_decider_id", sa.Uuid(), nullable=True),
        sa.Column("first_decided_at", UtcTime(), nullable=True),
        sa.Column("first_reason", sa.String(length=200), nullable=False),
        sa.Column("second_decider_id", sa.Uuid(), nullable=True),
        sa.Column("second_decided_at", UtcTime(), nullable=True),
        sa.Column("second_reason", sa.String(length=200), nullable=False),
        sa.Column("settled_at", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["applicant_id"],
            ["persons.id"],
            name=op.f("fk_organisation_reviews_applicant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["organisation_applications.id"],
            name=op.f("fk_organisation_reviews_application_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["first_decider_id"],
            ["persons.id"],
            name=op.f("fk_organisation_reviews_first_decider_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_organisation_reviews_organisation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["second_decider_id"],
            ["persons.id"],
            name=op.f("fk_organisation_reviews_second_decider_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation_reviews")),
    )
    with op.batch_alter_table("organisation_reviews", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_organisation_reviews_credit_code"), ["credit_code"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_organisation_reviews_division"), ["division"], unique=False)
        batch_op.create_index(batch_op.f("ix_organisation_reviews_settled_at"), ["settled_at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_organisation_reviews_status_created_at"), ["status", "created_at"], unique=False
        )
        batch_op.create_index(
            "uq_organisation_reviews_open",
            ["kind", "applicant_id", "credit_code"],
            unique=True,
            sqlite_where=sa.text("settled_at IS NULL"),
            postgresql_where=sa.text("settled_at IS NULL"),
        )

    with op.batch_alter_table("mandates", schema=None) as batch_op:
        batch_op.add_column(sa.Column("reminded", sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f("ix_mandates_grace_until"), ["grace_until"], unique=False)

    with op.batch_alter_table("organisation_evidence", schema=None) as batch_op:
        batch_op.add_column(sa.Column("document_id", sa.Uuid(), nullable=True))
        batch_op.create_index(
            batch_op.f("ix_organisation_evidence_document_id"), ["document_id"], unique=False
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_organisation_evidence_document_id"),
            "documents",
            ["document_id"],
            ["id"],
            ondelete="SET NULL",
        )

    with op.batch_alter_table("organisations", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_organisations_representative_left_at"), ["representative_left_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_organisations_valid_to"), ["valid_to"], unique=False)


def downgrade() -> None:
    """Undo."""
    with op.batch_alter_table("organisations", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_organisations_valid_to"))
        batch_op.drop_index(batch_op.f("ix_organisations_representative_left_at"))

    with op.batch_alter_table("organisation_evidence", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_organisation_evidence_document_id"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_organisation_evidence_document_id"))
        batch_op.drop_column("document_id")

    with op.batch_alter_table("mandates", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_mandates_grace_until"))
        batch_op.drop_column("reminded")

    with op.batch_alter_table("organisation_reviews", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_organisation_reviews_open",
            sqlite_where=sa.text("settled_at IS NULL"),
            postgresql_where=sa.text("settled_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_organisation_reviews_status_created_at"))
        batch_op.drop_index(batch_op.f("ix_organisation_reviews_settled_at"))
        batch_op.drop_index(batch_op.f("ix_organisation_reviews_division"))
        batch_op.drop_index(batch_op.f("ix_organisation_reviews_credit_code"))

    op.drop_table("organisation_reviews")
    with op.batch_alter_table("organisation_applications", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_organisation_applications_open",
            sqlite_where=sa.text("settled_at IS NULL"),
            postgresql_where=sa.text("settled_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_organisation_applications_status_created_at"))
        batch_op.drop_index(batch_op.f("ix_organisation_applications_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_organisation_applications_credit_code"))

    op.drop_table("organisation_applications")
    op.drop_table("organisation_feeds")
