"""Who gave an example of an intent, and of which message

Revision: 0014, follows: 0013.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("intent_examples", schema=None) as batch_op:
        batch_op.add_column(sa.Column("given_by", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("message_id", sa.String(length=40), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("intent_examples", schema=None) as batch_op:
        batch_op.drop_column("message_id")
        batch_op.drop_column("given_by")
