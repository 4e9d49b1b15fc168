"""Examples of intents, and the models that were trained on them."""

from sqlalchemy import JSON, Column, ForeignKey, Integer, LargeBinary, String, Table, Text, UniqueConstraint

from kefu.storage.tables.base import metadata, of_workspace, own_id, time

intent_examples = Table(
    "intent_examples",
    metadata,
    own_id(),
    of_workspace(),
    Column("text", Text, nullable=False),
    Column("text_hash", String(64), nullable=False),
    Column("intent", String(200)),
    Column("source", String(20), nullable=False),
    time("added_at"),
    Column("given_by", String(40)),
    Column("message_id", String(40)),
    UniqueConstraint("workspace_id", "text_hash"),
)

intent_models = Table(
    "intent_models",
    metadata,
    own_id(),
    of_workspace(),
    Column("version", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("size", Integer, nullable=False),
    Column("card", JSON, nullable=False),
    time("created_at"),
    UniqueConstraint("workspace_id", "version"),
)

intent_model_parts = Table(
    "intent_model_parts",
    metadata,
    Column("model_id", String(40), ForeignKey("intent_models.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    of_workspace(),
    Column("content", LargeBinary, nullable=False),
)
