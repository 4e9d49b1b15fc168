"""Examples of intents and the models trained on them

Revision: 0011, follows: 0010.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "intent_examples",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("text_hash", sa.String(length=64), nullable=False),
        sa.Column("intent", sa.String(length=200), nullable=True),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_intent_examples_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intent_examples")),
        sa.UniqueConstraint("workspace_id", "text_hash", name=op.f("uq_intent_examples_workspace_id_text_hash")),
    )
    with op.batch_alter_table("intent_examples", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_intent_examples_workspace_id"), ["workspace_id"], unique=False)

    op.create_table(
        "intent_models",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("card", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_intent_models_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intent_models")),
        sa.UniqueConstraint("workspace_id", "version", name=op.f("uq_intent_models_workspace_id_version")),
    )
    with op.batch_alter_table("intent_models", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_intent_models_workspace_id"), ["workspace_id"], unique=False)

    op.create_table(
        "intent_model_parts",
        sa.Column("model_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["model_id"], ["intent_models.id"], name=op.f("fk_intent_model_parts_model_id")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_intent_model_parts_workspace_id")),
        sa.PrimaryKeyConstraint("model_id", "number", name=op.f("pk_intent_model_parts")),
    )
    with op.batch_alter_table("intent_model_parts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_intent_model_parts_workspace_id"), ["workspace_id"], unique=False)

    with op.batch_alter_table("workspaces", schema=None) as batch_op:
        batch_op.add_column(sa.Column("intent_version", sa.Integer(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("workspaces", schema=None) as batch_op:
        batch_op.drop_column("intent_version")

    for table in ("intent_model_parts", "intent_models", "intent_examples"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_index(batch_op.f(f"ix_{table}_workspace_id"))
        op.drop_table(table)
