"""The command itself: an input line at the bottom, and above it what happens."""

import sys
from typing import Annotated

import typer
from prompt_toolkit import PromptSession
from prompt_toolkit.completion import WordCompleter
from prompt_toolkit.patch_stdout import patch_stdout
from rich.console import Console

from kefu.cli.inbox.client import DeskClient, RefusedError
from kefu.cli.inbox.desk import Desk
from kefu.cli.inbox.screen import Screen


def inbox(
    key: Annotated[str, typer.Option(envvar="KEFU_AGENT_KEY", help="An agent's key: `kefu agent add`.")],
    url: Annotated[str, typer.Option(help="The server.")] = "http://127.0.0.1:8000",
    language: Annotated[str, typer.Option(help="Language of the case card: zh or en.")] = "zh",
) -> None:
    """Work at the desk: the queue, conversations with their case cards, replies, notes, transfers."""
    client = DeskClient(url, key)
    with patch_stdout(raw=True):
        # Made inside: the console must write through what keeps the input line whole.
        screen = Screen(Console(file=sys.stdout, highlight=False, force_terminal=sys.stdout.isatty()))
        desk = Desk(client, screen, language=language)
        try:
            desk.arrive()
        except RefusedError as error:
            screen.fail(error.detail)
            raise typer.Exit(1) from error
        try:
            _work(desk)
        finally:
            desk.leave()


def _work(desk: Desk) -> None:
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
