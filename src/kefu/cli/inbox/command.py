"""The command itself: an input line at the bottom, and above it what happens."""

import sys
from enum import StrEnum
from typing import Annotated

import typer
from prompt_toolkit import PromptSession
from prompt_toolkit.completion import WordCompleter
from prompt_toolkit.patch_stdout import patch_stdout
from rich.console import Console

from kefu.cli.inbox.client import DeskClient, RefusedError
from kefu.cli.inbox.desk import Desk
from kefu.cli.inbox.screen import Screen
from kefu.kit.strings import Strings


class Shown(StrEnum):
    ZH = "zh"
    EN = "en"


def inbox(
    key: Annotated[str, typer.Option(envvar="KEFU_AGENT_KEY", help="An agent's key: `kefu agent add`.")],
    url: Annotated[str, typer.Option(help="The server.")] = "http://127.0.0.1:8000",
    language: Annotated[Shown, typer.Option(help="Language of the terminal and of the case card.")] = Shown.ZH,
) -> None:
    """Work at the desk: the queue, conversations with their case cards, replies, notes, transfers."""
    client = DeskClient(url, key)
    with patch_stdout(raw=True):
        # Made inside: the console must write through what keeps the input line whole.
        console = Console(file=sys.stdout, highlight=False, force_terminal=sys.stdout.isatty())
        screen = Screen(console, Strings.load("kefu.cli.inbox"), language.value)
        desk = Desk(client, screen)
        try:
            desk.arrive()
        except RefusedError as error:
            screen.fail(error.detail)
            raise typer.Exit(1) from error
        try:
            work(desk)
        finally:
            desk.leave()


def work(desk: Desk) -> None:
    """Read lines until the agent leaves, by /quit or Ctrl-D; Ctrl-C only empties the line."""
    session: PromptSession[str] = PromptSession(completer=WordCompleter(desk.commands, sentence=True))
    goes_on = True
    while goes_on:
        draft, desk.draft = desk.draft, ""
        prompt = f"{desk.opened[-6:]}> " if desk.opened else "> "
        try:
            line = session.prompt(prompt, default=draft)
        except KeyboardInterrupt:
            continue
        except EOFError:
            return
        goes_on = desk.run(line.strip())
