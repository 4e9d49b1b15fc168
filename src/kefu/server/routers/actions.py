"""Writes on other systems: what waits for an agent, and what nobody knows the end of."""

from typing import Annotated

from fastapi import APIRouter, Query

from kefu.domain.access import Scope
from kefu.domain.action import LedgerStatus, PendingActionState
from kefu.domain.conversation import Language
from kefu.server.dependencies import FactoryDep, OperatorWith
from kefu.server.schemas_actions import (
    ActionFileResponse,
    ActionListResponse,
    ActionResponse,
    DecisionRequest,
    ReconcileRequest,
    WriteListResponse,
    WriteResponse,
)
from kefu.server.schemas_work import JobResponse
from kefu.services.actions import RECONCILE, Decider
from kefu.services.principal import Operator

router = APIRouter(prefix="/actions", tags=["actions"])
Reader = Annotated[Operator, OperatorWith(Scope.ACTIONS_READ)]
Writer = Annotated[Operator, OperatorWith(Scope.ACTIONS_WRITE)]


@router.get("")
async def list_actions(
    factory: FactoryDep,
    operator: Reader,
    *,
    state: Annotated[list[PendingActionState] | None, Query(description="Default: `approval`.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> ActionListResponse:
    states = state or [PendingActionState.APPROVAL]
    found = await factory.actions.list_actions(operator.workspace_id, states, limit=limit)
    return ActionListResponse(actions=[ActionResponse.of(view) for view in found])


@router.post("/{action_id}/approve")
async def approve_action(
    action_id: str, factory: FactoryDep, operator: Writer, body: DecisionRequest | None = None
) -> ActionResponse:
    by = _decider(operator, "" if body is None else body.reason)
    return ActionResponse.of(await factory.actions.approve(operator.workspace_id, action_id, by=by))


@router.post("/{action_id}/decline")
async def decline_action(
    action_id: str, factory: FactoryDep, operator: Writer, body: DecisionRequest | None = None
) -> ActionResponse:
    by = _decider(operator, "" if body is None else body.reason)
    return ActionResponse.of(await factory.actions.decline(operator.workspace_id, action_id, by=by))


@router.get("/writes")
async def list_writes(
    factory: FactoryDep,
    operator: Reader,
    *,
    status: Annotated[list[LedgerStatus] | None, Query(description="Default: `unknown`.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> WriteListResponse:
    statuses = status or [LedgerStatus.UNKNOWN]
    found = await factory.actions.list_writes(operator.workspace_id, statuses, limit=limit)
    return WriteListResponse(writes=[WriteResponse.of(view) for view in found])


@router.post("/writes/reconcile", status_code=202)
async def reconcile_writes(factory: FactoryDep, operator: Writer) -> JobResponse:
    return JobResponse.of(await factory.jobs.order(operator.workspace_id, RECONCILE))


@router.post("/writes/{write_id}/reconcile")
async def reconcile_write(
    write_id: str, body: ReconcileRequest, factory: FactoryDep, operator: Writer
) -> WriteResponse:
    if body.outcome is None:
        return WriteResponse.of(await factory.actions.ask(operator.workspace_id, write_id))
    status = LedgerStatus(body.outcome)
    settled = await factory.actions.settle(
        operator.workspace_id, write_id, status, by=_decider(operator), note=body.note
    )
    return WriteResponse.of(settled)


@router.get("/{action_id}")
async def get_action(
    action_id: str, factory: FactoryDep, operator: Reader, language: Language = "zh"
) -> ActionFileResponse:
    found = await factory.actions.find_file(operator.workspace_id, action_id, language=language)
    return ActionFileResponse.of(found)


def _decider(operator: Operator, reason: str = "") -> Decider:
    return Decider(operator.key_id, operator.agent_id, reason)
