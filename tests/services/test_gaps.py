"""Gaps gather by what they ask, close when the knowledge answers them, and open again when it does not."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kefu.config import Settings
from kefu.domain.conversation import Language
from kefu.domain.errors import InvalidInputError, NotFoundError
from kefu.domain.improving import GapState
from kefu.domain.knowledge import Attributes, Gap
from kefu.factory import Factory
from kefu.kit.clock import Clock
from kefu.knowledge.embedding import NullEmbedder
from kefu.services.documents import DocumentText
from kefu.services.gaps import GapSummary
from kefu.services.improving.gap_review import GAP_REVIEW
from tests.storage.seeds import Seed, seed
from tests.support.shared import shared_parser, shared_reader

NOW = datetime(2026, 6, 10, 12, 0, tzinfo=UTC)
OPEN = (GapState.OPEN, GapState.DRAFTED)
ALL = tuple(GapState)


class _Today(Clock):
    moment = NOW

    def now(self) -> datetime:
        return self.moment


class Shop:
    """A workspace whose gaps are reviewed by hand."""

    def __init__(self, factory: Factory, found: Seed) -> None:
        self.factory, self.found, self.asked = factory, found, 0

    @property
    def id(self) -> str:
        return self.found.workspace.id

    async def ask(self, *questions: str, language: Language = "zh", days_ago: float = 0, review: bool = True) -> None:
        async with self.factory.database.write(self.id) as unit:
            for question in questions:
                self.asked += 1
                at = self.factory.clock.now() - timedelta(days=days_ago)
                gap = Gap(f"turn_{self.asked:05}", self.found.conversation.id, question, language, 0.2, at)
                await unit.gaps.add(gap)
        if review:
            await self.review()

    async def review(self) -> None:
        await self.factory.jobs.order(self.id, GAP_REVIEW)
        await self.factory.job_runner.run_due()
        (job, *_) = await self.factory.jobs.list_newest(self.id, kind=GAP_REVIEW.kind)
        assert job.error_detail is None, job.error_detail

    async def write(self, key: str, questions: Sequence[str], text: str, language: Language = "zh") -> None:
        entry = DocumentText(key, language, text, None, tuple(questions), False, Attributes())
        await self.factory.documents.put(self.id, entry)

    async def gaps(self, states: Sequence[GapState] = OPEN) -> list[GapSummary]:
        return list((await self.factory.gaps.list_clusters(self.id, states=states)).gaps)


@pytest.fixture
async def shop(database_url: str, tmp_path: Path) -> AsyncIterator[Shop]:
    url = database_url.replace("+aiosqlite", "").replace("+asyncpg", "")
    settings = Settings(data_dir=tmp_path / "data", database_url=url)
    factory = Factory(settings, clock=_Today(), embedder=NullEmbedder(), reader=shared_reader(), parser=shared_parser())
    yield Shop(factory, await seed(factory.database))
    await factory.aclose()


async def test_the_same_question_in_other_words_is_one_gap(shop: Shop) -> None:
    await shop.ask("可以用花呗付款吗", "能不能用花呗付款？", "机场有你们的店吗")
    await shop.ask("花呗付款可以用吗")
    first, second = await shop.gaps()
    assert (first.cluster.question, first.count.count, second.count.count) == ("可以用花呗付款吗", 3, 1)
    assert set(first.examples) == {"可以用花呗付款吗", "能不能用花呗付款？", "花呗付款可以用吗"}


async def test_clusters_keep_their_ids_and_count_by_week(shop: Shop) -> None:
    await shop.ask("可以用花呗付款吗", days_ago=9)
    (before,) = await shop.gaps()
    await shop.ask("可以用花呗付款吗？", days_ago=2)
    (after,) = await shop.gaps()
    assert after.cluster.id == before.cluster.id
    assert (after.count.recent, after.count.earlier) == (1, 1)
    assert (after.count.last_seen - after.count.first_seen).days == 7


async def test_a_gap_closes_when_the_knowledge_answers_and_opens_when_it_does_not(shop: Shop) -> None:
    await shop.ask("可以用花呗付款吗")
    await shop.write("pay", ["可以用花呗付款吗", "支持花呗吗"], "可以使用花呗付款，也可以分 3 期。")
    assert await shop.factory.outbox.dispatch_due() == 1, "a change of the knowledge asks again"
    assert await shop.factory.job_runner.run_due() == 1
    (closed,) = await shop.gaps(ALL)
    assert (closed.cluster.state, closed.cluster.nearest and closed.cluster.nearest.key) == (GapState.ANSWERED, "pay")
    shop.factory.clock.moment = NOW + timedelta(hours=1)  # type: ignore[attr-defined]
    await shop.ask("可以用花呗付款吗")
    (again,) = await shop.gaps()
    assert (again.cluster.id, again.count.count) == (closed.cluster.id, 2)


async def test_an_almost_answered_gap_names_the_document(shop: Shop) -> None:
    await shop.write("gift", ["礼品卡怎么买"], "礼品卡可以在“我的→礼品卡”购买。")
    await shop.ask("礼品卡怎么挂失")
    (gap,) = await shop.gaps(ALL)
    assert gap.cluster.nearest is not None
    assert gap.cluster.nearest.key == "gift"


async def test_what_is_ignored_stays_so_and_is_still_counted(shop: Shop) -> None:
    await shop.ask("你们老板帅吗")
    (gap,) = await shop.gaps()
    await shop.factory.gaps.set_state(shop.id, gap.cluster.id, GapState.IGNORED)
    await shop.ask("你们老板帅吗？")
    assert await shop.gaps() == []
    (ignored,) = await shop.gaps([GapState.IGNORED])
    assert ignored.count.count == 2


async def test_personal_data_is_not_shown(shop: Shop) -> None:
    await shop.ask("我叫王小明，13812345678，为什么花呗付不了款")
    (gap,) = await shop.gaps()
    shown = (gap.cluster.question, *gap.examples)
    assert all("[phone]" in text and "13812345678" not in text for text in shown)


async def test_a_wrong_state_and_an_unknown_gap_are_refused(shop: Shop) -> None:
    await shop.ask("你们老板帅吗")
    (gap,) = await shop.gaps()
    with pytest.raises(InvalidInputError):
        await shop.factory.gaps.set_state(shop.id, gap.cluster.id, GapState.DRAFTED)
    with pytest.raises(NotFoundError):
        await shop.factory.gaps.get(shop.id, "gap_none")


async def test_many_gaps_are_gathered_in_batches(shop: Shop) -> None:
    await shop.ask(*(f"{city}有门店吗" for city in ("拉萨", "漠河", "三沙")), *(["可以用花呗付款吗"] * 600))
    found = await shop.factory.gaps.list_clusters(shop.id, states=OPEN)
    assert (found.waiting, found.gaps[0].count.count) == (0, 600)
