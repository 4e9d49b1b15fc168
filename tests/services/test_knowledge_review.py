"""A review finds what is wrong; the same thing is one finding, a dismissed one stays away, a mended one is fixed."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kefu.config import Settings
from kefu.domain.conversation import Language
from kefu.domain.errors import InvalidInputError, NotFoundError
from kefu.domain.improving import FindingKind, FindingState, KnowledgeFinding
from kefu.domain.knowledge import ALWAYS, Attributes
from kefu.factory import Factory
from kefu.kit.clock import Clock
from kefu.knowledge.deadlines import find_deadlines
from kefu.knowledge.embedding import NullEmbedder
from kefu.services.documents import DocumentText
from kefu.services.improving.review import KNOWLEDGE_REVIEW
from tests.storage.seeds import seed
from tests.support.shared import shared_parser, shared_reader

NOW = datetime(2026, 6, 10, 12, 0, tzinfo=UTC)
LONG = "自签收之日起三十天内，商品未使用、吊牌完整、包装齐全的，可以申请无理由退货，退款原路返回付款账户。"


class _Today(Clock):
    moment = NOW

    def now(self) -> datetime:
        return self.moment


class Shop:
    def __init__(self, factory: Factory, clock: _Today, workspace_id: str) -> None:
        self.factory, self.clock, self.id = factory, clock, workspace_id

    async def write(self, key: str, text: str, language: Language = "zh", **dates: object) -> None:
        attributes = Attributes(availability=replace(ALWAYS, **dates))  # type: ignore[arg-type]
        page = DocumentText(key, language, text, key, (), False, attributes)
        await self.factory.documents.put(self.id, page)

    async def review(self, *kinds: FindingKind) -> Sequence[KnowledgeFinding]:
        await self.factory.jobs.order(self.id, KNOWLEDGE_REVIEW)
        await self.factory.job_runner.run_due()
        (job, *_) = await self.factory.jobs.list_newest(self.id, kind=KNOWLEDGE_REVIEW.kind)
        assert job.error_detail is None, job.error_detail
        return await self.factory.findings.list_newest(self.id, kinds=kinds)


@pytest.fixture
async def shop(database_url: str, tmp_path: Path) -> AsyncIterator[Shop]:
    url = database_url.replace("+aiosqlite", "").replace("+asyncpg", "")
    clock = _Today()
    settings = Settings(data_dir=tmp_path / "data", database_url=url)
    factory = Factory(settings, clock=clock, embedder=NullEmbedder(), reader=shared_reader(), parser=shared_parser())
    found = await seed(factory.database)
    yield Shop(factory, clock, found.workspace.id)
    await factory.aclose()


async def test_a_text_that_was_written_twice(shop: Shop) -> None:
    await shop.write("returns", LONG)
    await shop.write("returns-old", LONG.replace("三十天", "30 天"))
    await shop.write("delivery", "现货订单在付款后的下一个工作日发出，偏远地区需要更久，请留意物流短信。")
    (found,) = await shop.review(FindingKind.DUPLICATE)
    assert {one["key"] for one in found.subjects} == {"returns", "returns-old"}


async def test_a_contradiction_with_both_sentences(shop: Shop) -> None:
    await shop.write("card", "# 礼品卡\n\n礼品卡有效期为 3 年。")
    await shop.write("cards", "# 礼品卡有效期\n\n礼品卡有效期为 5 年。")
    (found,) = await shop.review(FindingKind.CONTRADICTION)
    assert sorted((str(found.evidence["one"]), str(found.evidence["other"]))) == [
        "礼品卡有效期为 3 年。",
        "礼品卡有效期为 5 年。",
    ]
    await shop.write("cards", "# 礼品卡有效期\n\n礼品卡有效期为 3 年。")
    assert await shop.review(FindingKind.CONTRADICTION) == []
    (fixed,) = await shop.factory.findings.list_newest(shop.id, state=FindingState.FIXED)
    assert fixed.id == found.id


async def test_texts_for_other_readers_or_times_do_not_contradict(shop: Shop) -> None:
    await shop.write("card", "礼品卡有效期为 3 年。", valid_until=NOW)
    await shop.write("vip", "礼品卡有效期为 5 年。", segments=frozenset({"vip"}))
    await shop.write("later", "礼品卡有效期为 4 年。", valid_from=NOW)
    assert await shop.review(FindingKind.CONTRADICTION) == []


async def test_what_is_over_or_ends_soon_or_names_a_day_that_has_passed(shop: Shop) -> None:
    await shop.write("over", "活动页。", valid_until=NOW - timedelta(days=1))
    await shop.write("soon", "新活动页。", valid_until=NOW + timedelta(days=3))
    await shop.write("named", "报名截止到 2026 年 5 月 31 日。自 2025 年 1 月 1 日起适用新规。")
    found = {str(one.subjects[0]["key"]): one.kind for one in await shop.review()}
    assert found == {"over": FindingKind.ENDED, "soon": FindingKind.ENDING, "named": FindingKind.PASSED_DATE}


async def test_a_translation_that_is_missing_or_behind(shop: Shop) -> None:
    await shop.write("fees", "手续费为 5 元。")
    await shop.write("fees", "The fee is 5 yuan.", "en")
    await shop.write("alone", "只有中文。")
    (missing,) = await shop.review()
    assert (missing.kind, missing.evidence) == (FindingKind.TRANSLATION_MISSING, {"missing": "en"})
    shop.clock.moment = NOW + timedelta(days=10)
    await shop.write("fees", "手续费为 6 元。")
    kinds = {one.kind for one in await shop.review()}
    assert kinds == {FindingKind.TRANSLATION_MISSING, FindingKind.TRANSLATION_OLDER}


async def test_a_dismissed_one_does_not_come_back(shop: Shop) -> None:
    await shop.write("over", "活动页。", valid_until=NOW - timedelta(days=1))
    (found,) = await shop.review()
    await shop.factory.findings.set_state(shop.id, found.id, FindingState.DISMISSED)
    assert await shop.review() == []
    with pytest.raises(InvalidInputError):
        await shop.factory.findings.set_state(shop.id, found.id, FindingState.FIXED)
    with pytest.raises(NotFoundError):
        await shop.factory.findings.set_state(shop.id, "find_none", FindingState.OPEN)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("活动有效期至2026年6月18日", ["2026-06-18"]),
        ("请在 2026-06-18 之前提交", ["2026-06-18"]),
        ("Valid until 18 June 2026, register before May 3rd, 2026.", ["2026-06-18", "2026-05-03"]),
        ("自 2026 年 1 月 1 日起施行", []),
        ("until 2026-02-31", []),
    ],
)
def test_last_days_are_read(text: str, days: list[str]) -> None:
    assert sorted(day.date().isoformat() for day, _ in find_deadlines(text)) == sorted(days)
