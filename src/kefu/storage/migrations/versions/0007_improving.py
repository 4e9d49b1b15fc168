"""Gap clusters, findings about the knowledge, turns by time

Revision: 0007, follows: 0003.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "gap_clusters",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("vectors", sa.LargeBinary(), nullable=False),
        sa.Column("encoder", sa.String(length=120), nullable=False),
        sa.Column("checked_version", sa.Integer(), nullable=False),
        sa.Column("nearest_key", sa.String(length=300), nullable=True),
        sa.Column("nearest_language", sa.String(length=8), nullable=True),
        sa.Column("nearest_probability", sa.Float(), nullable=True),
        sa.Column("draft_key", sa.String(length=300), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_gap_clusters_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gap_clusters")),
    )
    with op.batch_alter_table("gap_clusters", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_gap_clusters_workspace_id"), ["workspace_id"], unique=False)

    op.create_table(
        "knowledge_findings",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("subjects", sa.JSON(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("first_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_knowledge_findings_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knowledge_findings")),
        sa.UniqueConstraint("workspace_id", "fingerprint", name=op.f("uq_knowledge_findings_workspace_id_fingerprint")),
    )
    with op.batch_alter_table("knowledge_findings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_knowledge_findings_workspace_id"), ["workspace_id"], unique=False)

    with op.batch_alter_table("gaps", schema=None) as batch_op:
        batch_op.add_column(sa.Column("cluster_id", sa.String(length=40), nullable=True))
        batch_op.create_index("ix_gaps_workspace_id_cluster_id", ["workspace_id", "cluster_id"], unique=False)

    with op.batch_alter_table("turns", schema=None) as batch_op:
        batch_op.create_index("ix_turns_workspace_id_started_at", ["workspace_id", "started_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("turns", schema=None) as batch_op:
        batch_op.drop_index("ix_turns_workspace_id_started_at")

    with op.batch_alter_table("gaps", schema=None) as batch_op:
        batch_op.drop_index("ix_gaps_workspace_id_cluster_id")
        batch_op.drop_column("cluster_id")

    with op.batch_alter_table("knowledge_findings", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_knowledge_findings_workspace_id"))

    op.drop_table("knowledge_findings")
    with op.batch_alter_table("gap_clusters", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_gap_clusters_workspace_id"))

    op.drop_table("gap_clusters")
