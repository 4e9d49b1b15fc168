"""Examples of intents of one workspace."""

import hashlib

from sqlalchemy import Integer, Row, bindparam, func

from kefu.domain.intent import ExampleSource, IntentExample
from kefu.kit.ids import new_id
from kefu.storage.repository import Repository
from kefu.storage.tables import intent_examples

_ADD = Repository.insert(intent_examples)
_LIST = Repository.select(intent_examples).order_by(intent_examples.c.id)
_LIST_NEWEST = (
    Repository.select(intent_examples)
    .order_by(intent_examples.c.added_at.desc(), intent_examples.c.id.desc())
    .limit(bindparam("at_most", type_=Integer))
)
_IS_SAME = intent_examples.c.text_hash == bindparam("of_hash")
_CHANGE = (
    Repository.update(intent_examples)
    .where(_IS_SAME)
    .values(
        intent=bindparam("new_intent"),
        source=bindparam("new_source"),
        added_at=bindparam("now"),
        given_by=bindparam("by"),
        message_id=bindparam("of_message"),
    )
)
_KNOWN = Repository.select(intent_examples, intent_examples.c.text_hash, intent_examples.c.intent)
_REMOVE = Repository.delete(intent_examples).where(_IS_SAME)
_COUNT = Repository.select(
    intent_examples,
    intent_examples.c.intent,
    func.count().label("examples"),
).group_by(intent_examples.c.intent)


class IntentExampleRepository(Repository):
    async def list_all(self) -> list[IntentExample]:
        """In the order in which they came; their number is limited where they are added."""
        return [_to_example(row) for row in await self._execute(_LIST)]

    async def list_newest(self, *, limit: int) -> list[IntentExample]:
        return [_to_example(row) for row in await self._execute(_LIST_NEWEST, at_most=limit)]

    async def count(self) -> dict[str | None, int]:
        """Examples by intent; None: out of scope."""
        return {row.intent: int(row.examples) for row in await self._execute(_COUNT)}

    async def intents_by_hash(self) -> dict[str, str | None]:
        """What each text is an example of, by ``hash_of`` the text."""
        return {row.text_hash: row.intent for row in await self._execute(_KNOWN)}

    async def add(self, examples: list[IntentExample]) -> None:
        """Texts that are not there yet."""
        if examples:
            await self._add(_ADD, *map(_to_row, examples))

    async def change(self, example: IntentExample) -> None:
        """Give a text that is there another intent."""
        await self._execute(
            _CHANGE,
            of_hash=hash_of(example.text),
            new_intent=example.intent,
            new_source=example.source,
            now=example.added_at,
            by=example.given_by,
            of_message=example.message_id,
        )

    async def remove(self, text: str) -> bool:
        """False when there was none."""
        return (await self._execute(_REMOVE, of_hash=hash_of(text))).rowcount > 0


def hash_of(text: str) -> str:
    """By what a text is found again, however long it is."""
    return hashlib.sha256(text.encode()).hexdigest()


def _to_row(example: IntentExample) -> dict[str, object]:
    return {
        "id": new_id("ex"),
        "text": example.text,
        "text_hash": hash_of(example.text),
        "intent": example.intent,
        "source": example.source,
        "added_at": example.added_at,
        "given_by": example.given_by,
        "message_id": example.message_id,
    }


def _to_example(row: Row[tuple[object, ...]]) -> IntentExample:
    return IntentExample(row.text, row.intent, ExampleSource(row.source), row.added_at, row.given_by, row.message_id)
