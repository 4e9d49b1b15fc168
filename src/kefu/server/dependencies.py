"""What a handler asks for: the factory, and who is calling."""

import hmac
from typing import Annotated, Any

from fastapi import Depends, Header, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from kefu.domain.access import Scope
from kefu.domain.errors import TooManyRequestsError, UnauthenticatedError
from kefu.factory import Factory
from kefu.services.access import require_scope
from kefu.services.principal import Operator, Visitor

_bearer = HTTPBearer(auto_error=False, description="A visitor token.")
_key_bearer = HTTPBearer(auto_error=False, scheme_name="ApiKey", description="An API key: `kefu key create`.")
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


def get_factory(request: Request) -> Factory:
    factory: Factory = request.app.state.factory
    return factory


FactoryDep = Annotated[Factory, Depends(get_factory)]


def get_visitor(factory: FactoryDep, credentials: Credentials) -> Visitor:
    """The bearer of a valid visitor token."""
    if credentials is None:
        raise UnauthenticatedError
    return factory.tokens.read(credentials.credentials)


VisitorDep = Annotated[Visitor, Depends(get_visitor)]


async def get_operator(
    factory: FactoryDep, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_key_bearer)]
) -> Operator:
    """The bearer of a valid API key."""
    if credentials is None:
        raise UnauthenticatedError
    return await factory.access.authenticate(credentials.credentials)


def OperatorWith(scope: Scope) -> Any:  # noqa: N802 - reads as the marker that it makes, like Depends
    """A marker for a handler's parameter: an operator whose key has this scope."""

    def check(operator: Annotated[Operator, Depends(get_operator)]) -> Operator:
        require_scope(operator, scope)
        return operator

    return Depends(check)


async def limit_visitors(factory: FactoryDep, request: Request) -> None:
    """An address's new tokens per minute."""
    address = request.client.host if request.client else "unknown"
    retry_after = await factory.limits.hit_visitor(address)
    if retry_after is not None:
        raise TooManyRequestsError(retry_after=retry_after)


async def get_caller(factory: FactoryDep, authorization: Annotated[str | None, Header()] = None) -> Visitor | None:
    """For the OpenAI-compatible endpoint: a visitor, or None for the operator's API key."""
    scheme, _, credential = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not credential:
        raise UnauthenticatedError
    if factory.api_key is not None and hmac.compare_digest(credential.encode(), factory.api_key):
        return None
    return factory.tokens.read(credential)
