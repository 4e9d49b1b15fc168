"""For probes and Prometheus."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from kefu.server.dependencies import FactoryDep

router = APIRouter(include_in_schema=False)


@router.get("/healthz")
async def healthz() -> JSONResponse:
    return JSONResponse({"status": "ok"})


@router.get("/readyz")
async def readyz(request: Request, factory: FactoryDep) -> JSONResponse:
    """200 when a turn could start here now; 503 with what is missing. Remarks say what answers lack until a job is through."""
    problems = await factory.find_problems()
    if request.app.state.connections.drained.is_set() or factory.runner.is_draining:
        problems["server"] = "draining"
    loading = request.app.state.loading
    if not loading.done():
        problems["knowledge"] = "loading"
    elif loading.cancelled() or loading.exception() is not None:
        problems["knowledge"] = "failed"
    status = "unavailable" if problems else "ready"
    body: dict[str, object] = {"status": status, "problems": problems}
    if remarks := factory.knowledge.list_remarks():
        body["remarks"] = {"knowledge": remarks}
    return JSONResponse(body, status_code=503 if problems else 200)


@router.get("/metrics")
async def metrics() -> Response:
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
