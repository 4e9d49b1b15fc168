"""Contact profiles: facts, consent, and which facts a workspace allows

Revision: 0012, follows: 0011.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "contact_facts",
        sa.Column("contact_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("display", sa.String(length=200), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("conversation_id", sa.String(length=40), nullable=False),
        sa.Column("turn_id", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_contact_facts_contact_id")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_contact_facts_workspace_id")),
        sa.PrimaryKeyConstraint("contact_id", "name", name=op.f("pk_contact_facts")),
    )
    with op.batch_alter_table("contact_facts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_contact_facts_workspace_id"), ["workspace_id"], unique=False)

    with op.batch_alter_table("contacts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("profile_consent", sa.String(length=10), nullable=True))

    with op.batch_alter_table("workspaces", schema=None) as batch_op:
        batch_op.add_column(sa.Column("allowed_facts", sa.JSON(), server_default="[]", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("workspaces", schema=None) as batch_op:
        batch_op.drop_column("allowed_facts")

    with op.batch_alter_table("contacts", schema=None) as batch_op:
        batch_op.drop_column("profile_consent")

    with op.batch_alter_table("contact_facts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_contact_facts_workspace_id"))

    op.drop_table("contact_facts")
