"""Sources: what is read again and again, how, and how it went."""

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam
from sqlalchemy.exc import IntegrityError

from kefu.domain.errors import ConflictError, NotFoundError
from kefu.domain.source import Source, SourceKind, SourceOptions, SourceState
from kefu.kit.jsonvalue import JsonObject
from kefu.storage.repository import Repository
from kefu.storage.tables import sources

_ADD = Repository.insert(sources)
_GET = Repository.select(sources).where(sources.c.id == bindparam("of_id"))
_LIST = Repository.select(sources).order_by(sources.c.id)
_THIS = Repository.update(sources).where(sources.c.id == bindparam("of_id"))
_SET_OPTIONS = _THIS.values(
    options=bindparam("new_options", type_=sources.c.options.type),
    due_at=bindparam("new_due_at", type_=sources.c.due_at.type),
)
_SET_DUE = _THIS.values(due_at=bindparam("new_due_at", type_=sources.c.due_at.type))
_SET_STATE = _THIS.values(
    synced_at=bindparam("new_synced_at", type_=sources.c.synced_at.type),
    due_at=bindparam("new_due_at", type_=sources.c.due_at.type),
    failures=bindparam("new_failures"),
    error_code=bindparam("new_error_code"),
    error_detail=bindparam("new_error_detail"),
    problem_count=bindparam("new_problem_count"),
    revision=bindparam("new_revision"),
)
_REMOVE = Repository.delete(sources).where(sources.c.id == bindparam("of_id"))


class SourceRepository(Repository):
    async def add(self, source: Source) -> None:
        """Raises ConflictError when there is one of this kind with this address."""
        values = {
            "id": source.id,
            "kind": source.kind,
            "address": source.address,
            "options": _to_json(source.options),
            "created_at": source.created_at,
            **asdict(source.state),
        }
        try:
            await self._add(_ADD, values)
        except IntegrityError as error:
            raise ConflictError(f"There is a source {source.kind} with the address {source.address}.") from error

    async def find(self, source_id: str) -> Source | None:
        row = (await self._execute(_GET, of_id=source_id)).one_or_none()
        return None if row is None else _to_source(row)

    async def get(self, source_id: str) -> Source:
        source = await self.find(source_id)
        if source is None:
            raise NotFoundError("source", source_id)
        return source

    async def list_all(self) -> list[Source]:
        """Every source, the oldest first; their number is limited where they are added."""
        return [_to_source(row) for row in await self._execute(_LIST)]

    async def set_options(self, source: Source) -> None:
        """Store its options, and when it is due by them."""
        await self._execute(
            _SET_OPTIONS, of_id=source.id, new_options=_to_json(source.options), new_due_at=source.state.due_at
        )

    async def set_due(self, source_id: str, at: datetime) -> None:
        await self._execute(_SET_DUE, of_id=source_id, new_due_at=at)

    async def set_state(self, source_id: str, state: SourceState) -> None:
        values = {f"new_{name}": value for name, value in asdict(state).items()}
        await self._execute(_SET_STATE, of_id=source_id, **values)

    async def remove(self, source_id: str) -> None:
        """Forget a source without items."""
        await self._execute(_REMOVE, of_id=source_id)


def _to_json(options: SourceOptions) -> JsonObject:
    interval = options.interval
    return {
        **asdict(options),
        "segments": sorted(options.segments),
        "tags": list(options.tags),
        "include": list(options.include),
        "exclude": list(options.exclude),
        "interval": None if interval is None else interval.total_seconds(),
    }


def _to_options(values: dict[str, Any]) -> SourceOptions:
    interval = values["interval"]
    return SourceOptions(
        language=values["language"],
        segments=frozenset(values["segments"]),
        tags=tuple(values["tags"]),
        owner=values["owner"],
        prefix=values["prefix"],
        is_draft=values["is_draft"],
        include=tuple(values["include"]),
        exclude=tuple(values["exclude"]),
        max_items=values["max_items"],
        interval=None if interval is None else timedelta(seconds=interval),
    )


def _to_source(row: Row[tuple[object, ...]]) -> Source:
    return Source(
        id=row.id,
        workspace_id=row.workspace_id,
        kind=SourceKind(row.kind),
        address=row.address,
        options=_to_options(row.options),
        created_at=row.created_at,
        state=SourceState(
            synced_at=row.synced_at,
            due_at=row.due_at,
            failures=row.failures,
            error_code=row.error_code,
            error_detail=row.error_detail,
            problem_count=row.problem_count,
            revision=row.revision,
        ),
    )
