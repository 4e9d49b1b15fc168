"""What a turn may ask of the database. More is not wrong, but it is to be noticed: each statement costs every turn."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, event

from tests.support.live import Visitor, live_server

STATEMENTS = 20
"""Receive 5, begin 7, knowledge 1, answer 5, and the reader's look into the log."""
COMMITS = 3
"""The message, the lease with the turn, the answer."""
TURNS = 6


@contextmanager
def counting() -> Iterator[Counter[str]]:
    """What runs on all databases of this process, begins of transactions left out."""
    counts: Counter[str] = Counter()

    def on_statement(_connection: Connection, _cursor: object, statement: str, *_rest: object) -> None:
        counts["statements"] += not statement.startswith("BEGIN")

    def on_commit(_connection: Connection) -> None:
        counts["commits"] += 1

    event.listen(Engine, "before_cursor_execute", on_statement)
    event.listen(Engine, "commit", on_commit)
    try:
        yield counts
    finally:
        event.remove(Engine, "before_cursor_execute", on_statement)
        event.remove(Engine, "commit", on_commit)


async def test_a_turn_keeps_to_its_statements(database_url: str, tmp_path: Path) -> None:
    async with live_server(database_url, tmp_path) as live:
        visitor = await live.visitor()
        costs = [await cost_of_a_turn(visitor) for _ in range(TURNS)]
    # The sweeper and the outbox look in between; they do not do so in each of six turns.
    assert min(cost["statements"] for cost in costs) <= STATEMENTS
    assert min(cost["commits"] for cost in costs) == COMMITS


async def cost_of_a_turn(visitor: Visitor) -> Counter[str]:
    with counting() as counts:
        assert (await visitor.ask("退款多久到账？"))["decision"] == "answer"
    return counts
