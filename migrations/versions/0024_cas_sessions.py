"""The tickets by which CAS services know their sessions, for telling them that one is over."""

import sqlalchemy as sa
from alembic import op

from idp.storage.columns import UtcTime

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "cas_sessions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.String(64), nullable=False),
        sa.Column("sub", sa.String(64), nullable=False),
        sa.Column("ticket_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("service_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("validated_at", UtcTime(), nullable=False),
        sa.Column("told_at", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["sessions.id"],
            name=op.f("fk_cas_sessions_session_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cas_sessions")),
    )
    op.create_index("ix_cas_sessions_session_id_client_id", "cas_sessions", ["session_id", "client_id"])


def downgrade() -> None:
    """Take back."""
    op.drop_table("cas_sessions")
