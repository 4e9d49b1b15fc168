"""Intents: what they are taught with, which model answers, what to teach next."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query

from kefu.domain.access import Scope
from kefu.server.dependencies import FactoryDep, OperatorWith
from kefu.server.schemas_intents import (
    AcceptanceRequest,
    CorrectionRequest,
    ExampleListResponse,
    ExampleRemovalRequest,
    ExampleReportResponse,
    ExampleResponse,
    ExamplesRequest,
    IntentListResponse,
    IntentModelListResponse,
    IntentModelResponse,
    RecogniseRequest,
    RecognitionResponse,
    SuggestionBody,
    SuggestionListResponse,
)
from kefu.server.schemas_work import JobResponse
from kefu.services.principal import Operator

router = APIRouter(prefix="/intents", tags=["intents"])
Reader = Annotated[Operator, OperatorWith(Scope.INTENTS_READ)]
Writer = Annotated[Operator, OperatorWith(Scope.INTENTS_WRITE)]


@router.get("")
async def list_intents(factory: FactoryDep, operator: Reader) -> IntentListResponse:
    return IntentListResponse.of(await factory.intents.get_overview(operator.workspace_id))


@router.get("/examples")
async def list_examples(
    factory: FactoryDep, operator: Reader, limit: Annotated[int, Query(ge=1, le=10_000)] = 100
) -> ExampleListResponse:
    found = await factory.intents.list_examples(operator.workspace_id, limit=limit)
    return ExampleListResponse(examples=[ExampleResponse.of(one) for one in found])


@router.post("/examples")
async def add_examples(body: ExamplesRequest, factory: FactoryDep, operator: Writer) -> ExampleReportResponse:
    """A text that is there already gets the intent given now."""
    given = [(one.text, one.intent) for one in body.examples]
    report = await factory.intents.add_examples(operator.workspace_id, given, source=body.source, given_by=operator.id)
    return ExampleReportResponse(**asdict(report))


@router.post("/examples/remove")
async def remove_example(body: ExampleRemovalRequest, factory: FactoryDep, operator: Writer) -> dict[str, bool]:
    return {"removed": await factory.intents.remove_example(operator.workspace_id, body.text)}


@router.post("/train", status_code=202)
async def train_intents(factory: FactoryDep, operator: Writer) -> JobResponse:
    """Train on all examples; the new version answers as soon as it is there."""
    return JobResponse.of(await factory.intents.order_training(operator.workspace_id))


@router.get("/models")
async def list_models(factory: FactoryDep, operator: Reader) -> IntentModelListResponse:
    models, active = await factory.intents.list_versions(operator.workspace_id)
    return IntentModelListResponse(models=[IntentModelResponse.of(one, active=active) for one in models])


@router.post("/models/{version}/activate")
async def activate_model(version: int, factory: FactoryDep, operator: Writer) -> IntentModelResponse:
    return IntentModelResponse.of(await factory.intents.activate(operator.workspace_id, version), active=version)


@router.post("/rollback")
async def roll_back_model(factory: FactoryDep, operator: Writer) -> IntentModelResponse:
    """The version before the one that answers does so again."""
    model = await factory.intents.roll_back(operator.workspace_id)
    return IntentModelResponse.of(model, active=model.version)


@router.get("/suggestions")
async def list_suggestions(
    factory: FactoryDep, operator: Reader, limit: Annotated[int, Query(ge=1, le=200)] = 50
) -> SuggestionListResponse:
    """What was not understood, gathered by what it asks."""
    found = await factory.intent_corrections.suggest(operator.workspace_id, limit=limit)
    return SuggestionListResponse(suggestions=[SuggestionBody.of(one) for one in found])


@router.post("/suggestions/{cluster_id}/accept")
async def accept_suggestion(
    cluster_id: str, body: AcceptanceRequest, factory: FactoryDep, operator: Writer
) -> ExampleReportResponse:
    """All its wordings become examples for the next training."""
    report = await factory.intent_corrections.accept(
        operator.workspace_id, cluster_id, body.intent, given_by=operator.id
    )
    return ExampleReportResponse(**asdict(report))


@router.post("/corrections")
async def correct_intent(body: CorrectionRequest, factory: FactoryDep, operator: Writer) -> ExampleReportResponse:
    """A customer's message becomes an example of what it really asks for."""
    report = await factory.intent_corrections.correct(
        operator.workspace_id, body.message_id, body.intent, given_by=operator.id
    )
    return ExampleReportResponse(**asdict(report))


@router.post("/recognise")
async def recognise(body: RecogniseRequest, factory: FactoryDep, operator: Reader) -> RecognitionResponse:
    """Try one text on the model that answers."""
    return RecognitionResponse.of(await factory.intent_serving.recognise(operator.workspace_id, body.text))
