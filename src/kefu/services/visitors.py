"""Visitors come in: an inbox is shown, a contact is made or recognised, a token is given."""

from dataclasses import dataclass

from kefu.domain.conversation import Contact, Inbox, Workspace
from kefu.domain.errors import NotFoundError, UnauthenticatedError
from kefu.kit.clock import Clock
from kefu.kit.ids import new_id
from kefu.services.principal import Visitor
from kefu.services.tokens import Identity, IdentityTokens, IssuedToken, VisitorTokens
from kefu.storage.database import Database
from kefu.storage.unit import Unit


@dataclass(frozen=True, slots=True)
class Admission:
    token: IssuedToken
    contact_id: str


class VisitorService:
    def __init__(
        self, database: Database, *, tokens: VisitorTokens, identities: IdentityTokens | None, clock: Clock
    ) -> None:
        self._database = database
        self._tokens = tokens
        self._identities = identities
        self._clock = clock

    async def find_inbox(self, workspace_slug: str, inbox_slug: str) -> tuple[Workspace, Inbox]:
        """Raises NotFoundError."""
        async with self._database.platform_view() as platform:
            workspace = await platform.find_workspace(workspace_slug)
        if workspace is None:
            raise NotFoundError("workspace", workspace_slug)
        async with self._database.read(workspace.id) as unit:
            inbox = await unit.workspaces.find_inbox(inbox_slug)
        if inbox is None:
            raise NotFoundError("inbox", inbox_slug)
        return workspace, inbox

    async def admit(
        self, workspace_slug: str, inbox_slug: str, *, identity: str | None, old_token: str | None
    ) -> Admission:
        """Give a token to a new visitor, to the bearer of an old token, or to whom the shop vouches for."""
        _, inbox = await self.find_inbox(workspace_slug, inbox_slug)
        known = self._recognise(old_token, inbox)
        vouched = self._read_identity(identity)
        async with self._database.write(inbox.workspace_id) as unit:
            contact = await self._contact(unit, inbox, known=known, identity=vouched)
        visitor = Visitor(workspace_id=inbox.workspace_id, inbox_id=inbox.id, contact_id=contact.id)
        return Admission(self._tokens.issue(visitor), contact.id)

    def _recognise(self, old_token: str | None, inbox: Inbox) -> Visitor | None:
        if old_token is None:
            return None
        visitor = self._tokens.read_for_renewal(old_token)
        if (visitor.workspace_id, visitor.inbox_id) != (inbox.workspace_id, inbox.id):
            raise UnauthenticatedError
        return visitor

    def _read_identity(self, identity: str | None) -> Identity | None:
        if identity is None:
            return None
        if self._identities is None:
            raise UnauthenticatedError("This server has no identity key: set KEFU_IDENTITY_KEY.")
        return self._identities.read(identity)

    async def _contact(self, unit: Unit, inbox: Inbox, *, known: Visitor | None, identity: Identity | None) -> Contact:
        found = None if identity is None else await unit.contacts.find_external(identity.external_id)
        current = None if known is None or found is not None else await unit.contacts.find(known.contact_id)
        if known is not None and found is None and current is None:
            raise UnauthenticatedError
        if identity is None:
            return current or await self._new_contact(unit, inbox, None)
        if found is None and current is not None and current.external_id is None:
            found = current
        if found is None:
            return await self._new_contact(unit, inbox, identity)
        if (found.external_id, found.segments) != (identity.external_id, identity.segments):
            await unit.contacts.identify(found.id, external_id=identity.external_id, segments=identity.segments)
        return found

    async def _new_contact(self, unit: Unit, inbox: Inbox, identity: Identity | None) -> Contact:
        contact = Contact(
            new_id("cont"),
            inbox.workspace_id,
            inbox.id,
            None if identity is None else identity.external_id,
            self._clock.now(),
            frozenset() if identity is None else identity.segments,
        )
        await unit.contacts.add(contact)
        return contact
