"""Side effects that must leave after commit, written inside the transaction that causes them."""

from kefu.domain.turn import OutboxDraft
from kefu.kit.ids import new_id
from kefu.storage.repository import Repository
from kefu.storage.tables import outbox

_ADD = Repository.insert(outbox)


class OutboxRepository(Repository):
    async def add(self, draft: OutboxDraft) -> None:
        now = self._clock.now()
        values = {
            "id": new_id("out"),
            "topic": draft.topic,
            "payload": draft.payload,
            "attempts": 0,
            "created_at": now,
            "available_at": now + draft.delay,
        }
        await self._add(_ADD, values)
