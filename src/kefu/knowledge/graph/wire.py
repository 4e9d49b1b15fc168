"""What the two processes say to each other: one line of JSON a document, there and back."""

from pydantic import TypeAdapter

from kefu.domain.conversation import Language
from kefu.knowledge.graph.drafts import EdgeDraft, Name, Text

NAMES: TypeAdapter[dict[Language, list[Name]]] = TypeAdapter(dict[Language, list[Name]])
TEXTS: TypeAdapter[list[Text]] = TypeAdapter(list[Text])
DRAFTS: TypeAdapter[list[EdgeDraft]] = TypeAdapter(list[EdgeDraft])
READY = b"ready\n"
"""What the child says once its libraries are loaded."""
