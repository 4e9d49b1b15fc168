"""Pending actions, the ledger of writes, the plugins of a workspace

Revision: 0009, follows: 0008.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "plugin_states",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("plugin", sa.String(length=40), nullable=False),
        sa.Column("is_enabled", sa.Boolean(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("closed_tools", sa.JSON(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_plugin_states_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plugin_states")),
        sa.UniqueConstraint("workspace_id", "plugin", name=op.f("uq_plugin_states_workspace_id_plugin")),
    )
    with op.batch_alter_table("plugin_states", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_plugin_states_workspace_id"), ["workspace_id"], unique=False)
    op.create_table(
        "pending_actions",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("conversation_id", sa.String(length=40), nullable=False),
        sa.Column("contact_id", sa.String(length=40), nullable=False),
        sa.Column("auth", sa.String(length=20), nullable=False),
        sa.Column("caller", sa.String(length=20), nullable=False),
        sa.Column("tool", sa.String(length=60), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("arguments", sa.JSON(), nullable=False),
        sa.Column("arguments_hash", sa.String(length=64), nullable=False),
        sa.Column("preview", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("amount", sa.String(length=60), nullable=True),
        sa.Column("needs_approval", sa.Boolean(), nullable=False),
        sa.Column("shown_turn", sa.String(length=40), nullable=False),
        sa.Column("decided_by", sa.String(length=40), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_pending_actions_contact_id")),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_pending_actions_conversation_id")
        ),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_pending_actions_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pending_actions")),
    )
    with op.batch_alter_table("pending_actions", schema=None) as batch_op:
        batch_op.create_index("ix_pending_actions_conversation_id_key", ["conversation_id", "key"], unique=False)
        batch_op.create_index(
            "ix_pending_actions_expires_at",
            ["expires_at"],
            unique=False,
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )
        batch_op.create_index(batch_op.f("ix_pending_actions_workspace_id"), ["workspace_id"], unique=False)
        batch_op.create_index(
            "uq_pending_actions_open_key",
            ["workspace_id", "conversation_id", "key"],
            unique=True,
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )
    op.create_table(
        "tool_ledger",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("tool", sa.String(length=60), nullable=False),
        sa.Column("conversation_id", sa.String(length=40), nullable=False),
        sa.Column("contact_id", sa.String(length=40), nullable=False),
        sa.Column("turn_id", sa.String(length=40), nullable=False),
        sa.Column("action_id", sa.String(length=40), nullable=True),
        sa.Column("arguments", sa.JSON(), nullable=False),
        sa.Column("arguments_hash", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.String(length=40), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("check_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_tool_ledger_contact_id")),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name=op.f("fk_tool_ledger_conversation_id")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_tool_ledger_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tool_ledger")),
        sa.UniqueConstraint("workspace_id", "key", name=op.f("uq_tool_ledger_workspace_id_key")),
    )
    with op.batch_alter_table("tool_ledger", schema=None) as batch_op:
        batch_op.create_index(
            "ix_tool_ledger_check_at",
            ["check_at"],
            unique=False,
            sqlite_where=sa.text("check_at IS NOT NULL"),
            postgresql_where=sa.text("check_at IS NOT NULL"),
        )
        batch_op.create_index("ix_tool_ledger_contact_id_tool", ["contact_id", "tool", "started_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_tool_ledger_workspace_id"), ["workspace_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("tool_ledger", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_tool_ledger_workspace_id"))
        batch_op.drop_index("ix_tool_ledger_contact_id_tool")
        batch_op.drop_index(
            "ix_tool_ledger_check_at",
            sqlite_where=sa.text("check_at IS NOT NULL"),
            postgresql_where=sa.text("check_at IS NOT NULL"),
        )
    op.drop_table("tool_ledger")
    with op.batch_alter_table("pending_actions", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_pending_actions_open_key",
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_pending_actions_workspace_id"))
        batch_op.drop_index(
            "ix_pending_actions_expires_at",
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )
        batch_op.drop_index("ix_pending_actions_conversation_id_key")
    op.drop_table("pending_actions")
    with op.batch_alter_table("plugin_states", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_plugin_states_workspace_id"))
    op.drop_table("plugin_states")
