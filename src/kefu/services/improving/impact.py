"""What a draft would change: the last real questions, answered with the knowledge as it is and as it would be."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from kefu.dialogue.answer.finding import Finder, Finding
from kefu.dialogue.guard.personal import mask_personal
from kefu.domain.conversation import Language
from kefu.domain.errors import InvalidInputError, NotFoundError
from kefu.domain.improving import AskedQuestion
from kefu.domain.job import Job, JobDraft
from kefu.domain.knowledge import Attributes, Availability, Chunk, Document, Risk, Term, Viewer
from kefu.kit.canonical import sha256_of
from kefu.kit.clock import Clock
from kefu.kit.ids import new_id
from kefu.kit.jsonvalue import JsonObject, as_list, as_object
from kefu.knowledge.chunking import to_chunks
from kefu.knowledge.index import KnowledgeIndex
from kefu.services.documents import DocumentText, parse_text
from kefu.services.job_run import JobRun
from kefu.services.jobs import JobService
from kefu.services.knowledge_base import KnowledgeBaseService
from kefu.storage.database import Database

IMPACT = "knowledge_impact"
QUESTIONS, MOST_QUESTIONS = 200, 2_000
_BATCH = 10


class Effect(StrEnum):
    """What becomes of one question."""

    ANSWERED = "answered"
    ABSTAINED = "abstained"
    OTHER_DOCUMENT = "other_document"
    OTHER_WORDS = "other_words"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class _Times:
    """A question with how often it was asked."""

    question: AskedQuestion
    count: int


class ImpactPreview:
    """Orders and runs the job. It publishes nothing and stores no vector."""

    def __init__(
        self, database: Database, *, knowledge: KnowledgeBaseService, finder: Finder, jobs: JobService, clock: Clock
    ) -> None:
        self._database = database
        self._knowledge = knowledge
        self._finder = finder
        self._jobs = jobs
        self._clock = clock

    async def order(
        self,
        workspace_id: str,
        *,
        key: str,
        language: Language,
        text: DocumentText | None = None,
        questions: int = QUESTIONS,
    ) -> Job:
        """Of the stored draft of this key and language, or of a text. Raises NotFoundError, InvalidInputError."""
        if text is not None and text.language != language:
            raise InvalidInputError("The text is of another language than the draft.", field="language")
        if not 1 <= questions <= MOST_QUESTIONS:
            raise InvalidInputError(f"From 1 to {MOST_QUESTIONS} questions can be asked.", field="questions")
        if text is None:
            async with self._database.read(workspace_id) as unit:
                if await unit.documents.find_draft(key, language) is None:
                    raise NotFoundError("draft", f"{key} ({language})")
        else:
            await asyncio.to_thread(parse_text, text)
        payload: JsonObject = {
            "key": key,
            "language": language,
            "questions": questions,
            "text": None if text is None else _text_to_json(text),
        }
        return await self._jobs.order(workspace_id, JobDraft(IMPACT, sha256_of(payload)[:32], payload))

    async def get(self, workspace_id: str, job_id: str) -> Job:
        """Raises NotFoundError, also for a job of another kind."""
        job = await self._jobs.get(workspace_id, job_id)
        if job.kind != IMPACT:
            raise NotFoundError("impact", job_id)
        return job

    async def run(self, run: JobRun) -> JsonObject:
        """Job handler. A second run begins anew: it takes seconds."""
        payload, workspace_id = run.job.payload, run.job.workspace_id
        key, language = str(payload["key"]), _language(payload["language"])
        before = await self._knowledge.refresh(workspace_id)
        async with self._database.read(workspace_id) as unit:
            chunks = await unit.document_lists.list_chunks()
            terms = await unit.terms.list_all()
            asked = await unit.asked_questions.list_newest(limit=int(str(payload["questions"])))
            drafted = await unit.document_lists.list_draft_chunks(key, language)
        if payload["text"] is not None:
            drafted = await asyncio.to_thread(self._cut, workspace_id, _text_from_json(as_object(payload["text"])))
        after = await self._published(workspace_id, chunks, drafted, terms=terms, name=(key, language))
        return await self._compare(run, _different(asked, int(str(payload["questions"]))), before=before, after=after)

    async def _published(
        self,
        workspace_id: str,
        chunks: Sequence[Chunk],
        drafted: Sequence[Chunk],
        *,
        terms: Sequence[Term],
        name: tuple[str, Language],
    ) -> KnowledgeIndex:
        if not drafted:
            raise NotFoundError("draft", f"{name[0]} ({name[1]})")
        kept = [chunk for chunk in chunks if (chunk.document_key, chunk.language) != name]
        return await self._knowledge.preview(workspace_id, [*kept, *drafted], terms=terms)

    async def _compare(
        self, run: JobRun, questions: Sequence[_Times], *, before: KnowledgeIndex, after: KnowledgeIndex
    ) -> JsonObject:
        counts: dict[str, int] = dict.fromkeys(Effect, 0)
        changes: list[JsonObject] = []
        for start in range(0, len(questions), _BATCH):
            await run.report(done=start, total=len(questions))
            batch = questions[start : start + _BATCH]
            for effect, change in await asyncio.to_thread(self._ask, batch, before, after):
                counts[effect] += 1
                if effect is not Effect.SAME:
                    changes.append(change)
        await run.report(done=len(questions), total=len(questions))
        return {
            "questions": len(questions),
            "counts": {effect.value: counts[effect] for effect in Effect},
            "changes": [*changes],
        }

    def _ask(
        self, questions: Sequence[_Times], before: KnowledgeIndex, after: KnowledgeIndex
    ) -> list[tuple[Effect, JsonObject]]:
        found: list[tuple[Effect, JsonObject]] = []
        for one in questions:
            viewer = Viewer(self._clock.now(), one.question.segments)
            old, new = (
                self._finder.find_now(one.question.text, language=one.question.language, index=index.seen_by(viewer))
                for index in (before, after)
            )
            effect = _effect(old, new)
            change: JsonObject = {
                "effect": effect.value,
                "question": mask_personal(one.question.text),
                "language": one.question.language,
                "count": one.count,
                "before": _finding_to_json(old),
                "after": _finding_to_json(new),
            }
            found.append((effect, change))
        return found

    def _cut(self, workspace_id: str, text: DocumentText) -> list[Chunk]:
        """The chunks that a text would have as a stored document."""
        parsed = parse_text(text)
        draft = parsed.draft
        document = Document(
            id=new_id("doc"),
            workspace_id=workspace_id,
            key=draft.key,
            version=0,
            kind=draft.kind,
            title=draft.title,
            language=draft.language,
            text=draft.text,
            content_hash="",
            created_at=self._clock.now(),
            attributes=draft.attributes,
        )
        return to_chunks(parsed, document)


def _different(asked: Sequence[AskedQuestion], most: int) -> list[_Times]:
    """Each question once for each kind of contact, the newest first."""
    found: dict[tuple[str, str, frozenset[str]], _Times] = {}
    for question in asked:
        name = (question.text, question.language, question.segments)
        known = found.get(name)
        found[name] = _Times(question, 1) if known is None else replace(known, count=known.count + 1)
    return list(found.values())[:most]


def _effect(old: Finding, new: Finding) -> Effect:
    if old.is_answerable != new.is_answerable:
        return Effect.ANSWERED if new.is_answerable else Effect.ABSTAINED
    if not new.is_answerable:
        return Effect.SAME
    if _documents(old) != _documents(new):
        return Effect.OTHER_DOCUMENT
    return Effect.SAME if [one.text for one in old.quotes] == [one.text for one in new.quotes] else Effect.OTHER_WORDS


def _documents(finding: Finding) -> set[tuple[str, str]]:
    return {(one.passage.chunk.document_key, one.passage.chunk.language) for one in finding.quotes}


def _finding_to_json(finding: Finding) -> JsonObject:
    quotes = finding.quotes if finding.is_answerable else ()
    return {
        "is_answered": finding.is_answerable,
        "probability": round(finding.probability, 4),
        "threshold": round(finding.threshold, 4),
        "quotes": [{"document": one.passage.chunk.document_key, "text": one.text} for one in quotes],
    }


def _text_to_json(text: DocumentText) -> JsonObject:
    segments = sorted(text.attributes.availability.segments)
    return {
        "key": text.key,
        "language": text.language,
        "text": text.text,
        "title": text.title,
        "questions": [*text.questions],
        "segments": [*segments],
        "risk": text.attributes.risk.value,
    }


def _text_from_json(found: JsonObject) -> DocumentText:
    """Dates are left out: the question is what a text would change once it is valid."""
    title = found["title"]
    segments = frozenset(str(one) for one in as_list(found["segments"]))
    return DocumentText(
        key=str(found["key"]),
        language=_language(found["language"]),
        text=str(found["text"]),
        title=None if title is None else str(title),
        questions=tuple(str(one) for one in as_list(found["questions"])),
        is_draft=True,
        attributes=Attributes(availability=Availability(segments=segments), risk=Risk(str(found["risk"]))),
    )


def _language(value: object) -> Language:
    return "en" if value == "en" else "zh"
