"""Texts that agents keep ready."""

from sqlalchemy import bindparam

from kefu.domain.desk import CannedResponse
from kefu.storage.repository import Repository
from kefu.storage.tables import canned_responses

_ADD = Repository.insert(canned_responses)
_DELETE = Repository.delete(canned_responses).where(
    canned_responses.c.key == bindparam("of_key"), canned_responses.c.language == bindparam("of_language")
)
_LIST = Repository.select(canned_responses).order_by(canned_responses.c.key, canned_responses.c.language)


class CannedResponseRepository(Repository):
    async def put(self, response: CannedResponse) -> None:
        """Store a text; it replaces the one of the same key and language."""
        await self.remove(response.key, response.language)
        await self._add(_ADD, {"key": response.key, "language": response.language, "text": response.text})

    async def remove(self, key: str, language: str) -> bool:
        """False when there is none."""
        return (await self._execute(_DELETE, of_key=key, of_language=language)).rowcount > 0

    async def list_all(self) -> list[CannedResponse]:
        return [CannedResponse(row.key, row.language, row.text) for row in await self._execute(_LIST)]
