"""API keys: made, shown once, checked, revoked."""

import hashlib
import hmac
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from kefu.domain.access import ApiKey, Scope
from kefu.domain.errors import ForbiddenError, NotFoundError, UnauthenticatedError
from kefu.kit.clock import Clock
from kefu.kit.ids import new_id
from kefu.services.principal import Operator
from kefu.storage.database import Database

_SECRET_BYTES = 32
"""256 random bits: no dictionary reaches them, so a plain hash guards them as well as a slow one."""


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """``token`` is what the bearer sends, ``key_….secret``; it is not kept and cannot be shown again."""

    key: ApiKey
    token: str


class AccessService:
    def __init__(self, database: Database, *, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def issue(
        self,
        workspace_id: str,
        *,
        name: str,
        scopes: Collection[Scope],
        lifetime: timedelta | None = None,
        agent_id: str | None = None,
    ) -> IssuedKey:
        """A new key; without a lifetime it is good until it is revoked. With ``agent_id`` it speaks as that agent."""
        secret, now = secrets.token_urlsafe(_SECRET_BYTES), self._clock.now()
        key = ApiKey(
            id=new_id("key"),
            workspace_id=workspace_id,
            name=name,
            secret_hash=_hash(secret),
            scopes=frozenset(scopes),
            created_at=now,
            expires_at=None if lifetime is None else now + lifetime,
            revoked_at=None,
            agent_id=agent_id,
        )
        async with self._database.write(workspace_id) as unit:
            await unit.api_keys.add(key)
        return IssuedKey(key, f"{key.id}.{secret}")

    async def list_keys(self, workspace_id: str) -> list[ApiKey]:
        async with self._database.read(workspace_id) as unit:
            return await unit.api_keys.list_all()

    async def revoke(self, workspace_id: str, key_id: str) -> None:
        """Takes effect with the next request. Raises NotFoundError."""
        async with self._database.write(workspace_id) as unit:
            if not await unit.api_keys.revoke(key_id, at=self._clock.now()):
                raise NotFoundError("API key", key_id)

    async def authenticate(self, token: str) -> Operator:
        """Who bears this key. Raises UnauthenticatedError, without saying what was wrong with it."""
        key_id, _, secret = token.partition(".")
        async with self._database.platform_view() as platform:
            key = await platform.find_api_key(key_id)
        expected = key.secret_hash if key is not None else _hash("")
        is_same = hmac.compare_digest(_hash(secret), expected)
        if key is None or not is_same or not key.is_valid(self._clock.now()):
            raise UnauthenticatedError
        return Operator(workspace_id=key.workspace_id, key_id=key.id, scopes=key.scopes, agent_id=key.agent_id)


def require_scope(operator: Operator, scope: Scope) -> None:
    """Raises ForbiddenError that names the missing scope."""
    if scope not in operator.scopes:
        raise ForbiddenError(f"This key lacks the scope {scope}.")


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
