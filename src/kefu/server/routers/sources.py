"""Where documents come from by themselves, and files that are sent."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from kefu.domain.access import Scope
from kefu.domain.source import KeptDocuments, SourceOptions
from kefu.server.dependencies import FactoryDep, OperatorWith
from kefu.server.multipart import FILES_FORM, read_files
from kefu.server.schemas_sources import (
    SourceDeletedResponse,
    SourceListResponse,
    SourceOptionsRequest,
    SourceRequest,
    SourceResponse,
)
from kefu.server.schemas_work import JobResponse
from kefu.services.principal import Operator

router = APIRouter(prefix="/knowledge", tags=["sources"])
Reader = Annotated[Operator, OperatorWith(Scope.KNOWLEDGE_READ)]
Writer = Annotated[Operator, OperatorWith(Scope.KNOWLEDGE_WRITE)]


@router.get("/sources")
async def list_sources(factory: FactoryDep, operator: Reader) -> SourceListResponse:
    sources = await factory.sources.list_all(operator.workspace_id)
    return SourceListResponse(sources=[SourceResponse.of(source) for source in sources])


@router.post("/sources", status_code=201)
async def add_source(body: SourceRequest, factory: FactoryDep, operator: Writer) -> SourceResponse:
    source = await factory.sources.add(
        operator.workspace_id, kind=body.kind, address=body.address, options=body.apply(SourceOptions())
    )
    return SourceResponse.of(source)


@router.get("/sources/{source_id}")
async def get_source(source_id: str, factory: FactoryDep, operator: Reader) -> SourceResponse:
    return SourceResponse.of(await factory.sources.get(operator.workspace_id, source_id))


@router.patch("/sources/{source_id}")
async def change_source(
    source_id: str, body: SourceOptionsRequest, factory: FactoryDep, operator: Writer
) -> SourceResponse:
    return SourceResponse.of(await factory.sources.change(operator.workspace_id, source_id, body.apply))


@router.delete("/sources/{source_id}")
async def delete_source(
    source_id: str,
    factory: FactoryDep,
    operator: Writer,
    documents: Annotated[KeptDocuments, Query(description="What becomes of its documents.")] = KeptDocuments.REMOVE,
) -> SourceDeletedResponse:
    removed = await factory.sources.delete(operator.workspace_id, source_id, documents=documents)
    return SourceDeletedResponse(removed_documents=removed)


@router.post("/sources/{source_id}/sync", status_code=202)
async def sync_source(source_id: str, factory: FactoryDep, operator: Writer) -> JobResponse:
    return JobResponse.of(await factory.sources.order_sync(operator.workspace_id, source_id))


@router.post("/imports", status_code=202, openapi_extra=FILES_FORM)
async def import_files(request: Request, factory: FactoryDep, operator: Writer) -> JobResponse:
    files = read_files(request.headers.get("content-type", ""), request.stream())
    return JobResponse.of(await factory.imports.receive(operator.workspace_id, files))
