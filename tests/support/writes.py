"""The gate on a real database: a workspace that uses the desk, its contact Ann, and turns of her conversation."""

import itertools
from dataclasses import dataclass, field
from typing import Any

from kefu.dialogue.tools.gate import Gate, TurnTools
from kefu.dialogue.tools.ledger import Ledger
from kefu.dialogue.tools.results import Pending, ToolResult
from kefu.dialogue.tools.turn import GateTurn
from kefu.domain.action import AuthLevel, PluginState
from kefu.kit.clock import Clock
from kefu.plugins.context import ToolContact
from kefu.plugins.host import PluginHost
from kefu.services.delivery import DeliveryService
from kefu.services.tool_ledger import StoredLedger
from kefu.storage.bus import MemoryBus
from kefu.storage.database import Database
from tests.storage.seeds import Seed, seed


@dataclass
class Books:
    """A ledger with a conversation that its rows can point to."""

    ledger: Ledger
    workspace_id: str
    conversation_id: str
    contact: ToolContact
    numbers: Any = field(default_factory=itertools.count)

    def turn(self, **other: Any) -> GateTurn:
        given = {
            "workspace_id": self.workspace_id,
            "conversation_id": self.conversation_id,
            "turn_id": f"turn_{next(self.numbers)}",
            "contact": self.contact,
            "now": Clock().now(),
            "language": "zh",
        }
        return GateTurn(**{**given, **other})

    def tools(self, host: PluginHost, **other: Any) -> TurnTools:
        return Gate(host, self.ledger, clock=Clock()).for_turn(self.turn(**other))

    async def confirmed(self, host: PluginHost, tool: str, arguments: dict[str, Any], *, key: str = "k") -> ToolResult:
        """Ask in one turn, say yes in the next."""
        pending = await self.tools(host).write(tool, arguments, key=key)
        assert isinstance(pending, Pending), pending
        tools = self.tools(host, pending=pending, confirmed_hash=pending.arguments_hash)
        result = await tools.write(tool, arguments, key=key)
        assert isinstance(result, ToolResult)
        return result


async def stored_books(database: Database, *, found: Seed | None = None) -> Books:
    """Books in the database, with the desk switched on and Ann known to the shop."""
    found = found or await seed(database)
    workspace_id, contact_id = found.workspace.id, found.contact.id
    async with database.write(workspace_id) as unit:
        await unit.contacts.identify(contact_id, external_id="ann", segments=frozenset())
        state = PluginState(workspace_id, "desk", True, {}, (), Clock().now())
        await unit.plugin_states.put(state)
    contact = ToolContact(contact_id, "ann", AuthLevel.IDENTIFIED)
    return Books(
        StoredLedger(database, DeliveryService(database, MemoryBus())), workspace_id, found.conversation.id, contact
    )
