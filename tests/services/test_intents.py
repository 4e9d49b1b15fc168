"""Intents of a workspace: taught, trained as a job, swapped without a restart, rolled back, suggested from gaps."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from kefu.config import Settings
from kefu.dialogue.intents.card import from_facts
from kefu.dialogue.intents.training import Example
from kefu.domain.conversation import Author, Message
from kefu.domain.errors import ConflictError, InvalidInputError, NotFoundError
from kefu.domain.intent import ExampleSource, IntentModel
from kefu.domain.job import Job, JobState
from kefu.domain.knowledge import Gap
from kefu.domain.turn import Change, EventDraft, EventType
from kefu.factory import Factory
from kefu.kit.ids import new_id
from kefu.knowledge.embedding import NullEmbedder
from kefu.services.improving.gap_review import GAP_REVIEW
from kefu.services.intent_corrections import Suggestion
from kefu.services.wire import message_to_json
from tests.dialogue.intents.samples import CHINESE
from tests.storage.seeds import Seed, seed
from tests.support.waiting import eventually


@dataclass
class Shop:
    factory: Factory
    found: Seed

    @property
    def id(self) -> str:
        return self.found.workspace.id

    async def teach(self, *examples: Example) -> None:
        given = [(one.text, one.intent) for one in examples]
        await self.factory.intents.add_examples(self.id, given, source=ExampleSource.AGENT)

    async def train(self) -> Job:
        ordered = await self.factory.intents.order_training(self.id)
        await self.factory.job_runner.run_due()
        return await self.factory.jobs.get(self.id, ordered.id)

    async def best(self, text: str) -> str | None:
        return (await self.factory.intent_serving.recognise(self.id, text)).best

    async def store_version(self, version: int, content: bytes, sha256: str) -> None:
        async with self.factory.database.write(self.id) as unit:
            now = self.factory.clock.now()
            await unit.intent_models.add(IntentModel(new_id("im"), version, sha256, len(content), {}, now), content)


def _factory(database_url: str, folder: Path) -> Factory:
    url = database_url.replace("+aiosqlite", "").replace("+asyncpg", "")
    return Factory(Settings(data_dir=folder, database_url=url), embedder=NullEmbedder())


@pytest.fixture
async def shop(database_url: str, tmp_path: Path) -> AsyncIterator[Shop]:
    factory = _factory(database_url, tmp_path / "data")
    yield Shop(factory, await seed(factory.database))
    await factory.aclose()


async def test_an_example_has_one_intent_and_the_last_one_counts(shop: Shop) -> None:
    intents, source = shop.factory.intents, ExampleSource.FILE
    first = await intents.add_examples(
        shop.id, [("到哪了", "track"), ("到哪了 ", "track"), ("天气", None)], source=source
    )
    again = await intents.add_examples(shop.id, [("到哪了", "where"), ("天气", None)], source=ExampleSource.AGENT)
    assert (first.added, again.changed, again.unchanged) == (2, 1, 1)
    assert (await intents.get_overview(shop.id)).own == {"where": 1, None: 1}
    assert await intents.remove_example(shop.id, "天气") is True
    assert [(one.text, one.source) for one in await intents.list_examples(shop.id, limit=5)] == [
        ("到哪了", ExampleSource.AGENT)
    ]


@pytest.mark.parametrize("example", [("", "x"), ("a" * 5_000, "x"), ("a", ""), ("a", "x" * 300)])
async def test_a_bad_example_is_refused_with_all_others(shop: Shop, example: tuple[str, str]) -> None:
    with pytest.raises(InvalidInputError):
        await shop.factory.intents.add_examples(shop.id, [("fine", "x"), example], source=ExampleSource.FILE)
    assert (await shop.factory.intents.get_overview(shop.id)).own == {}


async def test_a_training_answers_and_says_how_good_it_is(shop: Shop) -> None:
    await shop.teach(*CHINESE)
    assert await shop.best("发票怎么开") is None
    job = await shop.train()
    assert (job.state, job.result["version"], job.result["intents"]) == (JobState.SUCCEEDED, 1, 3)
    assert job.done == job.total > 1
    assert await shop.best("发票怎么开") == "invoice"
    card = (await shop.factory.intents.get_version(shop.id)).card
    assert (card["examples"], card["encoder"]) == (18, None)


async def test_a_training_learns_from_the_flows_too_and_the_workspace_counts_more(shop: Shop) -> None:
    await shop.factory.plugins.enable(shop.id, "demo-orders")
    await shop.teach(*CHINESE, Example("取消订单", "complaint"), Example("投诉你们", "complaint"))
    await shop.train()
    assert await shop.best("我要退货") == "return_item"
    assert await shop.best("发票怎么开") == "invoice"
    assert await shop.best("取消订单") == "complaint"
    abilities = await shop.factory.abilities.of(shop.id)
    assert abilities is not None
    assert abilities.classifier is shop.factory.intent_serving.classifier_of(shop.id)


async def test_a_plugin_that_is_switched_is_learned_anew_where_there_is_a_model(shop: Shop) -> None:
    await shop.factory.plugins.enable(shop.id, "demo-orders")
    await shop.factory.job_runner.run_due()
    assert (await shop.factory.intents.list_versions(shop.id)) == ([], None)
    await shop.teach(*CHINESE)
    await shop.train()
    await shop.factory.plugins.disable(shop.id, "demo-orders")
    await shop.factory.job_runner.run_due()
    models, active = await shop.factory.intents.list_versions(shop.id)
    assert (active, ["return_item" in _learned(model) for model in models]) == (2, [False, True])


def _learned(model: IntentModel) -> set[str]:
    """The intents of which it has learned examples."""
    return set(from_facts(model.card).per_intent)


async def test_too_few_examples_fail_the_job_with_what_to_do(shop: Shop) -> None:
    await shop.teach(*CHINESE[:3])
    job = await shop.train()
    assert (job.state, job.error_code) == (JobState.FAILED, "invalid_input")
    with pytest.raises(ConflictError):
        await shop.factory.intents.get_version(shop.id)


async def test_a_version_is_swapped_in_every_process_and_rolled_back(
    shop: Shop, database_url: str, tmp_path: Path
) -> None:
    await shop.teach(*CHINESE)
    await shop.train()
    other = _factory(database_url, tmp_path / "other")
    other.intent_serving.start()
    try:
        assert await eventually(lambda: _is_version(other, shop.id, 1))
        await shop.teach(Example("会员有什么好处", "member"), Example("会员怎么升级", "member"))
        await shop.train()
        assert await eventually(lambda: _is_version(other, shop.id, 2))
        assert other.intent_serving.classifier_of(shop.id).classify("会员有什么好处").candidates[0][0] == "member"
        assert (await shop.factory.intents.roll_back(shop.id)).version == 1
        assert await eventually(lambda: _is_version(other, shop.id, 1))
        assert other.intent_serving.classifier_of(shop.id).classify("会员有什么好处").candidates[0][0] != "member"
    finally:
        await other.aclose()
    with pytest.raises(ConflictError):
        await shop.factory.intents.roll_back(shop.id)
    with pytest.raises(NotFoundError):
        await shop.factory.intents.activate(shop.id, 9)


async def _is_version(factory: Factory, workspace_id: str, version: int) -> bool:
    return factory.intent_serving.version_of(workspace_id) == version


async def test_a_damaged_version_leaves_the_one_before_in_place(shop: Shop) -> None:
    await shop.teach(*CHINESE)
    await shop.train()
    await shop.store_version(2, b"no model", "0" * 64)
    await shop.factory.intents.activate(shop.id, 2)
    assert await shop.best("发票怎么开") is None or shop.factory.intent_serving.version_of(shop.id) == 1
    await shop.factory.intents.roll_back(shop.id)
    assert await shop.best("发票怎么开") == "invoice"


async def test_only_the_newest_versions_are_kept(shop: Shop) -> None:
    await shop.teach(*CHINESE)
    for version in range(1, 11):
        await shop.store_version(version, b"x" * (2_500_000 if version == 1 else 1), "0" * 64)
    async with shop.factory.database.read(shop.id) as unit:
        assert len(await unit.intent_models.read_content(await unit.intent_models.get(1))) == 2_500_000
    await shop.train()
    models, active = await shop.factory.intents.list_versions(shop.id)
    assert ([model.version for model in models], active) == (list(range(11, 1, -1)), 11)


async def test_what_was_not_understood_is_suggested_with_the_nearest_intent(shop: Shop) -> None:
    await shop.teach(*CHINESE)
    await shop.train()
    suggestion = await _fail(shop, "发票能改抬头吗", "发票能不能改抬头")
    assert (suggestion.gap.count.count, suggestion.intent) == (2, "invoice")
    assert 0 < suggestion.in_scope <= 1


@pytest.mark.parametrize("intent", ["invoice_title", None])
async def test_a_cluster_is_accepted_and_is_back_when_it_is_asked_in_vain_again(shop: Shop, intent: str | None) -> None:
    corrections = shop.factory.intent_corrections
    suggestion = await _fail(shop, "发票能改抬头吗 电话13812345678", "发票能不能改抬头")
    report = await corrections.accept(shop.id, suggestion.gap.cluster.id, intent, given_by="key_1")
    assert (report.added, await corrections.suggest(shop.id, limit=10)) == (2, [])
    stored = await shop.factory.intents.list_examples(shop.id, limit=10)
    assert {(one.intent, one.source, one.given_by) for one in stored} == {(intent, ExampleSource.CLUSTER, "key_1")}
    assert not any("13812345678" in one.text for one in stored)
    assert (await _fail(shop, "发票能改一下抬头吗", start=2)).gap.count.count == 3


async def test_a_corrected_message_is_learned_with_who_said_so(shop: Shop) -> None:
    await shop.factory.plugins.enable(shop.id, "demo-orders")
    await shop.teach(*CHINESE)
    corrections, said = shop.factory.intent_corrections, await _say(shop, "换个大一码的，我电话13812345678")
    first = await corrections.correct(shop.id, said, "return_item", given_by="agent_1")
    again = await corrections.correct(shop.id, said, None, given_by="agent_2")
    assert (first.added, again.changed) == (1, 1)
    (stored, *_) = await shop.factory.intents.list_examples(shop.id, limit=1)
    assert (stored.intent, stored.source, stored.given_by, stored.message_id) == (
        None,
        ExampleSource.CORRECTION,
        "agent_2",
        said,
    )
    assert stored.text == "换个大一码的，我电话[phone]"
    assert (await shop.train()).state is JobState.SUCCEEDED
    assert await shop.best("我要换个大一码的") is None, "the next model has learned it"


async def test_only_a_customers_message_is_corrected_and_only_to_what_there_is(shop: Shop) -> None:
    await shop.teach(*CHINESE)
    corrections, said = shop.factory.intent_corrections, await _say(shop, "发票呢")
    with pytest.raises(InvalidInputError, match="invoice, refund_status, track_parcel"):
        await corrections.correct(shop.id, said, "invoce", given_by="key_1")
    with pytest.raises(InvalidInputError, match="customer"):
        await corrections.correct(shop.id, await _say(shop, "您好", Author.AGENT), "invoice", given_by="key_1")
    with pytest.raises(NotFoundError):
        await corrections.correct(shop.id, said, "invoice", given_by="agent_1", conversation_id="conv_other")
    other = await shop.factory.setup.ensure_workspace("other")
    with pytest.raises(NotFoundError):
        await corrections.correct(other.id, said, None, given_by="key_1")
    assert len(await shop.factory.intents.list_examples(shop.id, limit=100)) == len(CHINESE)


async def _fail(shop: Shop, *questions: str, start: int = 0) -> Suggestion:
    """The one cluster after these were asked in vain."""
    async with shop.factory.database.write(shop.id) as unit:
        for number, question in enumerate(questions, start):
            now = shop.factory.clock.now()
            await unit.gaps.add(Gap(f"turn_{number}", shop.found.conversation.id, question, "zh", 0.1, now))
    await shop.factory.jobs.order(shop.id, GAP_REVIEW)
    await shop.factory.job_runner.run_due()
    (suggestion,) = await shop.factory.intent_corrections.suggest(shop.id, limit=10)
    return suggestion


async def _say(shop: Shop, text: str, author: Author = Author.VISITOR) -> str:
    """The id of a message."""
    async with shop.factory.database.write(shop.id) as unit:
        conversation = await unit.conversations.lock(shop.found.conversation.id)
        id_, seq, now = new_id("msg"), conversation.last_seq + 1, shop.factory.clock.now()
        message = Message(id_, conversation.id, seq, new_id("cl"), author, text, now)
        await unit.messages.add(message, body_hash="")
        told = EventDraft(EventType.MESSAGE_RECEIVED, {"message": message_to_json(message)})
        await unit.events.append(conversation.id, [told], change=Change())
    return id_


async def test_workspaces_do_not_see_each_other(shop: Shop) -> None:
    other = await shop.factory.setup.ensure_workspace("other")
    await shop.teach(*CHINESE)
    await shop.train()
    assert (await shop.factory.intents.get_overview(other.id)).own == {}
    assert (await shop.factory.intents.list_versions(other.id)) == ([], None)
    assert (await shop.factory.intent_serving.recognise(other.id, "发票怎么开")).candidates == ()
