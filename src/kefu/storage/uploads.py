"""Files that were sent to be read: kept in parts until their job is over, where every worker can reach them."""

from collections.abc import AsyncIterator

from sqlalchemy import bindparam

from kefu.domain.errors import NotFoundError
from kefu.kit.ids import new_id
from kefu.storage.repository import Repository
from kefu.storage.tables import upload_parts, uploads

_ADD = Repository.insert(uploads)
_ADD_PART = Repository.insert(upload_parts)
_ATTACH = Repository.update(uploads).where(uploads.c.id == bindparam("of_id")).values(job_id=bindparam("new_job"))
_NAME = Repository.select(uploads, uploads.c.name).where(uploads.c.id == bindparam("of_id"))
_PART = Repository.select(upload_parts, upload_parts.c.content).where(
    upload_parts.c.upload_id == bindparam("of_upload"), upload_parts.c.number == bindparam("of_number")
)
_REMOVE = Repository.delete(uploads).where(uploads.c.id == bindparam("of_id"))
_REMOVE_PARTS = Repository.delete(upload_parts).where(upload_parts.c.upload_id == bindparam("of_upload"))


class UploadRepository(Repository):
    async def begin(self, name: str) -> str:
        """Open an upload; returns its id."""
        upload_id = new_id("up")
        await self._add(_ADD, {"id": upload_id, "name": name, "created_at": self._clock.now()})
        return upload_id

    async def add_part(self, upload_id: str, number: int, content: bytes) -> None:
        await self._add(_ADD_PART, {"upload_id": upload_id, "number": number, "content": content})

    async def attach(self, upload_id: str, job_id: str) -> None:
        """Say which job reads it: with the end of that job it may go."""
        await self._execute(_ATTACH, of_id=upload_id, new_job=job_id)

    async def get_name(self, upload_id: str) -> str:
        """What its sender calls it. Raises NotFoundError."""
        name: str | None = (await self._execute(_NAME, of_id=upload_id)).scalar_one_or_none()
        if name is None:
            raise NotFoundError("upload", upload_id)
        return name

    async def parts(self, upload_id: str) -> AsyncIterator[bytes]:
        """Its bytes, in order."""
        number = 0
        while (
            part := (await self._execute(_PART, of_upload=upload_id, of_number=number)).scalar_one_or_none()
        ) is not None:
            yield part
            number += 1

    async def remove(self, upload_id: str) -> None:
        await self._execute(_REMOVE_PARTS, of_upload=upload_id)
        await self._execute(_REMOVE, of_id=upload_id)
