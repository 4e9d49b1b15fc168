"""What turns asked of models, added up on SQLite and PostgreSQL; plugins say whether models may call their tools."""

from datetime import UTC, datetime, timedelta

from kefu.domain.action import PluginState
from kefu.domain.model import ModelUse
from kefu.domain.turn import TurnState, TurnUse
from kefu.kit.clock import Clock
from kefu.services.model_use import ModelUseService
from kefu.storage.database import Database
from tests.storage.seeds import seed


async def test_turns_are_added_up(database: Database) -> None:
    found, other = await seed(database), await seed(database, slug="other")
    uses = (ModelUse(), ModelUse(is_hard=True), ModelUse(True, 2, 300, 40, 900))
    async with database.write(found.workspace.id) as unit:
        for number, use in enumerate(uses):
            await unit.turns.open(f"turn_{number}", found.conversation.id, through_seq=number)
            await unit.turns.close(f"turn_{number}", TurnState.FINISHED, use=use)
        await unit.turns.open("turn_9", found.conversation.id, through_seq=9)
        await unit.turns.close("turn_9", TurnState.SUPERSEDED)
    service = ModelUseService(database, clock=Clock())
    sums = await service.of_last(found.workspace.id, timedelta(days=1))
    assert sums == TurnUse(3, hard=2, asked=1, calls=2, prompt_tokens=300, completion_tokens=40, ms=900)
    assert round(sums.share_of_hard_turns, 3) == 0.667
    nothing = TurnUse(0, 0, 0, 0, 0, 0, 0)
    assert await service.of_last(other.workspace.id, timedelta(days=1)) == nothing
    assert await service.of_last(found.workspace.id, timedelta(0)) == nothing
    assert nothing.share_of_hard_turns == 0.0


async def test_a_plugin_is_closed_to_models_until_it_is_opened(database: Database) -> None:
    found = await seed(database)
    state = PluginState(found.workspace.id, "desk", True, {}, (), datetime.now(UTC))
    async with database.write(found.workspace.id) as unit:
        await unit.plugin_states.put(state)
        assert [one.is_open_to_models for one in await unit.plugin_states.list_all()] == [False]
        await unit.plugin_states.put(
            PluginState(found.workspace.id, "desk", True, {}, (), state.changed_at, is_open_to_models=True)
        )
        assert [one.is_open_to_models for one in await unit.plugin_states.list_all()] == [True]
