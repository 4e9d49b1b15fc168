"""Guests: plugins that one workspace has beside the installed ones, such as the MCP servers that it has been given."""

from collections.abc import Awaitable, Callable, Sequence

from kefu.plugins.manifest import Plugin
from kefu.plugins.spec import Tool

LoadGuests = Callable[[str], Awaitable[Sequence[Plugin]]]
"""The guests of one workspace, as they are now."""


async def _nobody(_workspace_id: str) -> Sequence[Plugin]:
    return ()


class Guests:
    """As they were when last looked for. A tool whose name an installed plugin has is the plugin's."""

    def __init__(self) -> None:
        self._load: LoadGuests = _nobody
        self._guests: dict[str, tuple[Plugin, ...]] = {}
        self._tools: dict[str, dict[str, tuple[Plugin, Tool]]] = {}

    def invite(self, load: LoadGuests) -> None:
        """Where guests come from."""
        self._load = load

    async def load(self, workspace_id: str) -> None:
        """Look again."""
        guests = tuple(await self._load(workspace_id))
        self._guests[workspace_id] = guests
        self._tools[workspace_id] = {tool.name: (guest, tool) for guest in guests for tool in guest.tools}

    def find_plugin(self, name: str) -> Plugin | None:
        return next((guest for guests in self._guests.values() for guest in guests if guest.name == name), None)

    def find_tool(self, name: str, *, workspace_id: str) -> tuple[Plugin, Tool] | None:
        return self._tools.get(workspace_id, {}).get(name)

    def tools_of(self, workspace_id: str) -> list[Tool]:
        return [tool for _, tool in self._tools.get(workspace_id, {}).values()]
