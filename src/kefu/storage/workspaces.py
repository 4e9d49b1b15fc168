"""The workspace itself and its inboxes."""

from dataclasses import dataclass

from sqlalchemy import Row, bindparam

from kefu.domain.conversation import ChannelKind, Inbox, InboxProfile, Workspace
from kefu.domain.errors import NotFoundError
from kefu.domain.hours import OpeningHours
from kefu.domain.policy import AnswerPolicy
from kefu.storage.answer_policies import to_policy
from kefu.storage.hours import hours_from_json, hours_to_json
from kefu.storage.repository import Repository
from kefu.storage.tables import answer_policies, inboxes, workspaces

_GET = Repository.select_own(workspaces)
_GET_VERSION = Repository.select_own(workspaces, workspaces.c.knowledge_version)
_GET_STATE = Repository.select_own(
    workspaces, workspaces.c.knowledge_version, workspaces.c.encoder, answer_policies.c.thresholds
).outerjoin(answer_policies, answer_policies.c.workspace_id == workspaces.c.id)
_SET_ENCODER = Repository.update_own(workspaces).values(encoder=bindparam("label"))
_ADOPT_ENCODER = _SET_ENCODER.where(workspaces.c.encoder.is_(None))
_BUMP_VERSION = (
    Repository.update_own(workspaces)
    .values(knowledge_version=workspaces.c.knowledge_version + 1)
    .returning(workspaces.c.knowledge_version)
)
_ADD_INBOX = Repository.insert(inboxes)
_INBOXES = Repository.select(inboxes, *inboxes.c, workspaces.c.hotlines).join(
    workspaces, workspaces.c.id == inboxes.c.workspace_id
)
_FIND_INBOX = _INBOXES.where(inboxes.c.slug == bindparam("of_slug"))
_SET_HOURS = (
    Repository.update(inboxes)
    .where(inboxes.c.id == bindparam("of_id"))
    .values(hours=bindparam("to_hours", type_=inboxes.c.hours.type))
)
_LIST_INBOXES = _INBOXES.order_by(inboxes.c.slug)
_GET_INBOX = _INBOXES.where(inboxes.c.id == bindparam("of_id"))
_GET_ENTRY = (
    Repository.select(inboxes, *inboxes.c, workspaces.c.hotlines, workspaces.c.plugin_version)
    .join(workspaces, workspaces.c.id == inboxes.c.workspace_id)
    .where(inboxes.c.id == bindparam("of_id"))
)


@dataclass(frozen=True, slots=True)
class KnowledgeState:
    """What every question asks of its workspace first, in one statement.

    ``encoder``: the label of the one that answers; None before the first vectors. ``policy``: None where the built-in
    thresholds count.
    """

    version: int
    encoder: str | None
    policy: AnswerPolicy | None


class WorkspaceRepository(Repository):
    async def get(self) -> Workspace:
        row = (await self._execute(_GET)).one_or_none()
        if row is None:
            raise NotFoundError("workspace", self.workspace_id)
        return to_workspace(row)

    async def knowledge_version(self) -> int:
        return int((await self._execute(_GET_VERSION)).scalar_one())

    async def knowledge_state(self) -> KnowledgeState:
        row = (await self._execute(_GET_STATE)).one()
        policy = None if row.thresholds is None else to_policy(row.thresholds)
        return KnowledgeState(int(row.knowledge_version), row.encoder, policy)

    async def set_encoder(self, label: str) -> None:
        """From now on every process compares by this encoder's vectors."""
        await self._execute(_SET_ENCODER, label=label)

    async def adopt_encoder(self, label: str) -> str | None:
        """As ``set_encoder`` where none answers yet; returns the label that counts."""
        await self._execute(_ADOPT_ENCODER, label=label)
        return (await self.knowledge_state()).encoder

    async def bump_knowledge_version(self) -> int:
        """Say that what may be answered has changed; returns the new version."""
        return int((await self._execute(_BUMP_VERSION)).scalar_one())

    async def add_inbox(self, inbox: Inbox) -> None:
        values = {
            "id": inbox.id,
            "slug": inbox.slug,
            "name": inbox.name,
            "channel": inbox.channel,
            "plugin_channel": inbox.plugin_channel,
            "burst_window_ms": inbox.burst_window_ms,
            "profile": {
                "colour": inbox.profile.colour,
                "greeting": inbox.profile.greeting,
                "suggestions": inbox.profile.suggestions,
            },
            "hours": None if inbox.hours is None else hours_to_json(inbox.hours),
        }
        await self._add(_ADD_INBOX, values)

    async def find_inbox(self, slug: str) -> Inbox | None:
        row = (await self._execute(_FIND_INBOX, of_slug=slug)).one_or_none()
        return None if row is None else _to_inbox(row)

    async def get_inbox(self, inbox_id: str) -> Inbox:
        row = (await self._execute(_GET_INBOX, of_id=inbox_id)).one_or_none()
        if row is None:
            raise NotFoundError("inbox", inbox_id)
        return _to_inbox(row)

    async def get_entry(self, inbox_id: str) -> tuple[Inbox, int]:
        """An inbox, and the version of its workspace's plugins: what each turn begins with, in one statement."""
        row = (await self._execute(_GET_ENTRY, of_id=inbox_id)).one_or_none()
        if row is None:
            raise NotFoundError("inbox", inbox_id)
        return _to_inbox(row), int(row.plugin_version)

    async def list_inboxes(self) -> list[Inbox]:
        return [_to_inbox(row) for row in await self._execute(_LIST_INBOXES)]

    async def set_hours(self, inbox_id: str, hours: OpeningHours | None) -> None:
        to_hours = None if hours is None else hours_to_json(hours)
        await self._execute(_SET_HOURS, of_id=inbox_id, to_hours=to_hours)


def to_workspace(row: Row[tuple[object, ...]]) -> Workspace:
    return Workspace(id=row.id, slug=row.slug, name=row.name, knowledge_version=row.knowledge_version)


def _to_inbox(row: Row[tuple[object, ...]]) -> Inbox:
    profile = InboxProfile(
        colour=row.profile["colour"],
        greeting=row.profile["greeting"],
        suggestions={language: tuple(texts) for language, texts in row.profile["suggestions"].items()},
    )
    return Inbox(
        id=row.id,
        workspace_id=row.workspace_id,
        slug=row.slug,
        name=row.name,
        channel=ChannelKind(row.channel),
        burst_window_ms=row.burst_window_ms,
        profile=profile,
        hours=None if row.hours is None else hours_from_json(row.hours),
        plugin_channel=row.plugin_channel,
        hotlines=row.hotlines,
    )
