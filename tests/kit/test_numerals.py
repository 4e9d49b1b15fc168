"""Numerals of two languages as digits, with offsets that still point into the original."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kefu.kit.numerals import chinese_value, with_digits, word_value
from kefu.kit.text import normalise

TEXTS = st.text(alphabet="零一两三五十百千万亿俩幺号年点半a 1,.９two hundred", max_size=40)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("三", 3), ("十", 10), ("十二", 12), ("二十五", 25), ("一百零五", 105), ("一百二", 120), ("两百五", 250), ("三万五", 35_000),
        ("三万五千", 35_000), ("一千零二十", 1_020), ("二零二六", 2026), ("两万零三百", 20_300), ("1万2千", 12_000), ("1.5万", 15_000),
        ("一亿两千万", 120_000_000), ("五百八十", 580),
    ],
)  # fmt: skip
def test_chinese_numerals(written: str, value: float) -> None:
    assert chinese_value(written) == value


def test_what_is_no_numeral_is_refused() -> None:
    with pytest.raises(ValueError, match="numeral"):
        chinese_value("三件")


@pytest.mark.parametrize(
    ("written", "value"), [("twenty-five", 25), ("two hundred and twenty", 220), ("three thousand five hundred", 3_500), ("a hundred", 100)]
)  # fmt: skip
def test_english_numerals(written: str, value: float) -> None:
    assert word_value(written) == value


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("一米七", "1米7"), ("３件", "3件"), ("1,299.50元", "1299.50元"), ("百分之十", "百分之10"), ("三四十个", "30~40个"), ("两三件", "2~3件"),
        ("十五六岁", "15~16岁"), ("一两天", "1~2天"), ("三两肉", "3两肉"), ("六十千克", "60千克"), ("一年零三个月", "1年零3个月"),
        ("幺三八零零一三八零零零", "13800138000"), ("万一坏了", "万1坏了"), ("百货", "百货"), ("two or three", "2 or 3"),
        ("twenty five pairs", "25 pairs"), ("one three eight zero", "1380"), ("someone", "someone"), ("5万块", "50000块"),
    ],
)  # fmt: skip
def test_numerals_become_digits(text: str, digits: str) -> None:
    assert with_digits(normalise(text)).text == digits


def test_offsets_still_point_into_the_original() -> None:
    text = "共１，２９９元，一百二十块"
    digits = with_digits(normalise(text))
    start = digits.text.index("120块")
    assert text[slice(*digits.to_source(start, start + 4))] == "一百二十块"
    start = digits.text.index("1299元")
    assert text[slice(*digits.to_source(start, start + 5))] == "１，２９９元"


@given(TEXTS)
def test_offsets_rise_and_stay_in_the_text(text: str) -> None:
    digits = with_digits(normalise(text))
    assert len(digits.offsets) == len(digits.text)
    assert list(digits.offsets) == sorted(digits.offsets)
    assert all(0 <= offset < len(text) for offset in digits.offsets)
