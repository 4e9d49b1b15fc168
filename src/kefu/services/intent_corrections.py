"""What people say of customers' messages comes back as examples: one message, or a cluster of what was not understood."""

from dataclasses import dataclass

from kefu.dialogue.guard.personal import mask_personal
from kefu.domain.conversation import Author
from kefu.domain.errors import InvalidInputError, NotFoundError
from kefu.domain.improving import GapState
from kefu.domain.intent import ExampleSource
from kefu.services.gaps import GapService, GapSummary
from kefu.services.intent_serving import IntentServing
from kefu.services.intents import ExampleReport, IntentService
from kefu.storage.database import Database

_NOT_UNDERSTOOD = (GapState.OPEN, GapState.DRAFTED)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Messages that ask the same and were not understood. ``intent``: what the model in use comes nearest to."""

    gap: GapSummary
    intent: str | None
    probability: float
    in_scope: float


class IntentCorrections:
    """``given_by``: the agent, or else the key, that says so. The next training learns it."""

    def __init__(self, database: Database, *, intents: IntentService, gaps: GapService, serving: IntentServing) -> None:
        self._database = database
        self._intents = intents
        self._gaps = gaps
        self._serving = serving

    async def correct(
        self,
        workspace_id: str,
        message_id: str,
        intent: str | None,
        *,
        given_by: str,
        conversation_id: str | None = None,
    ) -> ExampleReport:
        """A customer's message is of another intent, or of none; kept without personal data.

        Raises NotFoundError (also for a message of another conversation), InvalidInputError for an intent that is not there.
        """
        async with self._database.read(workspace_id) as unit:
            message = await unit.messages.get(message_id)
        if conversation_id not in {None, message.conversation_id}:
            raise NotFoundError("message", message_id)
        if message.author is not Author.VISITOR:
            raise InvalidInputError(
                "Only what a customer wrote is an example of what customers want.", field="message_id"
            )
        await self._require_known(workspace_id, intent)
        example = (mask_personal(message.text), intent)
        return await self._intents.add_examples(
            workspace_id, [example], source=ExampleSource.CORRECTION, given_by=given_by, message_id=message_id
        )

    async def suggest(self, workspace_id: str, *, limit: int) -> list[Suggestion]:
        """What was not understood, gathered by what it asks, with the intent that it may be."""
        found = await self._gaps.list_clusters(workspace_id, states=_NOT_UNDERSTOOD, limit=limit, examples=10)
        classifier = await self._serving.load(workspace_id)
        suggestions: list[Suggestion] = []
        for gap in found.gaps:
            seen = await self._serving.classify(classifier, gap.cluster.question)
            intent, probability = seen.candidates[0] if seen.candidates else (None, 0.0)
            suggestions.append(Suggestion(gap, intent, probability, seen.in_scope))
        return suggestions

    async def accept(self, workspace_id: str, cluster_id: str, intent: str | None, *, given_by: str) -> ExampleReport:
        """All wordings of a cluster are examples of an intent, which may be a new one, or of none.

        It is suggested again only when it is asked in vain once more. Raises NotFoundError, InvalidInputError.
        """
        gap = await self._gaps.get(workspace_id, cluster_id)
        texts = dict.fromkeys((mask_personal(gap.cluster.question), *gap.examples))
        report = await self._intents.add_examples(
            workspace_id, [(text, intent) for text in texts], source=ExampleSource.CLUSTER, given_by=given_by
        )
        await self._gaps.set_state(workspace_id, cluster_id, GapState.ANSWERED)
        return report

    async def _require_known(self, workspace_id: str, intent: str | None) -> None:
        names = (await self._intents.get_overview(workspace_id)).names
        if intent is not None and intent not in names:
            known = ", ".join(names) or "none yet"
            raise InvalidInputError(f"There is no intent {intent!r}; there are: {known}.", field="intent")
