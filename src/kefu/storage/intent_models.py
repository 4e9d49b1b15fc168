"""Trained intent models: a row each, and the artefact in parts, where every worker can reach it."""

from sqlalchemy import Row, bindparam, func

from kefu.domain.errors import NotFoundError
from kefu.domain.intent import IntentModel
from kefu.storage.repository import Repository
from kefu.storage.tables import intent_model_parts, intent_models, workspaces

_PART = 1 << 20
_IS_VERSION = intent_models.c.version == bindparam("of_version")
_ADD = Repository.insert(intent_models)
_ADD_PART = Repository.insert(intent_model_parts)
_GET = Repository.select(intent_models).where(_IS_VERSION)
_LIST = Repository.select(intent_models).order_by(intent_models.c.version.desc())
_LAST = Repository.select(intent_models, func.coalesce(func.max(intent_models.c.version), 0))  # type: ignore[arg-type]
_PARTS = (
    Repository.select(intent_model_parts, intent_model_parts.c.content)
    .where(intent_model_parts.c.model_id == bindparam("of_model"))
    .order_by(intent_model_parts.c.number)
)
_REMOVE = Repository.delete(intent_models).where(intent_models.c.id == bindparam("of_id"))
_REMOVE_PARTS = Repository.delete(intent_model_parts).where(intent_model_parts.c.model_id == bindparam("of_model"))

_GET_ACTIVE = Repository.select_own(workspaces, workspaces.c.intent_version)
_SET_ACTIVE = Repository.update_own(workspaces).values(intent_version=bindparam("version"))


class IntentModelRepository(Repository):
    async def active_version(self) -> int | None:
        """Which intent model answers; None before the first one."""
        version: int | None = (await self._execute(_GET_ACTIVE)).scalar_one()
        return version

    async def activate(self, version: int) -> None:
        """From now on this model answers, in every process that looks."""
        await self._execute(_SET_ACTIVE, version=version)

    async def last_version(self) -> int:
        """0 before the first one."""
        return int((await self._execute(_LAST)).scalar_one())

    async def add(self, model: IntentModel, content: bytes) -> None:
        values = {
            "id": model.id,
            "version": model.version,
            "sha256": model.sha256,
            "size": model.size,
            "card": model.card,
            "created_at": model.created_at,
        }
        await self._add(_ADD, values)
        for number, start in enumerate(range(0, len(content), _PART)):
            part = content[start : start + _PART]
            await self._add(_ADD_PART, {"model_id": model.id, "number": number, "content": part})

    async def get(self, version: int) -> IntentModel:
        """Raises NotFoundError."""
        row = (await self._execute(_GET, of_version=version)).one_or_none()
        if row is None:
            raise NotFoundError("intent model", str(version))
        return _to_model(row)

    async def list_newest(self) -> list[IntentModel]:
        return [_to_model(row) for row in await self._execute(_LIST)]

    async def read_content(self, model: IntentModel) -> bytes:
        """Its artefact."""
        return b"".join([row.content for row in await self._execute(_PARTS, of_model=model.id)])

    async def remove(self, model: IntentModel) -> None:
        await self._execute(_REMOVE_PARTS, of_model=model.id)
        await self._execute(_REMOVE, of_id=model.id)


def _to_model(row: Row[tuple[object, ...]]) -> IntentModel:
    return IntentModel(row.id, row.version, row.sha256, row.size, row.card, row.created_at)
