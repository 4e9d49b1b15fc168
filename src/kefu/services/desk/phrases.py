"""Texts that agents keep ready, filled in for a conversation."""

import re

from kefu.domain.conversation import Inbox, Language
from kefu.domain.desk import CannedResponse
from kefu.domain.errors import InvalidInputError, NotFoundError
from kefu.services.desk.permission import get_agent
from kefu.services.drafts import MAX_TEXT
from kefu.services.principal import Operator
from kefu.storage.database import Database

_KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
_FIELD = re.compile(r"\{([a-z_]*)\}")
FIELDS = frozenset({"customer", "agent", "inbox"})


class PhraseService:
    """Canned responses of a workspace, in both languages."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list_all(self, workspace_id: str) -> list[CannedResponse]:
        async with self._database.read(workspace_id) as unit:
            return await unit.canned_responses.list_all()

    async def put(self, workspace_id: str, response: CannedResponse) -> CannedResponse:
        """Store; it replaces the one of the same key and language. Raises InvalidInputError for an unknown field."""
        if _KEY.fullmatch(response.key) is None:
            raise InvalidInputError("A key is 1 to 60 of a-z, 0-9, _ and -.", field="key")
        if not response.text.strip() or len(response.text) > MAX_TEXT:
            raise InvalidInputError(f"A text has 1 to {MAX_TEXT} characters.", field="text")
        unknown = sorted(set(_FIELD.findall(response.text)) - FIELDS)
        if unknown:
            known = ", ".join(sorted(FIELDS))
            raise InvalidInputError(f"Unknown field {{{unknown[0]}}}; there are {known}.", field="text")
        async with self._database.write(workspace_id) as unit:
            await unit.canned_responses.put(response)
        return response

    async def remove(self, workspace_id: str, key: str, language: Language) -> None:
        """Raises NotFoundError."""
        async with self._database.write(workspace_id) as unit:
            if not await unit.canned_responses.remove(key, language):
                raise NotFoundError("canned response", f"{key} ({language})")

    async def fill(self, operator: Operator, conversation_id: str, key: str) -> str:
        """A text for one conversation, in its language if there is one in it; nothing is sent. Raises NotFoundError."""
        async with self._database.read(operator.workspace_id) as unit:
            agent = await get_agent(unit, operator)
            conversation = await unit.conversations.get(conversation_id)
            inbox: Inbox = await unit.workspaces.get_inbox(conversation.inbox_id)
            contact = await unit.contacts.find(conversation.contact_id)
            found = [response for response in await unit.canned_responses.list_all() if response.key == key]
        if not found:
            raise NotFoundError("canned response", key)
        best = next((response for response in found if response.language == conversation.language), found[0])
        customer = "" if contact is None or contact.external_id is None else contact.external_id
        fields = {"customer": customer, "agent": agent.name, "inbox": inbox.name}
        return _FIELD.sub(lambda match: fields[match[1]], best.text)
