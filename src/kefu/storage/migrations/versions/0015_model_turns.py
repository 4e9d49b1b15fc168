"""Turns say whether they needed a model and what it took; plugins may be opened to models

Revision: 0015, follows: 0014.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_COUNTS = ("model_calls", "prompt_tokens", "completion_tokens", "model_ms")


def upgrade() -> None:
    with op.batch_alter_table("turns", schema=None) as batch_op:
        batch_op.add_column(sa.Column("is_hard", sa.Boolean(), server_default=sa.false(), nullable=False))
        for name in _COUNTS:
            batch_op.add_column(sa.Column(name, sa.Integer(), server_default="0", nullable=False))

    with op.batch_alter_table("plugin_states", schema=None) as batch_op:
        batch_op.add_column(sa.Column("is_open_to_models", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("plugin_states", schema=None) as batch_op:
        batch_op.drop_column("is_open_to_models")

    with op.batch_alter_table("turns", schema=None) as batch_op:
        for name in reversed(_COUNTS):
            batch_op.drop_column(name)
        batch_op.drop_column("is_hard")
