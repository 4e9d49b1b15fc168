"""The policy of a workspace: kept, read with its row, taken back; the same on both databases."""

from dataclasses import replace

from kefu.domain.knowledge import Risk
from kefu.domain.policy import AnswerPolicy, AnswerThreshold, PolicyRecord
from kefu.kit.clock import Clock
from kefu.storage.database import Database
from tests.storage.seeds import seed

POLICY = AnswerPolicy(
    {
        "zh": {
            Risk.GENERAL: AnswerThreshold(0.9, frozenset({"meaning", "words"})),
            Risk.STRICT: AnswerThreshold(0.97),
        },
        "en": {Risk.GENERAL: AnswerThreshold(0.8)},
    }
)
RECORD = PolicyRecord(POLICY, "key_1", Clock().now(), 7, "minilm-1", {"questions": 3, "classes": []})


async def test_what_was_put_is_found_whole(database: Database) -> None:
    found = await seed(database)
    async with database.write(found.workspace.id) as unit:
        assert await unit.answer_policies.find() is None
        await unit.answer_policies.put(RECORD)
    async with database.read(found.workspace.id) as unit:
        assert await unit.answer_policies.find() == RECORD


async def test_a_newer_one_takes_its_place_and_it_is_taken_back(database: Database) -> None:
    found = await seed(database)
    newer = replace(RECORD, policy=AnswerPolicy({"en": {Risk.STRICT: AnswerThreshold(0.5)}}), report=None)
    async with database.write(found.workspace.id) as unit:
        await unit.answer_policies.put(RECORD)
        await unit.answer_policies.put(newer)
        assert await unit.answer_policies.find() == newer
        assert (await unit.answer_policies.remove(), await unit.answer_policies.remove()) == (True, False)
        assert await unit.answer_policies.find() is None


async def test_it_comes_with_the_state_of_its_own_workspace_only(database: Database) -> None:
    one, other = await seed(database), await seed(database, slug="other")
    async with database.write(one.workspace.id) as unit:
        await unit.answer_policies.put(RECORD)
        assert (await unit.workspaces.knowledge_state()).policy == POLICY
    async with database.write(other.workspace.id) as unit:
        assert (await unit.workspaces.knowledge_state()).policy is None
        assert await unit.answer_policies.remove() is False
