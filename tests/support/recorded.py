"""A kefu without a server whose turns are stored and then replayed, each through the same services as a live one."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr, create_model
from sqlalchemy import text

from kefu.config import Settings
from kefu.domain.conversation import Attachment, Author, Contact, MessageDraft
from kefu.domain.turn import Decision
from kefu.factory import Factory
from kefu.kit.clock import Clock
from kefu.kit.ids import new_id
from kefu.knowledge.embedding import NullEmbedder
from kefu.models.port import ChatModel
from kefu.plugins import Plugin
from kefu.plugins.host import PluginHost
from kefu.plugins.models import PluginSettings
from kefu.services.evaluation.dialogues.files import Dialogue, TurnScript, said
from kefu.services.evaluation.dialogues.scripted import PLUGIN, ScriptedBackEnd
from kefu.services.principal import Visitor
from kefu.services.replay import ReplayOutcome, ReplayReport
from kefu.services.replies import Outcome
from tests.support.knowledge import write_knowledge

_LOOKS, _PAUSE = 6_000, 0.005
SECRET = "test key 0123456789abcdefghijklmnopqrstuvwxyz"


class LateClock(Clock):
    """The system's time, so much later: what a dialogue says passes between its turns."""

    def __init__(self) -> None:
        self.later = timedelta(0)

    def now(self) -> datetime:
        return super().now() + self.later


@dataclass
class House:
    """The shop ``shop`` with its services, and one visitor after the other."""

    factory: Factory
    workspace_id: str
    clock: LateClock

    async def visitor(self, *, external_id: str | None = None) -> "Guest":
        _, inbox = await self.factory.visitors.find_inbox("shop", "api")
        contact = Contact(new_id("cont"), self.workspace_id, inbox.id, external_id, self.clock.now())
        async with self.factory.database.write(self.workspace_id) as unit:
            await unit.contacts.add(contact)
        visitor = Visitor(self.workspace_id, inbox.id, contact.id)
        conversation = await self.factory.conversations.create(visitor, language=None)
        return Guest(self, visitor, conversation.id)

    async def replay(self, turn_id: str) -> ReplayReport:
        return await self.factory.replays.replay(self.workspace_id, turn_id)

    async def turn_ids(self, conversation_id: str) -> list[str]:
        """All turns of a conversation, also those that left no event, in order."""
        async with self.factory.database.connection() as connection:
            rows = await connection.execute(
                text("SELECT id FROM turns WHERE conversation_id = :conversation ORDER BY started_at, id"),
                {"conversation": conversation_id},
            )
        return [row.id for row in rows]

    async def replay_all(self, conversation_id: str) -> list[ReplayReport]:
        return [await self.replay(turn_id) for turn_id in await self.turn_ids(conversation_id)]


@dataclass
class Guest:
    """A visitor with one conversation."""

    house: House
    visitor: Visitor
    conversation_id: str

    async def send(self, text: str, *, choice: str | None = None, files: Sequence[str] = ()) -> Any:
        """Store a message; its turn begins."""
        attached = tuple(Attachment(name, f"https://files.example/{name}", "image/jpeg") for name in files)
        draft = MessageDraft(new_id("cl"), Author.VISITOR, text, choice=choice, attachments=attached)
        return await self.house.factory.receiving.receive(self.visitor, self.conversation_id, draft)

    async def say(self, *texts: str, choice: str | None = None, files: Sequence[str] = ()) -> Outcome:
        """How the turn of the last of these messages ended."""
        received = [await self.send(one, choice=choice, files=files) for one in texts]
        outcome = await self.house.factory.replies.wait(self.visitor, received[-1])
        await self.settle()
        return outcome

    async def settle(self) -> None:
        """Wait until the process has nothing more to answer."""
        await until(lambda: not self.house.factory.runner.active)

    async def decide(self, *texts: str) -> Decision:
        reply = (await self.say(*texts)).reply
        assert reply is not None
        return Decision(str(reply["decision"]))

    async def play(self, dialogue: Dialogue) -> None:
        """What a dialogue's file says, in its time; what comes of it is the file's own test."""
        for turn in dialogue.script.turns:
            self.house.clock.later += _to_time(turn.after)
            await self._play(turn)

    async def _play(self, turn: TurnScript) -> None:
        texts = [text or turn.press for text in said(turn)]
        await self.say(*texts, choice=turn.press or None, files=(turn.attach,) if turn.attach else ())

    async def replayed(self) -> list[ReplayReport]:
        return await self.house.replay_all(self.conversation_id)

    async def is_equal(self) -> bool:
        """Whether every turn of the conversation is equal, and there is one; says what is not."""
        reports = await self.replayed()
        wrong = [report for report in reports if report.outcome is not ReplayOutcome.EQUAL]
        assert not wrong, wrong[0]
        return bool(reports)


@asynccontextmanager
async def open_house(
    database_url: str,
    folder: Path,
    *,
    model: ChatModel | None = None,
    plugin: Plugin | None = None,
    knowledge: Path | None = None,
    **overrides: Any,
) -> AsyncIterator[House]:
    """On a migrated, empty database. ``plugin`` is switched on."""
    settings = Settings(
        data_dir=folder / "data",
        database_url=database_url.replace("+aiosqlite", "").replace("+asyncpg", ""),
        secret_key=SecretStr(SECRET),
        **{"messages_per_minute": 10_000, "visitors_per_minute": 10_000, **overrides},
    )
    clock = LateClock()
    host = PluginHost([] if plugin is None else [plugin])
    factory = Factory(settings, clock=clock, model=model, embedder=NullEmbedder(), plugin_host=host)
    try:
        workspace = await factory.setup.ensure_workspace("shop", name="小店 Shop")
        place = knowledge or write_knowledge(folder / "knowledge")
        await factory.knowledge.add_paths(workspace.id, [place], progress=lambda *_: None)
        if plugin is not None:
            await factory.plugins.enable(workspace.id, plugin.name)
        yield House(factory, workspace.id, clock)
    finally:
        await factory.runner.drain(seconds=5)
        await factory.aclose()


async def until(is_so: Callable[[], bool]) -> None:
    """Look every few milliseconds, for half a minute at most."""
    for _ in range(_LOOKS):
        if is_so():
            return
        await asyncio.sleep(_PAUSE)
    raise TimeoutError


def plugin_of(dialogue: Dialogue) -> Plugin:
    """What a dialogue's setup says, as a plugin."""
    policy: dict[str, Any] = {
        name: (type(value), Field(default=value, description="As the setup says."))
        for name, value in dialogue.setup.policy.items()
    }
    settings = create_model("Policy", __base__=PluginSettings, **policy)
    plugin = ScriptedBackEnd(dialogue.setup.tools).to_plugin()
    assert plugin.name == PLUGIN
    return replace(plugin, flows=dialogue.folder / dialogue.setup.flows[0], settings=settings)


def knowledge_of(dialogue: Dialogue, folder: Path) -> Path:
    folder.mkdir(parents=True)
    for key, page in dialogue.setup.documents.items():
        (folder / f"{key}.md").write_text(page, encoding="utf-8")
    return folder


def _to_time(after: str) -> timedelta:
    units = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
    return timedelta(**{units[after[-1]]: int(after[:-1])})
