"""The documents of a workspace, for those who keep them."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from kefu.domain.access import Scope
from kefu.domain.conversation import Language
from kefu.server.dependencies import FactoryDep, OperatorWith
from kefu.server.schemas_knowledge import (
    AttributesRequest,
    DocumentListResponse,
    DocumentRequest,
    DocumentResponse,
    DocumentSummary,
    PutDocumentResponse,
)
from kefu.server.schemas_work import JobResponse
from kefu.services.principal import Operator

router = APIRouter(prefix="/knowledge", tags=["knowledge"])
Reader = Annotated[Operator, OperatorWith(Scope.KNOWLEDGE_READ)]
Writer = Annotated[Operator, OperatorWith(Scope.KNOWLEDGE_WRITE)]
InLanguage = Annotated[Language, Query(description="Of the document: `zh` or `en`.")]


@router.get("/documents")
async def list_documents(
    factory: FactoryDep, operator: Reader, *, drafts: Annotated[bool, Query(description="Drafts only.")] = False
) -> DocumentListResponse:
    listed = factory.documents.list_drafts if drafts else factory.documents.list_current
    return DocumentListResponse(documents=[DocumentSummary.of(one) for one in await listed(operator.workspace_id)])


@router.get("/documents/{key:path}/versions")
async def list_versions(key: str, language: InLanguage, factory: FactoryDep, operator: Reader) -> DocumentListResponse:
    versions = await factory.documents.list_versions(operator.workspace_id, key=key, language=language)
    return DocumentListResponse(documents=[DocumentSummary.of(one) for one in versions])


@router.post("/documents/{key:path}/publish")
async def publish_document(key: str, language: InLanguage, factory: FactoryDep, operator: Writer) -> DocumentResponse:
    return DocumentResponse.of(await factory.documents.publish(operator.workspace_id, key=key, language=language))


@router.patch("/documents/{key:path}")
async def set_attributes(
    key: str, language: InLanguage, body: AttributesRequest, factory: FactoryDep, operator: Writer
) -> DocumentResponse:
    changed = await factory.documents.set_attributes(
        operator.workspace_id, key=key, language=language, change=body.apply
    )
    return DocumentResponse.of(changed)


@router.get("/documents/{key:path}")
async def get_document(key: str, language: InLanguage, factory: FactoryDep, operator: Reader) -> DocumentResponse:
    return DocumentResponse.of(await factory.documents.get(operator.workspace_id, key=key, language=language))


@router.put("/documents/{key:path}")
async def put_document(
    key: str, body: DocumentRequest, response: Response, factory: FactoryDep, operator: Writer
) -> PutDocumentResponse:
    stored = await factory.documents.put(operator.workspace_id, body.to_text(key))
    response.status_code = 201 if stored.is_new else 200
    return PutDocumentResponse(document=DocumentSummary.of(stored.document), is_changed=stored.is_changed)


@router.delete("/documents/{key:path}", status_code=204)
async def delete_document(key: str, language: InLanguage, factory: FactoryDep, operator: Writer) -> Response:
    await factory.documents.remove(operator.workspace_id, key=key, language=language)
    return Response(status_code=204)


@router.post("/reindex", status_code=202)
async def reindex(factory: FactoryDep, operator: Writer) -> JobResponse:
    """Index everything by the configured encoder; what answers now answers until that is through."""
    return JobResponse.of(await factory.reindexing.order(operator.workspace_id))
