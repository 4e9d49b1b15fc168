"""How sure answers must be: read, set, measured."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from kefu.domain.access import Scope
from kefu.server.dependencies import FactoryDep, OperatorWith
from kefu.server.multipart import FILES_FORM, read_files
from kefu.server.schemas_policy import AnswerPolicyRequest, AnswerPolicyResponse, CalibrationResponse
from kefu.server.schemas_work import JobResponse
from kefu.services.calibration import MOST_WRONG, STRICT_WRONG, WRONG, CalibrationOrder
from kefu.services.principal import Operator

router = APIRouter(prefix="/knowledge", tags=["knowledge"])
Reader = Annotated[Operator, OperatorWith(Scope.KNOWLEDGE_READ)]
Writer = Annotated[Operator, OperatorWith(Scope.KNOWLEDGE_WRITE)]
Budget = Annotated[float, Query(gt=0, le=MOST_WRONG, description="Wrong answers among those given, as a share.")]


@router.get("/answer-policy")
async def get_answer_policy(factory: FactoryDep, operator: Reader) -> AnswerPolicyResponse:
    return AnswerPolicyResponse.of(await factory.answer_policies.get(operator.workspace_id))


@router.put("/answer-policy")
async def set_answer_policy(body: AnswerPolicyRequest, factory: FactoryDep, operator: Writer) -> AnswerPolicyResponse:
    view = await factory.answer_policies.set(operator.workspace_id, body.to_thresholds(), set_by=operator.key_id)
    return AnswerPolicyResponse.of(view)


@router.delete("/answer-policy", status_code=204)
async def reset_answer_policy(factory: FactoryDep, operator: Writer) -> Response:
    """Back to the built-in thresholds."""
    await factory.answer_policies.reset(operator.workspace_id)
    return Response(status_code=204)


@router.post("/calibrations", status_code=202, openapi_extra=FILES_FORM)
async def calibrate(
    request: Request,
    factory: FactoryDep,
    operator: Writer,
    *,
    wrong: Budget = WRONG,
    strict_wrong: Budget = STRICT_WRONG,
    dry_run: Annotated[bool, Query(description="Measure only; the policy stays.")] = False,
) -> JobResponse:
    """One file, lines of `{"id", "text", "relevant": [key]}`; an empty `relevant` says that there is no answer."""
    files = read_files(request.headers.get("content-type", ""), request.stream())
    order = CalibrationOrder(
        "questions", wrong=wrong, strict_wrong=strict_wrong, is_dry_run=dry_run, set_by=operator.key_id
    )
    return JobResponse.of(await factory.calibration.receive(operator.workspace_id, files, order))


@router.get("/calibrations/{job_id}")
async def get_calibration(job_id: str, factory: FactoryDep, operator: Reader) -> CalibrationResponse:
    return CalibrationResponse.of(await factory.calibration.get(operator.workspace_id, job_id))
