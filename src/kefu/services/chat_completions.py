"""The OpenAI chat-completions protocol on top of conversations: any existing client can talk to an assistant."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from kefu.domain.conversation import Author, ChannelKind, Message, MessageDraft
from kefu.domain.errors import InvalidInputError, NotFoundError, UnavailableError
from kefu.domain.turn import Change, Event, EventDraft, EventType
from kefu.kit.clock import Clock
from kefu.kit.ids import new_id
from kefu.kit.jsonvalue import JsonObject
from kefu.services.principal import Visitor
from kefu.services.receiving import ReceivingService
from kefu.services.replies import ReplyService
from kefu.services.visitors import VisitorService
from kefu.services.wire import message_to_json
from kefu.storage.database import Database
from kefu.storage.unit import Unit

MODEL_NAME = "kefu"
_MAX_HISTORY = 40


@dataclass(frozen=True, slots=True)
class Said:
    """One message of the client's history."""

    author: Author
    text: str


class ChatCompletionService:
    """Each call is a conversation of its own; what was said before is taken in as its past."""

    def __init__(
        self,
        database: Database,
        *,
        visitors: VisitorService,
        receiving: ReceivingService,
        replies: ReplyService,
        clock: Clock,
    ) -> None:
        self._database = database
        self._visitors = visitors
        self._receiving = receiving
        self._replies = replies
        self._clock = clock

    async def list_models(self) -> list[str]:
        """``kefu`` and one name for every workspace's API inbox."""
        async with self._database.platform_view() as platform:
            workspaces = await platform.list_workspaces()
        return [MODEL_NAME, *(f"{MODEL_NAME}/{workspace.slug}/{ChannelKind.API}" for workspace in workspaces)]

    async def answer(
        self, caller: Visitor | None, *, model: str, past: list[Said], question: str
    ) -> AsyncGenerator[Event, None]:
        """Yield the turn's events. ``caller`` None is the operator's key: the model's name says which inbox."""
        visitor = caller if caller is not None else await self._admit(model)
        conversation_id = await self._open(visitor, past[-_MAX_HISTORY:])
        draft = MessageDraft(client_id=new_id("oai"), author=Author.VISITOR, text=question)
        received = await self._receiving.receive(visitor, conversation_id, draft)
        async with aclosing(self._replies.follow(visitor, received)) as pages:
            async for page in pages:
                for event in page:
                    if event.type is EventType.TURN_FAILED:
                        raise UnavailableError("The turn did not finish.", retry_after=2)
                    yield event

    async def _admit(self, model: str) -> Visitor:
        workspace_slug, inbox_slug = await self._resolve(model)
        _, inbox = await self._visitors.find_inbox(workspace_slug, inbox_slug)
        admission = await self._visitors.admit(workspace_slug, inbox_slug, identity=None, old_token=None)
        return Visitor(workspace_id=inbox.workspace_id, inbox_id=inbox.id, contact_id=admission.contact_id)

    async def _resolve(self, model: str) -> tuple[str, str]:
        match model.split("/"):
            case [name, workspace_slug, inbox_slug] if name == MODEL_NAME:
                return workspace_slug, inbox_slug
            case [name] if name != MODEL_NAME:
                raise NotFoundError("model", model)
            case [_, *rest] if rest:
                raise NotFoundError("model", model)
        async with self._database.platform_view() as platform:
            workspaces = await platform.list_workspaces()
        if len(workspaces) != 1:
            raise InvalidInputError("Name the assistant: kefu/<workspace>/<inbox>.", field="model")
        return workspaces[0].slug, ChannelKind.API

    async def _open(self, visitor: Visitor, past: list[Said]) -> str:
        async with self._database.write(visitor.workspace_id) as unit:
            conversation = await unit.conversations.create(
                inbox_id=visitor.inbox_id, contact_id=visitor.contact_id, language=None
            )
            if past:
                await self._import(unit, conversation.id, past)
        return conversation.id

    async def _import(self, unit: Unit, conversation_id: str, past: list[Said]) -> None:
        """Messages that were said elsewhere: the past of the conversation, nothing to answer."""
        drafts = []
        for number, said in enumerate(past, start=1):
            message = Message(
                id=new_id("msg"),
                conversation_id=conversation_id,
                seq=number,
                client_id=f"history-{number}",
                author=said.author,
                text=said.text,
                created_at=self._clock.now(),
            )
            await unit.messages.add(message, body_hash="")
            data: JsonObject = {"message": message_to_json(message)}
            drafts.append(EventDraft(EventType.MESSAGE_RECEIVED, data))
        await unit.events.append(conversation_id, drafts, change=Change(handled_seq=len(drafts)))
