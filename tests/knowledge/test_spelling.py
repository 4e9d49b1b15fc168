"""Slips are found by sound and by letters; what is a word of the knowledge, or of anybody, stays."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

import kefu.demo
from kefu.domain.conversation import Language
from kefu.domain.knowledge import Availability, Term, TermKind
from kefu.kit.text import normalise
from kefu.knowledge.blocks import ParsedDocument
from kefu.knowledge.coverage import TermNumbers
from kefu.knowledge.documents import SUFFIXES, read_file
from kefu.knowledge.embedding import NullEmbedder
from kefu.knowledge.fusion import load_fusion
from kefu.knowledge.index import build_index
from kefu.knowledge.parts import Parts
from kefu.knowledge.reading import read
from kefu.knowledge.spelling.correction import apply
from kefu.knowledge.spelling.speller import Speller, build_speller
from kefu.knowledge.vocabulary import built_in, to_vocabulary
from kefu.storage.vector_port import MemoryVectors
from tests.knowledge.chunks import make_chunk

DEMO = Path(next(iter(kefu.demo.__path__))) / "knowledge"


@cache
def demo() -> tuple[ParsedDocument, ...]:
    files = sorted(path for path in DEMO.rglob("*") if path.suffix in SUFFIXES)
    return tuple(one for path in files for one in read_file(path, root=DEMO))


@cache
def speller(language: Language) -> Speller:
    drafts = [one.draft for one in demo() if one.draft.language == language]
    parts = [Parts(f"{draft.title}\n{draft.text}", (), draft.questions) for draft in drafts]
    numbers = TermNumbers()
    return build_speller([read(one, built_in(language), numbers) for one in parts], numbers, built_in(language))


def meant(question: str, language: Language) -> str:
    plain = normalise(question).text
    return apply(plain, speller(language).correct(plain))


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("花被可以分期吗", "花呗可以分期吗"), ("退或要多久", "退货要多久"), ("尺马怎么选", "尺码怎么选"), ("运废谁出", "运费谁出"),
        ("发飘怎么开", "发票怎么开"), ("快地到哪了", "快递到哪了"), ("換或流程", "换货流程"), ("积份能用多久", "积分能用多久"),
        ("退狂什么时候到账", "退款什么时候到账"), ("礼平卡过期了", "礼品卡过期了"), ("金税会员有什么权益", "金穗会员有什么权益"),
        ("关睡谁交", "关税谁交"), ("开护要什么材料", "开户要什么材料"), ("创夜板怎么开通", "创业板怎么开通"),
        ("佣经多少", "佣金多少"), ("融资融卷利率", "融资融券利率"), ("包游吗", "包邮吗"), ("上门曲件", "上门取件"),
        ("吊派剪了能退吗", "吊牌剪了能退吗"), ("七天无里由退货", "七天无理由退货"), ("保价申情", "保价申请"), ("质报多久", "质保多久"),
    ],
)  # fmt: skip
def test_chinese_by_sound(typed: str, expected: str) -> None:
    assert meant(typed, "zh") == expected


@pytest.mark.parametrize(
    "typed",
    [
        "花呗可以分期吗", "退或换都行吗", "有会员吗", "学生能开户吗", "尾货区能退吗", "卖的时候要交税吗", "买的时候要交税吗",
        "你们几点上班", "我还没收到货", "能给我寄到公司吗", "还会再补货吗", "钱转进来要多久", "“运废”是什么意思", "订单 20260101 到哪了",
        "让朋友替我去拿行吗", "买完还能改地址吗", "今天天气怎么样", "给我写一首诗", "帮我翻译一下这句话", "这个颜色好看吗",
    ],
)  # fmt: skip
def test_chinese_words_stay(typed: str) -> None:
    assert meant(typed, "zh") == normalise(typed).text


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("how long does a refnd take", "how long does a refund take"), ("shiping fee", "shipping fee"),
        ("can I retrun sale items", "can i return sale items"), ("waranty", "warranty"), ("exchnage", "exchange"),
        ("delivary to hong kong", "delivery to hong kong"), ("coupn", "coupon"), ("memebr", "member"),
        ("cancle my oder", "cancel my order"), ("custms duty", "customs duty"), ("gift crad", "gift card"),
        ("invioce", "invoice"), ("instalmnt", "instalment"), ("membreship levels", "membership levels"),
        ("brokrage comission", "brokerage commission"), ("withdrawl limit", "withdrawal limit"),
        ("track my parcle AB123", "track my parcel ab123"), ("pasword", "password"),
    ],
)  # fmt: skip
def test_english_by_letters(typed: str, expected: str) -> None:
    assert meant(typed, "en") == expected


@pytest.mark.parametrize(
    "typed",
    [
        "how long does a refund take", "my 'refnd' thing", 'what is "shiping"', "order refnd12 is late", "do you like pizza",
        "write to refnd@example.com", "the wifi is slow", "need it asap", "ten mins ago", "is it doable", "delisted shares",
        "the weather is fine", "my grandpa sings", "repo rates", "visit shop.exmple/refnd", "refunds and returned parcels",
    ],
)  # fmt: skip
def test_english_words_stay(typed: str) -> None:
    assert meant(typed, "en") == normalise(typed).text


def test_an_empty_knowledge_base_corrects_nothing() -> None:
    assert build_speller([], TermNumbers(), built_in("zh")).correct("运废谁出") == ()
    assert build_speller([], TermNumbers(), built_in("en")).correct("refnd") == ()


def test_a_workspaces_own_terms_are_known() -> None:
    own = to_vocabulary("zh", [Term("zh", "闪送达", kind=TermKind.PRODUCT)])
    (found,) = build_speller([], TermNumbers(), own).correct("闪宋达多少钱")
    assert (found.typed, found.meant, found.how) == ("闪宋达", "闪送达", "sound")


def test_a_correction_tells_nothing_of_a_document_that_is_not_for_everybody() -> None:
    secret = replace(make_chunk("焕颜精华的配方。"), availability=Availability(segments=frozenset({"staff"})))
    shown = build_index(
        [secret, make_chunk("运费由买家承担。")],
        workspace_id="ws",
        version=1,
        embedder=NullEmbedder(),
        open_vectors=lambda: MemoryVectors(dimension=1),
        fusion=load_fusion(),
    )
    assert shown.correct("陪方", language="zh") == ()
    assert [one.meant for one in shown.correct("运废", language="zh")] == ["运费"]
