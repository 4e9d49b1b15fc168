"""The job ``intent_training``: from a workspace's own examples and those of its flows to a new version that answers."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from kefu.dialogue.intents.artefact import digest, pack
from kefu.dialogue.intents.card import ModelCard, to_card, to_facts
from kefu.dialogue.intents.training import Example, Trained, train
from kefu.domain.errors import JobCancelledError
from kefu.domain.intent import IntentModel
from kefu.kit.clock import Clock
from kefu.kit.ids import new_id
from kefu.kit.jsonvalue import JsonObject
from kefu.knowledge.embedding import Embedder
from kefu.services.flow_training import examples_of
from kefu.services.intent_serving import CHANNEL
from kefu.services.job_run import JobRun
from kefu.services.plugin_flows import PluginFlows
from kefu.storage.bus import Bus, notify
from kefu.storage.database import Database
from kefu.storage.unit import Unit

KEPT = 10
"""Versions that are kept: the newest."""
SEED = 0
_REPORT_SECONDS = 0.2


@dataclass(slots=True)
class _Count:
    """What the training thread says, and what it is told."""

    done: int = 0
    total: int = 0
    is_stopped: bool = False

    def say(self, done: int, total: int) -> None:
        """Raises JobCancelledError in the training thread once its job is over."""
        if self.is_stopped:
            raise JobCancelledError
        self.done, self.total = done, total


class IntentTraining:
    """Runs as a job. A second run of the same examples makes the same model again.

    What the workspace says of a text counts more than what a flow says of it.
    """

    def __init__(self, database: Database, *, flows: PluginFlows, bus: Bus, embedder: Embedder, clock: Clock) -> None:
        self._database = database
        self._flows = flows
        self._bus = bus
        self._embedder = embedder
        self._clock = clock

    async def run(self, run: JobRun) -> JsonObject:
        """Job handler; its result holds version, size and the main figures. Raises InvalidInputError, FastTextError."""
        workspace_id = run.job.workspace_id
        async with self._database.read(workspace_id) as unit:
            own = await unit.intent_examples.list_all()
            states = await unit.plugin_states.list_all()
        flows, _ = self._flows.of(states)
        taught = examples_of(flows, intents=self._flows.intents_of(states))
        examples = [*(Example(one.text, one.intent) for one in own), *taught]
        trained = await self._train(run, examples)
        card = to_card(trained, seed=SEED)
        content = await asyncio.to_thread(pack, trained.model)
        async with self._database.write(workspace_id) as unit:
            version = await self._store(unit, content, card)
        await notify(self._bus, CHANNEL, workspace_id.encode())
        return {
            "version": version,
            "bytes": len(content),
            "examples": card.examples,
            "intents": len(card.per_intent),
            "accuracy": card.accuracy,
            "ece": card.ece,
            "oos_auroc": card.oos_auroc,
        }

    async def _train(self, run: JobRun, examples: Sequence[Example]) -> Trained:
        count = _Count()
        work = asyncio.create_task(
            asyncio.to_thread(train, examples, embedder=self._embedder, seed=SEED, progress=count.say)
        )
        try:
            while not (await asyncio.wait({work}, timeout=_REPORT_SECONDS))[0]:
                await run.report(done=count.done, total=count.total)
            trained = await work
        finally:
            count.is_stopped = True
            work.add_done_callback(_take_end)
        await run.report(done=count.total, total=count.total)
        return trained

    async def _store(self, unit: Unit, content: bytes, card: ModelCard) -> int:
        """The new version answers from the commit on."""
        version = await unit.intent_models.last_version() + 1
        facts: JsonObject = orjson.loads(orjson.dumps(to_facts(card)))
        model = IntentModel(new_id("im"), version, digest(content), len(content), facts, self._clock.now())
        await unit.intent_models.add(model, content)
        await unit.intent_models.activate(version)
        for old in (await unit.intent_models.list_newest())[KEPT:]:
            await unit.intent_models.remove(old)
        return version


def _take_end(work: "asyncio.Task[Trained]") -> None:
    """The thread of a job that was stopped ends later, with an error that nobody waits for."""
    if not work.cancelled():
        work.exception()
