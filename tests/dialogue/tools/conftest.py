"""The gate on a little back end, with books in memory and a clock that is set by hand."""

import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kefu.dialogue.tools.gate import Gate, TurnTools
from kefu.dialogue.tools.memory import MemoryLedger
from kefu.dialogue.tools.results import Pending, ToolResult
from kefu.dialogue.tools.turn import GateTurn
from kefu.domain.action import AuthLevel, PluginState
from kefu.kit.clock import Clock
from kefu.plugins.context import ToolContact
from kefu.plugins.host import PluginHost
from tests.support.call_desk import BackEnd, make_desk

START = datetime(2026, 3, 1, 9, tzinfo=UTC)
ANN = ToolContact("cont_ann", "ann", AuthLevel.IDENTIFIED)
BOB = ToolContact("cont_bob", "bob", AuthLevel.IDENTIFIED)
NOBODY = ToolContact("cont_nobody", None, AuthLevel.ANONYMOUS)


class HandClock(Clock):
    """Time that goes on only when told."""

    def __init__(self) -> None:
        self.time = START

    def now(self) -> datetime:
        return self.time


@dataclass
class Scene:
    """Turns of one conversation after each other, with what their log would know."""

    host: PluginHost
    back_end: BackEnd
    ledger: MemoryLedger
    clock: HandClock
    contact: ToolContact = ANN
    shown: Pending | None = None
    numbers: Any = field(default_factory=itertools.count)

    def turn(self, *, says_yes: bool = False, **other: Any) -> TurnTools:
        """The tools of the next turn; ``says_yes`` confirms what was shown last."""
        turn = GateTurn(
            workspace_id="ws_1",
            conversation_id="conv_1",
            turn_id=f"turn_{next(self.numbers):04}",
            contact=self.contact,
            now=self.clock.now(),
            language="zh",
            pending=self.shown,
            confirmed_hash=self.shown.arguments_hash if says_yes and self.shown else None,
        )
        return Gate(self.host, self.ledger, clock=self.clock).for_turn(replace(turn, **other))

    async def write(
        self, tool: str, arguments: dict[str, Any], *, key: str = "k", says_yes: bool = False, **other: Any
    ) -> ToolResult | Pending:
        found = await self.turn(says_yes=says_yes, **other).write(tool, arguments, key=key)
        self.shown = found if isinstance(found, Pending) else None
        return found

    async def confirmed(self, tool: str, arguments: dict[str, Any], *, key: str = "k") -> ToolResult:
        """Ask for it in one turn and say yes in the next."""
        assert isinstance(await self.write(tool, arguments, key=key), Pending)
        found = await self.write(tool, arguments, key=key, says_yes=True)
        assert isinstance(found, ToolResult)
        return found

    def set_state(self, **changes: Any) -> None:
        self.ledger.states["ws_1", "desk"] = replace(self.ledger.states["ws_1", "desk"], **changes)

    def go_on(self, **span: float) -> None:
        self.clock.time += timedelta(**span)


def desk_state(workspace_id: str = "ws_1") -> PluginState:
    return PluginState(workspace_id, "desk", is_enabled=True, settings={}, closed_tools=(), changed_at=START)


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    back_end, clock = BackEnd(), HandClock()
    host = PluginHost([make_desk(back_end)])
    assert host.broken == ()
    yield Scene(host, back_end, MemoryLedger(clock=clock, states=[desk_state()]), clock)
    back_end.released.set()
    await host.aclose()
