"""What a question finds, and why: for those who keep the knowledge."""

import asyncio
from dataclasses import dataclass

from kefu.dialogue.answer.finding import Finder, Finding, without_end_mark
from kefu.domain.conversation import Language
from kefu.domain.errors import InvalidInputError
from kefu.domain.knowledge import Viewer
from kefu.kit.text import detect_language
from kefu.knowledge.explaining import Hit, explain
from kefu.knowledge.index import KnowledgeIndex
from kefu.services.knowledge_base import KnowledgeBaseService
from kefu.storage.database import Database

LONGEST_QUERY = 1_000


@dataclass(frozen=True, slots=True)
class HitTest:
    """``finding`` is what a turn would say to this viewer; ``contributions`` are the log odds that each feature adds.

    The question is taken as it stands, but for the mark at its end: nothing came before it, so that no follow-up is made
    complete.
    """

    query: str
    language: Language
    knowledge_version: int
    is_degraded: bool
    found: tuple[Hit, ...]
    kept_back: tuple[Hit, ...]
    finding: Finding
    contributions: dict[str, float]


class HitTestService:
    """Asks the same index and the same finder as a turn does, and writes down what they saw."""

    def __init__(self, database: Database, *, knowledge: KnowledgeBaseService, finder: Finder) -> None:
        self._database = database
        self._knowledge = knowledge
        self._finder = finder

    async def inspect(
        self, workspace_id: str, query: str, *, viewer: Viewer, language: Language | None = None, limit: int = 8
    ) -> HitTest:
        """Raises InvalidInputError."""
        if not query.strip() or len(query) > LONGEST_QUERY:
            raise InvalidInputError(f"A query has 1 to {LONGEST_QUERY} characters.", field="query")
        index = await self._knowledge.index_for(workspace_id)
        async with self._database.read(workspace_id) as unit:
            removed = await unit.documents.list_removed(after_version=index.version)
        spoken = language or detect_language(query)
        return await asyncio.to_thread(
            self._inspect_now, index, query, language=spoken, viewer=viewer, removed=removed, limit=limit
        )

    def _inspect_now(
        self,
        index: KnowledgeIndex,
        query: str,
        *,
        language: Language,
        viewer: Viewer,
        removed: frozenset[str],
        limit: int,
    ) -> HitTest:
        asked = without_end_mark(query)
        found, kept_back = explain(index, asked, language=language, viewer=viewer, removed=removed, limit=limit)
        finding = self._finder.find_now(asked, language=language, index=index.seen_by(viewer, without=removed))
        features = finding.features
        return HitTest(
            query=query,
            language=language,
            knowledge_version=index.version,
            is_degraded=index.is_degraded,
            found=tuple(found),
            kept_back=tuple(kept_back),
            finding=finding,
            contributions={} if features is None else self._finder.contributions(features, language),
        )
