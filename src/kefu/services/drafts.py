"""What a message must be before it is stored, whoever wrote it."""

from kefu.domain.conversation import MessageDraft
from kefu.domain.errors import InvalidInputError, MessageTooLongError
from kefu.kit.canonical import sha256_of

MAX_TEXT = 4_000
"""Code points of one message."""


def check_draft(draft: MessageDraft) -> None:
    """Raises MessageTooLongError and InvalidInputError."""
    if len(draft.text) > MAX_TEXT:
        raise MessageTooLongError(length=len(draft.text), limit=MAX_TEXT)
    if not draft.text.strip() and not draft.attachments and draft.choice is None:
        raise InvalidInputError("A message needs text, an attachment or a choice.", field="text")
    if "\x00" in draft.text:
        raise InvalidInputError("The text contains a NUL character.", field="text")


def hash_of(draft: MessageDraft) -> str:
    """Tells a repeated send from another message under the same client id."""
    attachments = [[item.name, item.url, item.content_type] for item in draft.attachments]
    return sha256_of([draft.author, draft.text, draft.choice, attachments])
