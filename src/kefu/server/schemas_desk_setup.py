"""Bodies of what the desk is made of: agents, teams, canned responses, opening hours."""

from datetime import date, datetime, time, timedelta
from typing import Annotated

from pydantic import BaseModel, Field

from kefu.dialogue.handoff import Policy
from kefu.domain.conversation import Hotlines, Inbox, Language
from kefu.domain.desk import Agent, AgentState, CannedResponse, Team
from kefu.domain.hours import OpeningHours, Spans
from kefu.server.schemas import Request
from kefu.server.schemas_desk import Name, Text

_Time = Annotated[time, Field(strict=False)]
_Span = Annotated[tuple[_Time, _Time], Field(strict=False)]
DaySpans = Annotated[list[_Span], Field(max_length=10)]


class AgentRequest(Request):
    """``teams`` are names; a team that does not exist is made."""

    name: Name
    languages: Annotated[list[Language], Field(min_length=1, default_factory=lambda: ["zh", "en"])]
    teams: Annotated[list[Name], Field(max_length=50, default_factory=list)]


class AgentChangeRequest(Request):
    languages: Annotated[list[Language], Field(min_length=1)] | None = None
    teams: Annotated[list[Name], Field(max_length=50)] | None = None


class AgentStateRequest(Request):
    """Say it again within 90 seconds: who is not heard of counts as offline."""

    state: Annotated[AgentState, Field(strict=False)]


class AgentResponse(BaseModel):
    """``state`` is what counts now; ``teams`` are ids."""

    id: str
    name: str
    languages: list[Language]
    teams: list[str]
    state: AgentState
    seen_at: datetime | None

    @classmethod
    def of(cls, agent: Agent, now: datetime) -> "AgentResponse":
        return cls(
            id=agent.id,
            name=agent.name,
            languages=[*agent.languages],
            teams=[*agent.teams],
            state=agent.presence(now),
            seen_at=agent.seen_at,
        )


class AgentListResponse(BaseModel):
    agents: list[AgentResponse]


class AgentKeyRequest(Request):
    """``may_approve``: the key also has the scope ``actions:write``."""

    may_approve: bool = False


class HotlinesBody(Request):
    """By policy class (``vulnerable``, ``injury``, ``fraud``, ``legal``), whom customers are told to contact."""

    hotlines: dict[
        Annotated[Policy, Field(strict=False)], dict[Language, Annotated[str, Field(min_length=1, max_length=300)]]
    ]

    @classmethod
    def of(cls, hotlines: Hotlines) -> "HotlinesBody":
        return cls(hotlines={Policy(policy): dict(texts) for policy, texts in hotlines.items()})

    def to_hotlines(self) -> Hotlines:
        return {policy.value: texts for policy, texts in self.hotlines.items()}


class AgentKeyResponse(BaseModel):
    """``token`` is shown once."""

    key_id: str
    token: str


class TeamRequest(Request):
    name: Name


class TeamResponse(BaseModel):
    id: str
    name: str

    @classmethod
    def of(cls, team: Team) -> "TeamResponse":
        return cls(id=team.id, name=team.name)


class TeamListResponse(BaseModel):
    teams: list[TeamResponse]


class CannedResponseBody(BaseModel):
    key: str
    language: Language
    text: str

    @classmethod
    def of(cls, response: CannedResponse) -> "CannedResponseBody":
        return cls(key=response.key, language=response.language, text=response.text)


class CannedResponseRequest(Request):
    """``{customer}``, ``{agent}`` and ``{inbox}`` are filled in when it is used."""

    text: Text


class CannedResponseListResponse(BaseModel):
    canned_responses: list[CannedResponseBody]


class FilledResponse(BaseModel):
    text: str


class HoursBody(Request):
    """``weekly``: seven lists of [opens, closes], Monday first; ``holidays`` replace their day, [] is closed."""

    time_zone: Annotated[str, Field(min_length=1, max_length=60)]
    weekly: Annotated[list[DaySpans], Field(min_length=7, max_length=7)]
    holidays: dict[Annotated[date, Field(strict=False)], DaySpans] = Field(default_factory=dict)
    answer_within_minutes: Annotated[int, Field(ge=1, le=60 * 24 * 14)] = 60

    def to_hours(self) -> OpeningHours:
        return OpeningHours(
            time_zone=self.time_zone,
            weekly=tuple(_to_spans(day) for day in self.weekly),
            holidays={day: _to_spans(spans) for day, spans in self.holidays.items()},
            answer_within=timedelta(minutes=self.answer_within_minutes),
        )

    @classmethod
    def of(cls, hours: OpeningHours) -> "HoursBody":
        return cls(
            time_zone=hours.time_zone,
            weekly=[[*day] for day in hours.weekly],
            holidays={day: [*spans] for day, spans in hours.holidays.items()},
            answer_within_minutes=int(hours.answer_within.total_seconds() // 60),
        )


class InboxHoursResponse(BaseModel):
    """``is_open`` is of this moment; without hours it is always open and promises nothing."""

    inbox: str
    hours: HoursBody | None
    is_open: bool

    @classmethod
    def of(cls, inbox: Inbox, now: datetime) -> "InboxHoursResponse":
        hours = None if inbox.hours is None else HoursBody.of(inbox.hours)
        return cls(inbox=inbox.slug, hours=hours, is_open=inbox.hours is None or inbox.hours.is_open(now))


class InboxListResponse(BaseModel):
    inboxes: list[InboxHoursResponse]


def _to_spans(spans: list[tuple[time, time]]) -> Spans:
    return tuple((opens, closes) for opens, closes in spans)
