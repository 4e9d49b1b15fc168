"""What is wrong with the knowledge: listed, dismissed, taken up again."""

from collections.abc import Collection, Sequence

from kefu.domain.errors import InvalidInputError, NotFoundError
from kefu.domain.improving import FindingKind, FindingState, KnowledgeFinding
from kefu.domain.job import JobState
from kefu.domain.turn import OutboxEntry
from kefu.kit.jsonvalue import JsonObject, as_object
from kefu.services.improving.review import KNOWLEDGE_REVIEW
from kefu.services.improving.subjects import contradiction_draft
from kefu.storage.database import Database


class FindingService:
    """Findings come from reviews, and from turns that met a contradiction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list_newest(
        self,
        workspace_id: str,
        *,
        state: FindingState = FindingState.OPEN,
        kinds: Collection[FindingKind] = (),
        limit: int = 100,
    ) -> Sequence[KnowledgeFinding]:
        """``kinds``: empty for all."""
        async with self._database.read(workspace_id) as unit:
            return await unit.knowledge_findings.list_newest(
                state=state, kinds=kinds or tuple(FindingKind), limit=limit
            )

    async def set_state(self, workspace_id: str, finding_id: str, state: FindingState) -> KnowledgeFinding:
        """Dismiss it for good, or take it up again. Raises NotFoundError, InvalidInputError."""
        if state is FindingState.FIXED:
            raise InvalidInputError("A finding is fixed by changing the documents.", field="state")
        async with self._database.write(workspace_id) as unit:
            await unit.knowledge_findings.get(finding_id)
            await unit.knowledge_findings.set_state(finding_id, state)
            return await unit.knowledge_findings.get(finding_id)

    async def get_coverage(self, workspace_id: str) -> tuple[JsonObject, str]:
        """What the last finished review says of topics, and that job's id. Raises NotFoundError."""
        async with self._database.read(workspace_id) as unit:
            for job in await unit.jobs.list_newest(kind=KNOWLEDGE_REVIEW.kind, limit=50):
                if job.state is JobState.SUCCEEDED:
                    return as_object(job.result["coverage"]), job.id
        raise NotFoundError("coverage", "there was no review yet")

    async def record_conflict(self, entry: OutboxEntry) -> None:
        """Outbox handler of ``sources_disagreed``; the same contradiction again is the same finding."""
        draft = contradiction_draft(entry.payload)
        async with self._database.write(entry.workspace_id) as unit:
            await unit.knowledge_findings.record(draft)
