"""An agent who types at ``kefu inbox`` without a terminal: keys through a pipe, what is shown as plain text."""

import io
from asyncio import to_thread

from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput
from rich.console import Console

from kefu.cli.inbox.client import DeskClient
from kefu.cli.inbox.command import work
from kefu.cli.inbox.desk import Desk
from kefu.cli.inbox.screen import Screen
from kefu.kit.strings import Strings


async def type_at_desk(url: str, key: str, *lines: str, language: str = "en") -> str:
    """What was shown from the arrival until the agent has typed all lines and left."""
    return await to_thread(_type, url, key, lines, language)


def _type(url: str, key: str, lines: tuple[str, ...], language: str) -> str:
    shown = io.StringIO()
    client = DeskClient(url, key)
    desk = Desk(client, Screen(Console(file=shown, width=200), Strings.load("kefu.cli.inbox"), language))
    with create_pipe_input() as keys, create_app_session(input=keys, output=DummyOutput()):
        keys.send_text("".join(f"{line}\r" for line in (*lines, "/quit")))
        desk.arrive()
        try:
            work(desk)
        finally:
            desk.leave()
    return shown.getvalue()
