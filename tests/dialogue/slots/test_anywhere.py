"""Values that nobody asked for: found with care, without overlap; and what is refused."""

import pytest

from kefu.dialogue.slots import SlotType, find_sensitive, read_anywhere, read_expected
from kefu.kit.text import normalise
from tests.dialogue.slots.tables import Row, context, rows, written

KINDS = (
    SlotType("order_id", pattern=r"#?W\d{7}"),
    SlotType("email"),
    SlotType("mobile"),
    SlotType("address"),
    SlotType("name"),
    SlotType("money"),
    SlotType("percent"),
    SlotType("datetime"),
    SlotType("date"),
    SlotType("duration"),
    SlotType("height"),
    SlotType("weight"),
    SlotType("quantity"),
)


@pytest.mark.parametrize("row", rows("anywhere"))
def test_a_line_of_the_table(row: Row) -> None:
    text = row.cells[0]
    expected = [] if row.cell(1) == "-" else list(row.cells[1:])
    found = read_anywhere(KINDS, normalise(text), context(text))
    assert [f"{KINDS[one.index].kind}={written(one.value)}" for one in found] == expected


@pytest.mark.parametrize("row", rows("sensitive"))
def test_what_is_refused(row: Row) -> None:
    text = row.cells[0]
    found = find_sensitive(normalise(text))
    if row.cell(1) == "-":
        assert found == ()
        return
    assert [(one.kind, text[one.start : one.end]) for one in found] == [(row.cell(1), row.cell(2))]
    for kind in (*KINDS, SlotType("text")):
        for one in read_expected(kind, normalise(text), context(text)):
            assert one.end <= found[0].start or found[0].end <= one.start


def test_of_two_slots_of_a_kind_the_first_is_meant() -> None:
    kinds = (SlotType("date"), SlotType("date", direction="past"))
    assert [one.index for one in read_anywhere(kinds, normalise("昨天"), context("昨天"))] == [0]


def test_a_text_slot_takes_the_whole_message() -> None:
    found = read_expected(SlotType("text"), normalise("  鞋底開了 "), context("鞋底开了"))
    assert [(one.value, one.start, one.end) for one in found] == [("鞋底開了", 2, 6)]


def test_an_attachment_is_never_in_a_text() -> None:
    assert read_expected(SlotType("attachment"), normalise("照片.jpg"), context("照片")) == ()
