"""Civil servants: what their directory says of them."""

import sqlalchemy as sa
from alembic import op

from idp.storage.columns import UtcTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "staff",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("directory", sa.String(length=32), nullable=False),
        sa.Column("entry_id", sa.String(length=64), nullable=False),
        sa.Column("login", sa.String(length=128), nullable=False),
        sa.Column("unit_code", sa.String(length=64), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("post", sa.String(length=128), nullable=False),
        sa.Column("window", sa.String(length=32), nullable=False),
        sa.Column("confirmed_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_staff_department_id_departments")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["persons.id"], name=op.f("fk_staff_person_id_persons"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_staff")),
        sa.UniqueConstraint("directory", "entry_id", name=op.f("uq_staff_directory_entry_id")),
    )
    op.create_index(op.f("ix_staff_confirmed_at"), "staff", ["confirmed_at"])


def downgrade() -> None:
    """Take back."""
    op.drop_table("staff")
