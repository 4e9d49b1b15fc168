"""Stored events reach whoever listens: a conversation's to its visitor, the desk's to the agents."""

from collections.abc import AsyncGenerator

from kefu.domain.desk import DeskEvent
from kefu.domain.turn import Event
from kefu.services.following import Log, follow
from kefu.services.wire import desk_events_from_bytes, desk_events_to_bytes, events_from_bytes, events_to_bytes
from kefu.storage.bus import Bus, notify
from kefu.storage.database import Database


class DeliveryService:
    """First the log, then live, without gap or repeat. Publish after commit, never before."""

    def __init__(self, database: Database, bus: Bus) -> None:
        self._database = database
        self._bus = bus

    async def publish(self, events: list[Event]) -> None:
        """Tell who listens to the conversation."""
        if events:
            await notify(self._bus, events[0].conversation_id, events_to_bytes(events))

    async def publish_desk(self, workspace_id: str, events: list[DeskEvent]) -> None:
        """Tell the agents of a workspace."""
        if events:
            await notify(self._bus, _desk_channel(workspace_id), desk_events_to_bytes(events))

    def follow(self, workspace_id: str, conversation_id: str, *, after: int) -> AsyncGenerator[list[Event], None]:
        """The conversation's events above a number, as ``following.follow`` gives them."""

        async def read(position: int, limit: int) -> list[Event]:
            async with self._database.read(workspace_id) as unit:
                return await unit.events.list_after(conversation_id, position, limit=limit)

        return follow(self._bus, Log(conversation_id, read, events_to_bytes, events_from_bytes), after=after)

    def follow_desk(self, workspace_id: str, *, after: int) -> AsyncGenerator[list[DeskEvent], None]:
        """The desk's events above a number, as ``following.follow`` gives them."""

        async def read(position: int, limit: int) -> list[DeskEvent]:
            async with self._database.read(workspace_id) as unit:
                return await unit.desk_events.list_after(position, limit=limit)

        log = Log(_desk_channel(workspace_id), read, desk_events_to_bytes, desk_events_from_bytes)
        return follow(self._bus, log, after=after)


def _desk_channel(workspace_id: str) -> str:
    return f"{workspace_id}:desk"
