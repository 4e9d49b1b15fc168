"""What agents see: the lists, and one conversation with everything about it."""

from dataclasses import dataclass, replace
from datetime import datetime

from kefu.dialogue.memory.case_card import CaseCard, CaseSubject, build_case_card
from kefu.domain.conversation import Contact, Conversation, Inbox, Language
from kefu.domain.desk import Agent, DeskEvent, DeskEventType, DeskFilter, DeskItem, DeskView
from kefu.domain.turn import Event
from kefu.kit.jsonvalue import JsonObject, as_object
from kefu.kit.strings import Strings
from kefu.services.abilities import AbilityService
from kefu.services.principal import Operator
from kefu.storage.database import Database
from kefu.storage.unit import Unit

_MOST_WAITING = 10_000
_MOST_EVENTS = 1_000
"""The newest events of a conversation, for its card and its history."""
_MOST_NOTES = 500


@dataclass(frozen=True, slots=True)
class DeskList:
    """``total`` counts those that were left off too; ``last_seq`` is the desk's newest event: follow from it."""

    items: list[DeskItem]
    total: int
    last_seq: int


@dataclass(frozen=True, slots=True)
class CaseFile:
    """One conversation as an agent sees it. Visitors never see a file, nor anything of it but the events."""

    item: DeskItem
    card: CaseCard
    events: list[Event]
    notes: list[JsonObject]
    contact: Contact | None
    inbox: Inbox
    holder: Agent | None


class QueueService:
    def __init__(self, database: Database, *, strings: Strings, abilities: AbilityService | None = None) -> None:
        self._database = database
        self._abilities = abilities
        self._strings = strings

    async def list_items(self, operator: Operator, view: DeskView, *, wanted: DeskFilter, limit: int) -> DeskList:
        """The oldest promise first."""
        async with self._database.read(operator.workspace_id) as unit:
            last_seq = await unit.desk_events.last_seq()
            items = await unit.desk_lists.list_items(view, wanted=wanted, limit=limit)
            total = await unit.desk_lists.count(view, wanted=wanted)
            completed = await _complete(unit, items)
        return DeskList(completed, total, last_seq)

    async def last_seq(self, workspace_id: str) -> int:
        """The number of the desk's newest event."""
        async with self._database.read(workspace_id) as unit:
            return await unit.desk_events.last_seq()

    async def get(self, operator: Operator, conversation_id: str) -> DeskItem:
        """One line of a list. Raises NotFoundError."""
        async with self._database.read(operator.workspace_id) as unit:
            conversation = await unit.conversations.get(conversation_id)
            (item,) = await _complete(unit, [await _item(unit, conversation)])
        return item

    async def open(self, operator: Operator, conversation_id: str, *, language: Language) -> CaseFile:
        """A conversation with its card in the agent's ``language``. Raises NotFoundError."""
        async with self._database.read(operator.workspace_id) as unit:
            conversation = await unit.conversations.get(conversation_id)
            inbox = await unit.workspaces.get_inbox(conversation.inbox_id)
            contact = await unit.contacts.find(conversation.contact_id)
            events = await unit.events.list_recent(conversation_id, floor=conversation.last_seq - _MOST_EVENTS)
            happened = await unit.desk_events.list_of_conversation(conversation_id, limit=_MOST_NOTES)
            (item,) = await _complete(unit, [await _item(unit, conversation)])
            holder_id = None if item.assignment is None else item.assignment.agent_id
            holder = None if holder_id is None else await unit.agents.get(holder_id)
            pending = await unit.pending_actions.list_open(conversation_id)
        titles = await self._titles(operator.workspace_id, language)
        subject = replace(_subject(item, inbox, contact), slot_titles=titles, pending=tuple(pending))
        card = build_case_card(events, subject, strings=self._strings, language=language)
        return CaseFile(item, card, events, _notes(happened), contact, inbox, holder)

    async def _titles(self, workspace_id: str, language: Language) -> dict[str, str]:
        """What the workspace's flows call their slots."""
        found = None if self._abilities is None else await self._abilities.of(workspace_id)
        flows = () if found is None else found.flows.flows.values()
        named = ((name, spec.title) for flow in flows for name, spec in flow.slots.items())
        return {name: title.get(language) for name, title in named if title is not None}


async def _item(unit: Unit, conversation: Conversation) -> DeskItem:
    return DeskItem(conversation, await unit.assignments.find(conversation.id), None)


async def _complete(unit: Unit, items: list[DeskItem]) -> list[DeskItem]:
    """With places and labels."""
    labels = await unit.assignments.list_labels([item.conversation.id for item in items])
    has_waiting = any(item.assignment is not None and item.assignment.is_waiting for item in items)
    dues = await unit.assignments.list_due(limit=_MOST_WAITING) if has_waiting else []
    return [replace(item, place=_place(item, dues), labels=labels.get(item.conversation.id, ())) for item in items]


def _place(item: DeskItem, dues: list[datetime]) -> int | None:
    assignment = item.assignment
    if assignment is None or not assignment.is_waiting or assignment.due_at is None:
        return None
    due_at = assignment.due_at
    return sum(due < due_at for due in dues) + 1


def _subject(item: DeskItem, inbox: Inbox, contact: Contact | None) -> CaseSubject:
    return CaseSubject(
        customer=None if contact is None else contact.external_id,
        inbox_name=inbox.name,
        language=item.conversation.language,
        promised_at=None if item.assignment is None else item.assignment.promised_at,
        time_zone="UTC" if inbox.hours is None else inbox.hours.time_zone,
    )


def _notes(events: list[DeskEvent]) -> list[JsonObject]:
    return [
        {**as_object(event.data["note"]), "at": event.at.isoformat()}
        for event in events
        if event.type is DeskEventType.NOTE_ADDED
    ]
