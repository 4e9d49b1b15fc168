"""Bodies about how sure answers must be, and how that was measured."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from kefu.domain.conversation import Language
from kefu.domain.job import Job, JobState
from kefu.domain.knowledge import Risk
from kefu.server.schemas import Request
from kefu.server.schemas_work import JobErrorBody, JobProblemBody
from kefu.services.answer_policy import PolicyView
from kefu.services.evaluation.thresholds import Choice

Probability = Annotated[float, Field(gt=0, le=1)]


class RiskThresholds(Request):
    """From which probability on to answer; null: as the built-in threshold says."""

    general: Probability | None = None
    strict: Probability | None = None

    def to_thresholds(self) -> dict[Risk, float]:
        named = {Risk.GENERAL: self.general, Risk.STRICT: self.strict}
        return {risk: value for risk, value in named.items() if value is not None}


class AnswerPolicyRequest(Request):
    """Thresholds set by hand, in the place of all before."""

    zh: RiskThresholds = Field(default_factory=RiskThresholds)
    en: RiskThresholds = Field(default_factory=RiskThresholds)

    def to_thresholds(self) -> dict[Language, dict[Risk, float]]:
        return {"zh": self.zh.to_thresholds(), "en": self.en.to_thresholds()}


class FiguresBody(BaseModel):
    """``bound``: upper bound (95 %) of wrong / answered. ``coverage``: right answers of the answerable questions; ``abstained``: of the others."""

    n: int
    answerable: int
    answered: int
    wrong: int
    right: int
    silent: int
    bound: float
    coverage: float
    abstained: float


class CurvePointBody(BaseModel):
    threshold: float
    figures: FiguresBody


class WrongAnswerBody(BaseModel):
    id: str
    text: str
    probability: float
    quoted: list[str]


class BinBody(BaseModel):
    begins: float
    n: int
    probability: float
    right: float


class AnswerThresholdBody(BaseModel):
    """``evidence``: the kinds that it was measured on; on others the built-in threshold counts too, if it is higher."""

    probability: float
    evidence: list[str]


class ClassReportBody(BaseModel):
    """One language and risk. ``held_out``: each half of the questions by the threshold that was chosen on the other."""

    language: Language
    risk: Risk
    budget: float
    questions: int
    quoted: int
    choice: Choice
    is_confirmed: bool
    threshold: AnswerThresholdBody | None
    needed: int
    tightest: float
    fitted: FiguresBody | None
    held_out: FiguresBody
    curve: list[CurvePointBody]
    surest_wrong: list[WrongAnswerBody]
    bins: list[BinBody]
    ece: float
    brier: float


class CalibrationReportBody(BaseModel):
    """``repeated``: questions that only said again what another one says; they were left out."""

    questions: int
    repeated: int
    data_hash: str
    knowledge_version: int
    encoder: str
    is_dry_run: bool
    is_stored: bool
    classes: list[ClassReportBody]


class CalibrationResponse(BaseModel):
    """``report`` is there when ``state`` is ``succeeded``; ``problems``: questions whose document does not exist."""

    job_id: str
    state: JobState
    done: int
    total: int
    report: CalibrationReportBody | None
    problems: list[JobProblemBody]
    problem_count: int
    error: JobErrorBody | None

    @classmethod
    def of(cls, job: Job) -> "CalibrationResponse":
        return cls(
            job_id=job.id,
            state=job.state,
            done=job.done,
            total=job.total,
            report=CalibrationReportBody.model_validate(job.result) if job.state is JobState.SUCCEEDED else None,
            problems=[JobProblemBody(item=one.item, code=one.code, detail=one.detail) for one in job.problems],
            problem_count=job.problem_count,
            error=None if job.error_code is None else JobErrorBody(code=job.error_code, detail=job.error_detail or ""),
        )


class AnswerPolicyResponse(BaseModel):
    """``is_outdated``: the knowledge or its encoder is another than when this was set. ``report``: none when set by hand."""

    is_built_in: bool
    thresholds: dict[Language, dict[Risk, AnswerThresholdBody]]
    set_by: str | None
    set_at: datetime | None
    knowledge_version: int
    set_on_knowledge_version: int | None
    is_outdated: bool
    report: CalibrationReportBody | None

    @classmethod
    def of(cls, view: PolicyView) -> "AnswerPolicyResponse":
        record = view.record
        own = {} if record is None else record.policy.thresholds
        return cls(
            is_built_in=record is None,
            thresholds={
                language: {
                    risk: AnswerThresholdBody(probability=one.probability, evidence=sorted(one.evidence))
                    for risk, one in of_risk.items()
                }
                for language, of_risk in own.items()
            },
            set_by=None if record is None else record.set_by,
            set_at=None if record is None else record.set_at,
            knowledge_version=view.knowledge_version,
            set_on_knowledge_version=None if record is None else record.knowledge_version,
            is_outdated=view.is_outdated,
            report=None
            if record is None or record.report is None
            else CalibrationReportBody.model_validate(record.report),
        )
