"""The owner says how many answers may be wrong; labelled questions, asked of the own knowledge, say from where on to answer.

A job: the questions are kept as an upload until it is over, so that any worker can ask them.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

import orjson

from kefu.dialogue.answer.finding import Finder
from kefu.domain.conversation import Language
from kefu.domain.errors import ConflictError, FileTooLargeError, InvalidInputError, NotFoundError, UnavailableError
from kefu.domain.job import Job, JobDraft, JobProblem
from kefu.domain.knowledge import Risk, Viewer
from kefu.domain.policy import AnswerThreshold
from kefu.kit.canonical import sha256_of
from kefu.kit.clock import Clock
from kefu.kit.jsonvalue import JsonObject
from kefu.kit.text import normalise
from kefu.knowledge.index import KnowledgeIndex
from kefu.knowledge.parsers.source import MEBI
from kefu.knowledge.partition import LANGUAGES
from kefu.services.answer_policy import AnswerPolicyService, Calibrated
from kefu.services.evaluation.answers import LabelledQuestion, ask_all
from kefu.services.evaluation.reading import parse_questions
from kefu.services.evaluation.thresholds import ClassReport, Scored, choose_threshold, to_scored
from kefu.services.imports import SentFile
from kefu.services.job_run import JobRun
from kefu.services.jobs import JobService, order_in
from kefu.services.knowledge_base import KnowledgeBaseService
from kefu.storage.database import Database

CALIBRATION = "answer_calibration"
MOST_QUESTIONS = 20_000
MOST_BYTES = 8 * MEBI
WRONG, STRICT_WRONG = 0.02, 0.01
MOST_WRONG = 0.5
_SUBJECT = "answer_policy"
_BATCH = 10
_PROBLEMS = 50


@dataclass(frozen=True, slots=True)
class CalibrationOrder:
    """``wrong`` and ``strict_wrong``: the shares of wrong answers among those given that the owner bears, by risk."""

    name: str
    """The questions' file, for messages."""
    wrong: float = WRONG
    strict_wrong: float = STRICT_WRONG
    is_dry_run: bool = False
    set_by: str = ""


@dataclass(frozen=True, slots=True)
class _Asked:
    """The different questions; ``repeated``: how many more there were that only say the same again."""

    questions: tuple[LabelledQuestion, ...]
    repeated: int
    data_hash: str


class CalibrationService:
    """Orders and runs the job. One at a time in a workspace, for they set one policy."""

    def __init__(
        self,
        database: Database,
        *,
        knowledge: KnowledgeBaseService,
        finder: Finder,
        policies: AnswerPolicyService,
        jobs: JobService,
        clock: Clock,
    ) -> None:
        self._database = database
        self._knowledge = knowledge
        self._finder = finder
        self._policies = policies
        self._jobs = jobs
        self._clock = clock

    async def receive(self, workspace_id: str, files: AsyncIterator[SentFile], order: CalibrationOrder) -> Job:
        """As ``order``, of the one file that is sent. Raises FileTooLargeError too."""
        raw: bytes | None = None
        async for file in files:
            if raw is not None:
                raise InvalidInputError("Send one file of questions.", field="files")
            raw = await _read(file)
        if raw is None:
            raise InvalidInputError("There is no file in it.", field="files")
        return await self.order(workspace_id, raw, order)

    async def order(self, workspace_id: str, raw: bytes, order: CalibrationOrder) -> Job:
        """``raw``: lines of id, text and relevant. Raises InvalidInputError with the line, ConflictError while one runs."""
        _require_budgets(order)
        asked = await asyncio.to_thread(_parse, raw, order.name)
        async with self._database.write(workspace_id) as unit:
            upload_id = await unit.uploads.begin(order.name)
            for number, start in enumerate(range(0, len(raw), MEBI)):
                await unit.uploads.add_part(upload_id, number, raw[start : start + MEBI])
            payload: JsonObject = {
                "upload": upload_id,
                "name": order.name,
                "data_hash": asked.data_hash,
                "wrong": order.wrong,
                "strict_wrong": order.strict_wrong,
                "is_dry_run": order.is_dry_run,
                "set_by": order.set_by,
            }
            job = await order_in(unit, JobDraft(CALIBRATION, _SUBJECT, payload))
            if job.payload.get("upload") != upload_id:
                raise ConflictError(f"A calibration is under way already: `kefu job show {job.id}`.")
            await unit.uploads.attach(upload_id, job.id)
            return job

    async def get(self, workspace_id: str, job_id: str) -> Job:
        """Raises NotFoundError, also for a job of another kind."""
        job = await self._jobs.get(workspace_id, job_id)
        if job.kind != CALIBRATION:
            raise NotFoundError("calibration", job_id)
        return job

    async def run(self, run: JobRun) -> JsonObject:
        """Job handler. A second run begins anew: it takes some minutes at most."""
        payload, workspace_id = run.job.payload, run.job.workspace_id
        async with self._database.read(workspace_id) as unit:
            raw = b"".join([part async for part in unit.uploads.parts(str(payload["upload"]))])
        asked = await asyncio.to_thread(_parse, raw, str(payload["name"]))
        index = await self._index(workspace_id)
        await self._name_unknown(run, workspace_id, asked.questions)
        scored = await self._ask(run, asked.questions, index)
        budgets = {Risk.GENERAL: float(str(payload["wrong"])), Risk.STRICT: float(str(payload["strict_wrong"]))}
        classes = await asyncio.to_thread(_choose, scored, budgets)
        chosen = _chosen(classes)
        is_stored = bool(chosen) and payload["is_dry_run"] is not True
        report: JsonObject = {
            "questions": len(asked.questions),
            "repeated": asked.repeated,
            "data_hash": asked.data_hash,
            "knowledge_version": index.version,
            "encoder": index.encoder,
            "is_dry_run": payload["is_dry_run"],
            "is_stored": is_stored,
            "classes": [_to_json(one) for one in classes],
        }
        if is_stored:
            calibrated = Calibrated(chosen, index.version, index.encoder, report)
            await self._policies.adopt(workspace_id, calibrated, set_by=str(payload["set_by"]))
        return report

    async def _index(self, workspace_id: str) -> KnowledgeIndex:
        """What a contact without segments may see now."""
        index = (await self._knowledge.refresh(workspace_id)).seen_by(Viewer(self._clock.now()))
        if not index.size:
            raise InvalidInputError("The knowledge base is empty.")
        if index.is_degraded:
            raise UnavailableError("Only words can be searched at the moment: thresholds would be for those alone.")
        return index

    async def _name_unknown(self, run: JobRun, workspace_id: str, questions: Sequence[LabelledQuestion]) -> None:
        """A question whose right document does not exist would count as answered wrongly without a word."""
        async with self._database.read(workspace_id) as unit:
            known = {document.key for document in await unit.document_lists.list_current()}
        problems = [
            JobProblem(question.id, NotFoundError.code, f"There is no document {key}.")
            for question in questions
            for key in sorted(question.relevant - known)
        ]
        await run.report(done=0, total=len(questions), problems=problems)

    async def _ask(self, run: JobRun, questions: Sequence[LabelledQuestion], index: KnowledgeIndex) -> list[Scored]:
        scored: list[Scored] = []
        for start in range(0, len(questions), _BATCH):
            await run.report(done=start, total=len(questions))
            batch = questions[start : start + _BATCH]
            outcomes = await asyncio.to_thread(ask_all, index, batch, finder=self._finder)
            scored += [to_scored(outcome) for outcome in outcomes]
        await run.report(done=len(questions), total=len(questions))
        return scored


async def _read(file: SentFile) -> bytes:
    raw = bytearray()
    async for chunk in file.chunks():
        raw += chunk
        if len(raw) > MOST_BYTES:
            raise FileTooLargeError(file=file.name, limit=MOST_BYTES)
    return bytes(raw)


def _require_budgets(order: CalibrationOrder) -> None:
    for name, share in (("wrong", order.wrong), ("strict_wrong", order.strict_wrong)):
        if not 0 < share <= MOST_WRONG:
            raise InvalidInputError(f"The share of wrong answers is over 0 and at most {MOST_WRONG:.0%}.", field=name)


def _parse(raw: bytes, name: str) -> _Asked:
    """Each question once: one that is asked again is no further evidence."""
    found: dict[str, LabelledQuestion] = {}
    lines = parse_questions(raw, name=name)
    for line in lines:
        found.setdefault(normalise(line.text).text.strip(), line)
    if not found or len(found) > MOST_QUESTIONS:
        raise InvalidInputError(f"{name}: from 1 to {MOST_QUESTIONS} questions can be asked.")
    questions = tuple(found.values())
    data_hash = sha256_of([[one.id, one.text, sorted(one.relevant)] for one in questions])
    return _Asked(questions, len(lines) - len(questions), data_hash)


def _choose(scored: Sequence[Scored], budgets: dict[Risk, float]) -> list[ClassReport]:
    return [
        choose_threshold(own, budgets[risk])
        for language in LANGUAGES
        for risk in Risk
        if (own := [one for one in scored if (one.language, one.risk) == (language, risk)])
    ]


def _chosen(classes: Sequence[ClassReport]) -> dict[Language, dict[Risk, AnswerThreshold]]:
    chosen: dict[Language, dict[Risk, AnswerThreshold]] = {}
    for one in classes:
        if one.threshold is not None:
            chosen.setdefault(one.language, {})[one.risk] = one.threshold
    return chosen


def _to_json(report: ClassReport) -> JsonObject:
    found: JsonObject = orjson.loads(orjson.dumps(report, default=sorted))
    return {**found, "is_confirmed": report.is_confirmed}
