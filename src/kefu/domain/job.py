"""Long work that a person can watch and stop: imports, re-indexing, trainings."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from kefu.kit.jsonvalue import JsonObject


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_over(self) -> bool:
        return self in (JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED)


@dataclass(frozen=True, slots=True)
class JobDraft:
    """Work to be done. ``subject`` names what it works on: of a kind, only one job a subject is open at a time."""

    kind: str
    subject: str
    payload: JsonObject = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class JobProblem:
    """One thing that failed while the job went on: a file, a page, a row."""

    item: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Job:
    """``done`` of ``total`` (0 while unknown). ``cursor`` is the handler's own note of how far it is, for resuming."""

    id: str
    workspace_id: str
    kind: str
    subject: str
    payload: JsonObject
    state: JobState
    done: int
    total: int
    cursor: JsonObject
    result: JsonObject
    problems: tuple[JobProblem, ...]
    problem_count: int
    """All problems; ``problems`` holds the first of them."""
    error_code: str | None
    error_detail: str | None
    attempts: int
    lease_token: int
    is_cancel_requested: bool
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class JobProgress:
    """What a running job reports: only ever more."""

    done: int
    total: int
    cursor: JsonObject
    problems: tuple[JobProblem, ...]
    problem_count: int


@dataclass(frozen=True, slots=True)
class JobEnd:
    """How a job ended."""

    state: JobState
    result: JsonObject = field(default_factory=dict)
    error_code: str | None = None
    error_detail: str | None = None
