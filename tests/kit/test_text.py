"""One form for matching with exact offsets, the language of a text, and where sentences end."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kefu.kit.text import detect_language, normalise, split_sentences

MIXED = st.text(alphabet=st.sampled_from('aB1 .。!？；…\n"”’)（，,:/退貨ﬁＡ①é\u0301ｶﾞ한\u1161👍\u200b-@'), max_size=60)


def test_full_width_traditional_and_capitals_become_one_form() -> None:
    assert normalise("ＡＢＣ 退貨　運費").text == "abc 退货 运费"


def test_offsets_survive_characters_that_grow_and_shrink() -> None:
    normalised = normalise("ﬁne e\u0301 ㍻退貨")
    start = normalised.text.index("退货")
    assert normalised.to_source(start, start + 2) == (8, 10)
    assert normalised.to_source(0, 1) == (0, 1)  # half of the ligature is the whole of it
    accented = normalised.text.index("é")
    assert normalised.to_source(accented, accented + 1) == (4, 6)


def test_a_mark_joins_the_last_of_many_plain_characters() -> None:
    normalised = normalise("退貨 cafe\u0301 と e\u0301")
    assert normalised.text == "退货 café と é"
    assert normalised.offsets == (0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 11)


@given(MIXED)
def test_a_text_is_normalised_as_its_clusters_are(text: str) -> None:
    assert normalise(text).text == unicodedata.normalize("NFKC", text).replace("貨", "货").lower()


def test_nothing_normalises_to_nothing() -> None:
    normalised = normalise("")
    assert (normalised.text, normalised.offsets, normalised.to_source(0, 0)) == ("", (), (0, 0))


@given(st.text(max_size=50) | MIXED)
def test_every_offset_lies_in_the_original_and_never_goes_back(text: str) -> None:
    normalised = normalise(text)
    assert len(normalised.offsets) == len(normalised.text)
    assert all(0 <= offset < len(text) for offset in normalised.offsets)
    assert list(normalised.offsets) == sorted(normalised.offsets)
    start, end = normalised.to_source(0, len(normalised.text))
    assert 0 <= start <= end <= len(text)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("我要买 iPhone 15 Pro Max", "zh"),
        ("請問退貨運費", "zh"),
        ("请问 the North Face 有吗", "zh"),
        ("What does 退货 mean?", "en"),
        ("Do you ship to 北京市朝阳区?", "en"),
        ("refund pls", "en"),
        ("？？", "zh"),
        ("W2378156", "en"),
        ("", "en"),
    ],
)
def test_the_language_of_a_text(text: str, language: str) -> None:
    assert detect_language(text) == language


def test_a_text_without_letters_takes_the_default() -> None:
    assert detect_language("123", default="zh") == "zh"


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("好的。运费谁出？我想退货！", ["好的。", "运费谁出？", "我想退货！"]),
        ("他说：“可以。”然后走了。", ["他说：“可以。”", "然后走了。"]),
        ('She said "Yes." Then she left.', ['She said "Yes."', "Then she left."]),
        ("It costs 3.5 USD. Version 1.2.3 is out.", ["It costs 3.5 USD.", "Version 1.2.3 is out."]),
        ("Mr. Smith paid, e.g. by card. Done.", ["Mr. Smith paid, e.g. by card.", "Done."]),
        ("Order No. 5 came at 5 p.m. today.", ["Order No. 5 came at 5 p.m. today."]),
        ("No. I want size M. Thanks", ["No.", "I want size M.", "Thanks"]),
        ("J. K. Rowling wrote it.", ["J. K. Rowling wrote it."]),
        ("See https://a.com/x?y=1.2. Then pay.", ["See https://a.com/x?y=1.2.", "Then pay."]),
        ("发邮件到 a.b@c.com.cn。谢谢", ["发邮件到 a.b@c.com.cn。", "谢谢"]),
        ("1. Open orders. 2. Click.", ["1. Open orders.", "2. Click."]),
        ("1. 打开订单\n2. 点退货", ["1. 打开订单", "2. 点退货"]),
        ("嗯……我想退。真的吗?我不信", ["嗯……我想退。", "真的吗?", "我不信"]),
        ("Wait... what? Wait... What now", ["Wait... what?", "Wait...", "What now"]),
        ("价格3.5元.谢谢", ["价格3.5元.", "谢谢"]),
        ("满 99 包邮；不满收 8 元。", ["满 99 包邮；", "不满收 8 元。"]),
        (" \n ", []),
    ],
)
def test_where_sentences_end(text: str, sentences: list[str]) -> None:
    assert [sentence.text for sentence in split_sentences(text)] == sentences


@given(st.text(max_size=80) | MIXED)
def test_sentences_cover_the_text_once_and_in_order(text: str) -> None:
    covered = 0
    for sentence in split_sentences(text):
        assert text[covered : sentence.start].strip() == ""
        assert text[sentence.start : sentence.end] == sentence.text == sentence.text.strip()
        assert sentence.start < sentence.end
        covered = sentence.end
    assert text[covered:].strip() == ""
