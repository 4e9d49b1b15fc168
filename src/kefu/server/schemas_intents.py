"""Bodies about intents: examples, versions, suggestions, and what a text is recognised as."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field

from kefu.dialogue.intents.port import Recognition
from kefu.domain.conversation import Language
from kefu.domain.intent import ExampleSource, IntentExample, IntentModel
from kefu.server.schemas import Request
from kefu.server.schemas_gaps import GapResponse
from kefu.services.intent_corrections import Suggestion
from kefu.services.intents import LONGEST_NAME, LONGEST_TEXT, IntentOverview

_MOST = 1_000
Text = Annotated[str, Field(min_length=1, max_length=LONGEST_TEXT)]
Name = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]


class ExampleBody(Request):
    """``intent`` null: out of scope."""

    text: Text
    intent: Name | None


class CorrectionRequest(Request):
    """What a customer's message really asks for; ``intent`` null: none of the intents."""

    message_id: Annotated[str, Field(min_length=1, max_length=40)]
    intent: Name | None


class AcceptanceRequest(Request):
    """What the wordings of a cluster ask for, perhaps a new intent; ``intent`` null: none of the intents."""

    intent: Name | None


class ExamplesRequest(Request):
    examples: Annotated[list[ExampleBody], Field(min_length=1, max_length=_MOST)]
    source: Annotated[ExampleSource, Field(strict=False)] = ExampleSource.AGENT


class ExampleRemovalRequest(Request):
    text: Text


class ExampleReportResponse(BaseModel):
    added: int
    changed: int
    unchanged: int


class ExampleResponse(BaseModel):
    text: str
    intent: str | None
    source: ExampleSource
    added_at: datetime
    given_by: str | None
    message_id: str | None

    @classmethod
    def of(cls, example: IntentExample) -> "ExampleResponse":
        return cls(
            text=example.text,
            intent=example.intent,
            source=example.source,
            added_at=example.added_at,
            given_by=example.given_by,
            message_id=example.message_id,
        )


class ExampleListResponse(BaseModel):
    examples: list[ExampleResponse]


class IntentBody(BaseModel):
    """``examples`` are the workspace's own, ``flow_examples`` those of the flows of its plugins."""

    name: str
    examples: int
    flow_examples: int


class IntentListResponse(BaseModel):
    """``active``: the version of the model that answers; null before the first one."""

    intents: list[IntentBody]
    out_of_scope: int
    active: int | None

    @classmethod
    def of(cls, overview: IntentOverview) -> "IntentListResponse":
        own, of_flows = overview.own, overview.of_flows
        return cls(
            intents=[
                IntentBody(name=name, examples=own.get(name, 0), flow_examples=of_flows.get(name, 0))
                for name in overview.names
            ],
            out_of_scope=own.get(None, 0),
            active=overview.active,
        )


class IntentModelResponse(BaseModel):
    """``card``: data hash, figures, reliability table, confusions."""

    version: int
    sha256: str
    size: int
    created_at: datetime
    is_active: bool
    card: dict[str, Any]

    @classmethod
    def of(cls, model: IntentModel, *, active: int | None) -> "IntentModelResponse":
        return cls(
            version=model.version,
            sha256=model.sha256,
            size=model.size,
            created_at=model.created_at,
            is_active=model.version == active,
            card=model.card,
        )


class IntentModelListResponse(BaseModel):
    models: list[IntentModelResponse]


class RecogniseRequest(Request):
    text: Text


class CandidateBody(BaseModel):
    intent: str
    probability: float


class RecognitionResponse(BaseModel):
    """``candidates``: given that the text is in scope; ``intent``: the one to act on, null when it is out of scope."""

    intent: str | None
    candidates: list[CandidateBody]
    in_scope: float
    language: Language
    anger: float

    @classmethod
    def of(cls, found: Recognition) -> "RecognitionResponse":
        return cls(
            intent=found.best,
            candidates=[CandidateBody(intent=intent, probability=value) for intent, value in found.candidates],
            in_scope=found.in_scope,
            language=found.language,
            anger=found.anger,
        )


class SuggestionBody(BaseModel):
    """``intent``: what the model in use comes nearest to; with a low ``in_scope`` it is probably a new one."""

    gap: GapResponse
    intent: str | None
    probability: float
    in_scope: float

    @classmethod
    def of(cls, suggestion: Suggestion) -> "SuggestionBody":
        return cls(
            gap=GapResponse.of(suggestion.gap),
            intent=suggestion.intent,
            probability=suggestion.probability,
            in_scope=suggestion.in_scope,
        )


class SuggestionListResponse(BaseModel):
    suggestions: list[SuggestionBody]
