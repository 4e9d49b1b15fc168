"""Intents as people keep them: examples, versions of the model, and which one answers."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kefu.domain.errors import ConflictError, InvalidInputError
from kefu.domain.intent import ExampleSource, IntentExample, IntentModel
from kefu.domain.job import Job, JobDraft
from kefu.kit.clock import Clock
from kefu.services.flow_training import examples_of
from kefu.services.intent_serving import CHANNEL
from kefu.services.jobs import order_in
from kefu.services.plugin_flows import PluginFlows
from kefu.storage.bus import Bus, notify
from kefu.storage.database import Database
from kefu.storage.intent_examples import hash_of

INTENT_TRAINING = JobDraft("intent_training", "intents")
MOST_EXAMPLES = 50_000
"""In one workspace: a training reads them all."""
LONGEST_TEXT, LONGEST_NAME = 4_000, 200


@dataclass(frozen=True, slots=True)
class ExampleReport:
    """``changed``: texts that were there with another intent; what is given last counts."""

    added: int
    changed: int
    unchanged: int


@dataclass(frozen=True, slots=True)
class IntentOverview:
    """Examples by intent, None for out of scope: the workspace's own, and those of the flows of its plugins.

    ``active``: the version that answers.
    """

    own: Mapping[str | None, int]
    of_flows: Mapping[str | None, int]
    active: int | None

    @property
    def names(self) -> list[str]:
        """Of every intent that there is, sorted."""
        return sorted({name for name in (*self.own, *self.of_flows) if name is not None})


class IntentService:
    """Owns the workspace's own examples, and the versions. Training itself is a job (``intent_training``)."""

    def __init__(self, database: Database, *, flows: PluginFlows, bus: Bus, clock: Clock) -> None:
        self._database = database
        self._flows = flows
        self._bus = bus
        self._clock = clock

    async def add_examples(
        self,
        workspace_id: str,
        examples: Sequence[tuple[str, str | None]],
        *,
        source: ExampleSource,
        given_by: str | None = None,
        message_id: str | None = None,
    ) -> ExampleReport:
        """(text, intent or None) each. All or none. Raises InvalidInputError."""
        given = dict(map(_checked, examples))
        now = self._clock.now()
        async with self._database.write(workspace_id) as unit:
            known = await unit.intent_examples.intents_by_hash()
            new = {text: intent for text, intent in given.items() if hash_of(text) not in known}
            changed = [text for text, intent in given.items() if text not in new and known[hash_of(text)] != intent]
            if len(known) + len(new) > MOST_EXAMPLES:
                raise InvalidInputError(f"A workspace has at most {MOST_EXAMPLES} examples.", field="examples")
            made = {one: IntentExample(one, given[one], source, now, given_by, message_id) for one in (*new, *changed)}
            await unit.intent_examples.add([made[text] for text in new])
            for text in changed:
                await unit.intent_examples.change(made[text])
        return ExampleReport(len(new), len(changed), len(given) - len(new) - len(changed))

    async def remove_example(self, workspace_id: str, text: str) -> bool:
        """Forget an example; False when there was none."""
        async with self._database.write(workspace_id) as unit:
            return await unit.intent_examples.remove(text.strip())

    async def list_examples(self, workspace_id: str, *, limit: int) -> list[IntentExample]:
        """The newest first."""
        async with self._database.read(workspace_id) as unit:
            return await unit.intent_examples.list_newest(limit=limit)

    async def get_overview(self, workspace_id: str) -> IntentOverview:
        async with self._database.read(workspace_id) as unit:
            states = await unit.plugin_states.list_all()
            flows, _ = self._flows.of(states)
            taught = Counter(one.intent for one in examples_of(flows, intents=self._flows.intents_of(states)))
            return IntentOverview(await unit.intent_examples.count(), taught, await unit.intent_models.active_version())

    async def order_training(self, workspace_id: str) -> Job:
        """Train on the examples of this moment; the new version answers as soon as it is there."""
        async with self._database.write(workspace_id) as unit:
            return await order_in(unit, INTENT_TRAINING)

    async def list_versions(self, workspace_id: str) -> tuple[list[IntentModel], int | None]:
        """The newest first, and the one that answers."""
        async with self._database.read(workspace_id) as unit:
            return await unit.intent_models.list_newest(), await unit.intent_models.active_version()

    async def get_version(self, workspace_id: str, version: int | None = None) -> IntentModel:
        """Without a number the one that answers. Raises NotFoundError and ConflictError."""
        async with self._database.read(workspace_id) as unit:
            wanted = version if version is not None else await unit.intent_models.active_version()
            if wanted is None:
                raise ConflictError("No intent model has been trained yet.")
            return await unit.intent_models.get(wanted)

    async def activate(self, workspace_id: str, version: int) -> IntentModel:
        """Let a version answer, in every process within a second. Raises NotFoundError."""
        async with self._database.write(workspace_id) as unit:
            model = await unit.intent_models.get(version)
            await unit.intent_models.activate(version)
        await notify(self._bus, CHANNEL, workspace_id.encode())
        return model

    async def roll_back(self, workspace_id: str) -> IntentModel:
        """Let the version before the one that answers do so. Raises ConflictError when there is none."""
        models, active = await self.list_versions(workspace_id)
        older = [model.version for model in models if active is not None and model.version < active]
        if not older:
            raise ConflictError("There is no older version to go back to.")
        return await self.activate(workspace_id, max(older))


def _checked(example: tuple[str, str | None]) -> tuple[str, str | None]:
    text, intent = example[0].strip(), None if example[1] is None else example[1].strip()
    if not text or len(text) > LONGEST_TEXT:
        raise InvalidInputError(f"An example has 1 to {LONGEST_TEXT} characters: {text[:60]!r}.", field="text")
    if intent is not None and not 0 < len(intent) <= LONGEST_NAME:
        raise InvalidInputError(f"An intent's name has 1 to {LONGEST_NAME} characters.", field="intent")
    return text, intent
