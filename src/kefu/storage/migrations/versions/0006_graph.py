"""The knowledge graph

Revision: 0006, follows: 0003.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "graph_entities",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("aliases", sa.JSON(), server_default="[]", nullable=False),
        sa.Column("is_by_hand", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_graph_entities_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_graph_entities")),
        sa.UniqueConstraint(
            "workspace_id", "language", "key", name=op.f("uq_graph_entities_workspace_id_language_key")
        ),
    )
    with op.batch_alter_table("graph_entities", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_graph_entities_workspace_id"), ["workspace_id"], unique=False)

    op.create_table(
        "graph_edges",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("fact", sa.String(length=64), nullable=False),
        sa.Column("subject_id", sa.String(length=40), nullable=False),
        sa.Column("relation", sa.String(length=100), nullable=False),
        sa.Column("object_id", sa.String(length=40), nullable=True),
        sa.Column("value_kind", sa.String(length=20), nullable=True),
        sa.Column("value_text", sa.Text(), nullable=True),
        sa.Column("value_number", sa.Float(), nullable=True),
        sa.Column("value_unit", sa.String(length=20), nullable=True),
        sa.Column("is_negated", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("qualifier", sa.Text(), nullable=False),
        sa.Column("document_id", sa.String(length=40), nullable=True),
        sa.Column("document_key", sa.String(length=300), nullable=True),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("chunk_id", sa.String(length=40), nullable=True),
        sa.Column("start", sa.Integer(), nullable=True),
        sa.Column("end", sa.Integer(), nullable=True),
        sa.Column("sentence", sa.Text(), nullable=True),
        sa.Column("extractor", sa.String(length=20), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_graph_edges_document_id")),
        sa.ForeignKeyConstraint(["object_id"], ["graph_entities.id"], name=op.f("fk_graph_edges_object_id")),
        sa.ForeignKeyConstraint(["subject_id"], ["graph_entities.id"], name=op.f("fk_graph_edges_subject_id")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_graph_edges_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_graph_edges")),
        sa.UniqueConstraint(
            "workspace_id",
            "document_key",
            "language",
            "fact",
            name=op.f("uq_graph_edges_workspace_id_document_key_language_fact"),
        ),
    )
    with op.batch_alter_table("graph_edges", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_graph_edges_document_id"), ["document_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_graph_edges_object_id"), ["object_id"], unique=False)
        batch_op.create_index("ix_graph_edges_status", ["workspace_id", "status"], unique=False)
        batch_op.create_index(batch_op.f("ix_graph_edges_subject_id"), ["subject_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_graph_edges_workspace_id"), ["workspace_id"], unique=False)

    op.create_table(
        "graph_readings",
        sa.Column("document_id", sa.String(length=40), nullable=False),
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("reading", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_graph_readings_document_id")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_graph_readings_workspace_id")),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_graph_readings")),
    )
    with op.batch_alter_table("graph_readings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_graph_readings_workspace_id"), ["workspace_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("graph_readings", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_graph_readings_workspace_id"))

    op.drop_table("graph_readings")
    with op.batch_alter_table("graph_edges", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_graph_edges_workspace_id"))
        batch_op.drop_index(batch_op.f("ix_graph_edges_subject_id"))
        batch_op.drop_index("ix_graph_edges_status")
        batch_op.drop_index(batch_op.f("ix_graph_edges_object_id"))
        batch_op.drop_index(batch_op.f("ix_graph_edges_document_id"))

    op.drop_table("graph_edges")
    with op.batch_alter_table("graph_entities", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_graph_entities_workspace_id"))

    op.drop_table("graph_entities")
