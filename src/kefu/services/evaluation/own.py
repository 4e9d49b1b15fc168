"""Questions with the documents that should answer them, asked of a workspace's own knowledge."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from kefu.dialogue.answer.finding import Finder, Finding
from kefu.domain.knowledge import Viewer
from kefu.kit.clock import Clock
from kefu.kit.intervals import wilson
from kefu.kit.text import detect_language
from kefu.knowledge.index import KnowledgeIndex
from kefu.services.evaluation.answers import LabelledQuestion
from kefu.services.evaluation.reading import read_questions
from kefu.services.knowledge_base import KnowledgeBaseService


class Verdict(StrEnum):
    """``right`` also where there is no answer and none was given; ``silent``: there is one and it was not given."""

    RIGHT = "right"
    WRONG = "wrong"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Judged:
    question: LabelledQuestion
    verdict: Verdict
    finding: Finding


@dataclass(frozen=True, slots=True)
class Share:
    """Of ``n``, with its 95 % interval."""

    hits: int
    n: int
    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class OwnFigures:
    """``right``: of the questions with an answer; ``wrong``: of the answers given; ``kept_silent``: of those without one."""

    n: int
    right: Share
    wrong: Share
    abstained: Share
    kept_silent: Share
    judged: tuple[Judged, ...]


class OwnEvaluation:
    """Asks as a contact without segments would, without a model."""

    def __init__(self, knowledge: KnowledgeBaseService, *, finder: Finder, clock: Clock) -> None:
        self._knowledge = knowledge
        self._finder = finder
        self._clock = clock

    async def evaluate(self, workspace_id: str, path: Path) -> OwnFigures:
        """``path``: JSON lines of id, text and relevant (document keys). Raises InvalidInputError with file and line."""
        questions = await asyncio.to_thread(read_questions, path)
        index = (await self._knowledge.refresh(workspace_id)).seen_by(Viewer(self._clock.now()))
        return await asyncio.to_thread(self._ask_all, questions, index)

    def _ask_all(self, questions: Sequence[LabelledQuestion], index: KnowledgeIndex) -> OwnFigures:
        judged = tuple(self._ask(question, index) for question in questions)
        answered = [one for one in judged if one.finding.is_answerable]
        answerable = [one for one in judged if one.question.relevant]
        hopeless = [one for one in judged if not one.question.relevant]
        return OwnFigures(
            n=len(judged),
            right=_share(sum(one.verdict is Verdict.RIGHT for one in answerable), len(answerable)),
            wrong=_share(sum(one.verdict is Verdict.WRONG for one in answered), len(answered)),
            abstained=_share(len(judged) - len(answered), len(judged)),
            kept_silent=_share(sum(one.verdict is Verdict.RIGHT for one in hopeless), len(hopeless)),
            judged=judged,
        )

    def _ask(self, question: LabelledQuestion, index: KnowledgeIndex) -> Judged:
        finding = self._finder.find_now(question.text, language=detect_language(question.text), index=index)
        if not finding.is_answerable:
            return Judged(question, Verdict.SILENT if question.relevant else Verdict.RIGHT, finding)
        quoted = {quote.passage.chunk.document_key for quote in finding.quotes}
        return Judged(question, Verdict.RIGHT if quoted & question.relevant else Verdict.WRONG, finding)


def _share(hits: int, n: int) -> Share:
    low, high = wilson(hits, n)
    return Share(hits, n, round(hits / n, 4) if n else 0.0, round(low, 4), round(high, 4))
