"""First things: a workspace with its inboxes, and the demo."""

from importlib.resources import as_file, files
from typing import Any

import orjson

from kefu.domain.conversation import ChannelKind, Inbox, InboxProfile, Workspace
from kefu.kit.ids import new_id
from kefu.services.knowledge_base import ImportProgress, ImportReport, KnowledgeBaseService
from kefu.storage.database import Database

DEMO = "demo"
_WIDGET_BURST_MS = 400
_INBOXES = (("web", ChannelKind.WIDGET, _WIDGET_BURST_MS), ("api", ChannelKind.API, 0))


class SetupService:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def list_workspaces(self) -> list[Workspace]:
        async with self._database.platform_view() as platform:
            return await platform.list_workspaces()

    async def ensure_workspace(self, slug: str, *, name: str | None = None) -> Workspace:
        """The workspace, made with a widget inbox ``web`` and an API inbox ``api`` if it does not exist."""
        async with self._database.platform() as platform:
            workspace = await platform.find_workspace(slug)
            if workspace is None:
                shown = name or _profile_data(slug).get("name") or slug
                workspace = await platform.create_workspace(slug=slug, name=str(shown))
        async with self._database.write(workspace.id) as unit:
            for inbox_slug, channel, burst in _INBOXES:
                if await unit.workspaces.find_inbox(inbox_slug) is None:
                    inbox = Inbox(
                        id=new_id("inb"),
                        workspace_id=workspace.id,
                        slug=inbox_slug,
                        name=workspace.name,
                        channel=channel,
                        burst_window_ms=burst,
                        profile=_profile(slug),
                    )
                    await unit.workspaces.add_inbox(inbox)
        return workspace

    async def ensure_demo(self, knowledge: KnowledgeBaseService, *, progress: ImportProgress) -> ImportReport:
        """The demo workspace with all its documents. What has not changed is left as it is, so a second run is quick."""
        workspace = await self.ensure_workspace(DEMO)
        with as_file(files("kefu").joinpath("demo/knowledge")) as folder:
            return await knowledge.add_paths(workspace.id, [folder], progress=progress)


def _profile_data(slug: str) -> dict[str, Any]:
    profiles: dict[str, dict[str, Any]] = orjson.loads(files("kefu").joinpath("demo/profiles.json").read_bytes())
    return profiles.get(slug, profiles["default"])


def _profile(slug: str) -> InboxProfile:
    found = _profile_data(slug)
    return InboxProfile(
        colour=found["colour"],
        greeting=found["greeting"],
        suggestions={language: tuple(texts) for language, texts in found["suggestions"].items()},
    )
