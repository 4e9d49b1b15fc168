"""API keys of one workspace. Whose key a bearer holds is asked of ``Platform``, before a workspace is known."""

from datetime import datetime

from sqlalchemy import Row, bindparam

from kefu.domain.access import ApiKey, Scope
from kefu.storage.repository import Repository
from kefu.storage.tables import api_keys

_ADD = Repository.insert(api_keys)
_LIST = Repository.select(api_keys).order_by(api_keys.c.id)
_FIND = Repository.select(api_keys).where(api_keys.c.id == bindparam("of_id"))
_REVOKE = (
    Repository.update(api_keys)
    .where(api_keys.c.id == bindparam("of_id"), api_keys.c.revoked_at.is_(None))
    .values(revoked_at=bindparam("now"))
)


class ApiKeyRepository(Repository):
    async def add(self, key: ApiKey) -> None:
        values = {
            "id": key.id,
            "name": key.name,
            "secret_hash": key.secret_hash,
            "scopes": sorted(key.scopes),
            "created_at": key.created_at,
            "expires_at": key.expires_at,
            "agent_id": key.agent_id,
        }
        await self._add(_ADD, values)

    async def list_all(self) -> list[ApiKey]:
        """Revoked and expired ones too, oldest first."""
        return [to_api_key(row) for row in await self._execute(_LIST)]

    async def find(self, key_id: str) -> ApiKey | None:
        row = (await self._execute(_FIND, of_id=key_id)).one_or_none()
        return None if row is None else to_api_key(row)

    async def revoke(self, key_id: str, *, at: datetime) -> bool:
        """False when there is no such key in use."""
        return (await self._execute(_REVOKE, of_id=key_id, now=at)).rowcount > 0


def to_api_key(row: Row[tuple[object, ...]]) -> ApiKey:
    return ApiKey(
        id=row.id,
        workspace_id=row.workspace_id,
        name=row.name,
        secret_hash=row.secret_hash,
        scopes=frozenset(Scope(scope) for scope in row.scopes),
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        agent_id=row.agent_id,
    )
