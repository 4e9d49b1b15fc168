"""Contacts of one workspace."""

from sqlalchemy import Row, bindparam

from kefu.domain.conversation import Contact
from kefu.storage.repository import Repository
from kefu.storage.tables import contacts

_IS_THIS = contacts.c.id == bindparam("of_id")
_ADD = Repository.insert(contacts)
_FIND = Repository.select(contacts).where(_IS_THIS)
_FIND_EXTERNAL = Repository.select(contacts).where(contacts.c.external_id == bindparam("of_external"))
_IDENTIFY = (
    Repository.update(contacts)
    .where(_IS_THIS)
    .values(external_id=bindparam("to_external_id"), segments=bindparam("to_segments", type_=contacts.c.segments.type))
)


class ContactRepository(Repository):
    async def add(self, contact: Contact) -> None:
        values = {
            "id": contact.id,
            "inbox_id": contact.inbox_id,
            "external_id": contact.external_id,
            "segments": sorted(contact.segments),
            "created_at": contact.created_at,
        }
        await self._add(_ADD, values)

    async def find(self, contact_id: str) -> Contact | None:
        row = (await self._execute(_FIND, of_id=contact_id)).one_or_none()
        return None if row is None else to_contact(row)

    async def find_external(self, external_id: str) -> Contact | None:
        row = (await self._execute(_FIND_EXTERNAL, of_external=external_id)).one_or_none()
        return None if row is None else to_contact(row)

    async def identify(self, contact_id: str, *, external_id: str, segments: frozenset[str]) -> None:
        """Record who the shop says this contact is, and to which segments it belongs."""
        values = {"to_external_id": external_id, "to_segments": sorted(segments)}
        await self._execute(_IDENTIFY, of_id=contact_id, **values)


def to_contact(row: Row[tuple[object, ...]]) -> Contact:
    return Contact(
        id=row.id,
        workspace_id=row.workspace_id,
        inbox_id=row.inbox_id,
        external_id=row.external_id,
        created_at=row.created_at,
        segments=frozenset(row.segments),
    )
