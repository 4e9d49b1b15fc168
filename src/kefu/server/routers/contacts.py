"""What is remembered of a contact: shown to operators, and deleted by them."""

from typing import Annotated

from fastapi import APIRouter, Query

from kefu.domain.access import Scope
from kefu.server.dependencies import FactoryDep, OperatorWith
from kefu.server.schemas_contacts import ForgottenResponse, ProfileResponse
from kefu.services.principal import Operator

router = APIRouter(prefix="/contacts", tags=["contacts"])


@router.get("/{contact_id}/profile")
async def get_profile(
    contact_id: str, factory: FactoryDep, operator: Annotated[Operator, OperatorWith(Scope.CONTACTS_READ)]
) -> ProfileResponse:
    return ProfileResponse.of(await factory.profiles.get(operator.workspace_id, contact_id))


@router.delete("/{contact_id}/profile")
async def forget_profile(
    contact_id: str,
    factory: FactoryDep,
    operator: Annotated[Operator, OperatorWith(Scope.CONTACTS_WRITE)],
    *,
    fact: Annotated[str | None, Query(max_length=64, description="One fact; without it: all.")] = None,
) -> ForgottenResponse:
    count = await factory.profiles.forget(operator.workspace_id, contact_id, name=fact)
    return ForgottenResponse(forgotten=count)
