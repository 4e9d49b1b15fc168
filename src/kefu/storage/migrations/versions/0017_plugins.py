"""Plugins: their own tables, what is due, who writes over their channels

Revision: 0017, follows: 0016.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "plugin_schemas",
        sa.Column("plugin", sa.String(length=40), nullable=False),
        sa.Column("steps", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("plugin", name=op.f("pk_plugin_schemas")),
    )
    op.create_table(
        "plugin_schedules",
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("plugin", sa.String(length=40), nullable=False),
        sa.Column("job", sa.String(length=60), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_plugin_schedules_workspace_id")),
        sa.PrimaryKeyConstraint("workspace_id", "plugin", "job", name=op.f("pk_plugin_schedules")),
    )
    op.create_index(op.f("ix_plugin_schedules_due_at"), "plugin_schedules", ["due_at"])
    op.create_table(
        "channel_threads",
        sa.Column("conversation_id", sa.String(length=40), nullable=False),
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("inbox_id", sa.String(length=40), nullable=False),
        sa.Column("peer", sa.String(length=200), nullable=False),
        sa.Column("contact_id", sa.String(length=40), nullable=False),
        sa.Column("delivered_seq", sa.Integer(), nullable=False),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_channel_threads_contact_id")),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_channel_threads_conversation_id")
        ),
        sa.ForeignKeyConstraint(["inbox_id"], ["inboxes.id"], name=op.f("fk_channel_threads_inbox_id")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_channel_threads_workspace_id")),
        sa.PrimaryKeyConstraint("conversation_id", name=op.f("pk_channel_threads")),
        sa.UniqueConstraint("inbox_id", "peer", name=op.f("uq_channel_threads_inbox_id_peer")),
    )
    op.create_index(op.f("ix_channel_threads_workspace_id"), "channel_threads", ["workspace_id"])
    with op.batch_alter_table("inboxes", schema=None) as batch_op:
        batch_op.add_column(sa.Column("plugin_channel", sa.String(length=101), nullable=True))
    with op.batch_alter_table("workspaces", schema=None) as batch_op:
        batch_op.add_column(sa.Column("plugin_version", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("workspaces", schema=None) as batch_op:
        batch_op.drop_column("plugin_version")
    with op.batch_alter_table("inboxes", schema=None) as batch_op:
        batch_op.drop_column("plugin_channel")
    op.drop_table("channel_threads")
    op.drop_table("plugin_schedules")
    op.drop_table("plugin_schemas")
