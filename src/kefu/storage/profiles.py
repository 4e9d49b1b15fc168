"""What is remembered of contacts, and which facts the workspace allows."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Row, and_, bindparam

from kefu.domain.conversation import Contact
from kefu.domain.profile import AllowedFact, Consent, ContactFact, Profile, ProfileChange
from kefu.kit.jsonvalue import JsonObject
from kefu.storage.contacts import to_contact
from kefu.storage.fact_rows import allowed_from_json, allowed_to_json
from kefu.storage.repository import Repository
from kefu.storage.tables import contact_facts, contacts, workspaces

_FACTS_OF_CONTACT = and_(
    contact_facts.c.contact_id == contacts.c.id, contact_facts.c.workspace_id == contacts.c.workspace_id
)
_FACT_COLUMNS = [
    column.label(f"fact_{column.name}")
    for column in contact_facts.c
    if column.name not in {"contact_id", "workspace_id"}
]
_FIND = (
    Repository.select(contacts, *contacts.c, workspaces.c.allowed_facts, *_FACT_COLUMNS)
    .select_from(
        contacts.join(workspaces, workspaces.c.id == contacts.c.workspace_id).outerjoin(
            contact_facts, _FACTS_OF_CONTACT
        )
    )
    .where(contacts.c.id == bindparam("of_id"))
    .order_by(contact_facts.c.at, contact_facts.c.name)
)
_OF_CONTACT = contact_facts.c.contact_id == bindparam("of_contact")
_ADD = Repository.insert(contact_facts)
_REMOVE = Repository.delete(contact_facts).where(_OF_CONTACT, contact_facts.c.name == bindparam("of_name"))
_REMOVE_ALL = Repository.delete(contact_facts).where(_OF_CONTACT)
_REMOVE_EXPIRED = Repository.delete(contact_facts).where(contact_facts.c.expires_at <= bindparam("now"))
_SET_CONSENT = (
    Repository.update(contacts).where(contacts.c.id == bindparam("of_id")).values(profile_consent=bindparam("consent"))
)
_GET_ALLOWED = Repository.select_own(workspaces, workspaces.c.allowed_facts)
_SET_ALLOWED = Repository.update_own(workspaces).values(
    allowed_facts=bindparam("facts", type_=workspaces.c.allowed_facts.type)
)


class ProfileRepository(Repository):
    async def find(self, contact_id: str) -> tuple[Contact, Profile] | None:
        """A contact with its profile, in one statement; facts that have expired, or are no longer allowed, are not in it."""
        rows = (await self._execute(_FIND, of_id=contact_id)).all()
        if not rows:
            return None
        first, now = rows[0], self._clock.now()
        allowed = tuple(allowed_from_json(fact) for fact in first.allowed_facts)
        names = {fact.name for fact in allowed}
        facts = (_to_fact(row) for row in rows if row.fact_name in names)
        consent = None if first.profile_consent is None else Consent(first.profile_consent)
        return to_contact(first), Profile(allowed, tuple(one for one in facts if _is_alive(one, now)), consent)

    async def change(self, contact_id: str, change: ProfileChange) -> None:
        """Store what a turn did; what has expired in the workspace goes with it."""
        if change.consent is not None:
            await self._execute(_SET_CONSENT, of_id=contact_id, consent=change.consent.value)
        for name in (*change.forgotten, *(fact.name for fact in change.kept)):
            await self._execute(_REMOVE, of_contact=contact_id, of_name=name)
        if change.kept:
            await self._add(_ADD, *(_to_row(contact_id, fact) for fact in change.kept))
        await self._execute(_REMOVE_EXPIRED, now=self._clock.now())

    async def forget(self, contact_id: str, name: str | None) -> int:
        """Delete one fact, or all of them; how many there were."""
        if name is None:
            return (await self._execute(_REMOVE_ALL, of_contact=contact_id)).rowcount
        return (await self._execute(_REMOVE, of_contact=contact_id, of_name=name)).rowcount

    async def list_allowed(self) -> tuple[AllowedFact, ...]:
        return tuple(map(allowed_from_json, (await self._execute(_GET_ALLOWED)).scalar_one()))

    async def set_allowed(self, facts: Sequence[AllowedFact]) -> None:
        """From now on exactly these facts may be kept."""
        rows: list[JsonObject] = [allowed_to_json(fact) for fact in facts]
        await self._execute(_SET_ALLOWED, facts=rows)


def _is_alive(fact: ContactFact, now: datetime) -> bool:
    return fact.expires_at is None or now < fact.expires_at


def _to_row(contact_id: str, fact: ContactFact) -> dict[str, object]:
    return {
        "contact_id": contact_id,
        "name": fact.name,
        "value": {"value": fact.value},  # SQLite hands a bare number of a JSON column back as one, not as its text
        "display": fact.display,
        "source": fact.source,
        "conversation_id": fact.conversation_id,
        "turn_id": fact.turn_id,
        "at": fact.at,
        "expires_at": fact.expires_at,
    }


def _to_fact(row: Row[tuple[object, ...]]) -> ContactFact:
    return ContactFact(
        name=row.fact_name,
        value=row.fact_value["value"],
        display=row.fact_display,
        source=row.fact_source,
        conversation_id=row.fact_conversation_id,
        turn_id=row.fact_turn_id,
        at=row.fact_at,
        expires_at=row.fact_expires_at,
    )
