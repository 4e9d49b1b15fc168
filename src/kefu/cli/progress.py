"""A job that runs in front of a person: a bar while it runs, and Ctrl-C stops it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

INTERRUPTED = 130
_console = Console(stderr=True)


@contextmanager
def bar(title: str) -> Iterator[Callable[[int, int], None]]:
    """Shows a bar; call what it gives with the number of things done and of all."""
    columns = TextColumn(title), BarColumn(), MofNCompleteColumn()
    with Progress(*columns, console=_console, transient=True) as progress:
        task = progress.add_task(title, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total or None)


@contextmanager
def stoppable(
    remark: str = "Stopped. What was read so far stays: give the same command again to go on.",
) -> Iterator[None]:
    """Ctrl-C ends the command with a remark; its job is stopped by then."""
    try:
        yield
    except KeyboardInterrupt:
        _console.print(remark)
        raise typer.Exit(INTERRUPTED) from None
