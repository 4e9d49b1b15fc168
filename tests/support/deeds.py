"""A worker that dies, by SIGKILL, at one moment of a write; and a back end that remembers its deeds in a file."""

import asyncio
import os
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kefu.dialogue.tools.gate import Gate
from kefu.dialogue.tools.ledger import Begun
from kefu.dialogue.tools.turn import GateTurn
from kefu.domain.action import LedgerEntry
from kefu.kit.clock import Clock
from kefu.plugins import Arguments, Manifest, Plugin, Result, ToolContext, tool
from kefu.plugins.host import PluginHost
from kefu.services.delivery import DeliveryService
from kefu.services.tool_ledger import StoredLedger
from kefu.storage.bus import MemoryBus
from kefu.storage.database import Database

MOMENTS = ("before_the_row", "after_the_row", "before_the_deed", "after_the_deed", "before_the_end", "after_the_end")


class Parcel(Arguments):
    order_id: str


class Sent(Result):
    order_id: str


def die_at(moment: str, now: str) -> None:
    if moment == now:
        os.kill(os.getpid(), signal.SIGKILL)


@dataclass
class Deeds:
    """What the other system has done, a line each: the idempotency key."""

    file: Path
    moment: str = ""

    def plugin(self) -> Plugin:
        @tool(find=self.find, timeout=5.0)
        async def send_parcel(args: Parcel, ctx: ToolContext) -> Sent:
            """Send a parcel."""
            die_at(self.moment, "before_the_deed")
            with self.file.open("a") as lines:
                lines.write(f"{ctx.idempotency_key}\n")
            die_at(self.moment, "after_the_deed")
            return Sent(order_id=args.order_id)

        return Plugin(Manifest("desk", "1.0", {"zh": "柜台", "en": "Desk"}), tools=(send_parcel,))

    async def find(self, args: Parcel, ctx: ToolContext) -> Sent | None:
        return Sent(order_id=args.order_id) if ctx.idempotency_key in self.done() else None

    def done(self) -> list[str]:
        return self.file.read_text().splitlines() if self.file.exists() else []


class MortalLedger(StoredLedger):
    """Dies before or after a commit."""

    def __init__(self, database: Database, moment: str) -> None:
        super().__init__(database, DeliveryService(database, MemoryBus()))
        self._moment = moment

    async def begin(self, entry: LedgerEntry, **given: Any) -> Begun | None:
        die_at(self._moment, "before_the_row")
        begun = await super().begin(entry, **given)
        die_at(self._moment, "after_the_row")
        return begun

    async def finish(self, entry: LedgerEntry, *given: Any, **options: Any) -> LedgerEntry:
        die_at(self._moment, "before_the_end")
        finished = await super().finish(entry, *given, **options)
        die_at(self._moment, "after_the_end")
        return finished


def write_and_die(url: str, file: str, moment: str, turn: GateTurn) -> None:
    """In a process of its own: the turn that says yes."""
    asyncio.run(_write(url, Deeds(Path(file), moment), moment, turn))


async def _write(url: str, deeds: Deeds, moment: str, turn: GateTurn) -> None:
    database = Database(url, clock=Clock())
    host = PluginHost([deeds.plugin()])
    tools = Gate(host, MortalLedger(database, moment), clock=Clock()).for_turn(turn)
    await tools.write("send_parcel", {"order_id": "o1"}, key="k")
