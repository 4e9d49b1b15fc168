"""Where other systems call: the webhooks of plugins' channels."""

from fastapi import APIRouter, Request, Response

from kefu.plugins.channels import WebhookRequest
from kefu.server.dependencies import FactoryDep

router = APIRouter(prefix="/channels", tags=["channels"])


@router.post("/{plugin}/{inbox}", response_class=Response)
async def receive_call(plugin: str, inbox: str, request: Request, factory: FactoryDep) -> Response:
    """A call of the other system; the plugin checks its signature and says what is answered."""
    return await _pass_on(plugin, inbox, request, factory)


@router.get("/{plugin}/{inbox}", response_class=Response)
async def answer_challenge(plugin: str, inbox: str, request: Request, factory: FactoryDep) -> Response:
    """How many systems find out whether the address is really theirs to call."""
    return await _pass_on(plugin, inbox, request, factory)


async def _pass_on(plugin: str, inbox: str, request: Request, factory: FactoryDep) -> Response:
    call = WebhookRequest(
        method=request.method,
        headers={name.lower(): value for name, value in request.headers.items()},
        query=dict(request.query_params),
        body=await request.body(),
    )
    answer = await factory.channels.receive(plugin, inbox, call)
    return Response(answer.body, status_code=answer.status, media_type=answer.content_type)
