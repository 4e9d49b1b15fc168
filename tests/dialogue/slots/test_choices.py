"""Choices by name, by place, by what tells them apart; all, none, all but."""

import pytest

from kefu.dialogue.slots import MARGIN, read_anywhere, read_expected
from kefu.kit.text import normalise
from tests.dialogue.slots.tables import ITEMS, ORDERS, Row, context, rows, slot_type, written


@pytest.mark.parametrize("row", rows("choices"))
def test_a_line_of_the_table(row: Row) -> None:
    kind, text, best, words, also = (row.cell(index) for index in range(5))
    found = read_expected(slot_type(kind), normalise(text), context(text, taken=("shoes_black",)))
    if best == "-":
        assert found == ()
        return
    assert found, "nothing was found"
    near = [written(one.value) for one in found if found[0].probability - one.probability < MARGIN]
    assert near[0] == best, found
    assert (also in near[1:]) if also else True, found
    if words:
        assert text[found[0].start : found[0].end] == words


def test_the_order_shown_is_the_order_meant() -> None:
    shown = (ITEMS[3], ITEMS[0])
    found = read_expected(slot_type("choice items"), normalise("第一个"), context("第一个", shown=shown))
    assert [one.value for one in found] == ["jacket"]


def test_what_was_not_shown_is_read_by_the_order_of_the_slot() -> None:
    found = read_expected(slot_type("choice items"), normalise("第一个"), context("第一个", shown=ORDERS))
    assert [one.value for one in found] == ["shoes_black"]


def test_the_other_one_of_two() -> None:
    found = read_expected(slot_type("choice two"), normalise("不要黑色的"), context("不要黑色的"))
    assert [one.value for one in found] == ["shoes_red"]


def test_how_many_may_be_chosen() -> None:
    found = read_expected(slot_type("choices/1-1 items"), normalise("外套和袜子"), context("外套和袜子"))
    assert [one.problem for one in found] == ["too_large"]


@pytest.mark.parametrize(
    "text", ["都退了吧", "全部", "第二个问题", "the first time", "最后我想问一下", "all good", "这双"]
)
def test_nothing_is_chosen_by_the_way(text: str) -> None:
    assert read_anywhere([slot_type("choices items")], normalise(text), context(text)) == ()


@pytest.mark.parametrize(
    ("text", "value"),
    [("我想退那双羊毛袜 灰色", "socks"), ("W6679257什么时候到", "W6679257"), ("where is order w2378156", "W2378156")],
)
def test_a_name_is_found_by_the_way(text: str, value: str) -> None:
    kinds = [slot_type("choice items"), slot_type("choice orders")]
    assert [one.value for one in read_anywhere(kinds, normalise(text), context(text))] == [value]
