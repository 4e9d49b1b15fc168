"""Yes and no, what is taken back, and what is left over."""

import pytest

from kefu.dialogue.slots import SlotType, read_answer, read_correction, read_expected, residual
from kefu.kit.text import normalise
from tests.dialogue.slots.tables import Row, context, rows


@pytest.mark.parametrize("row", rows("answers"))
def test_yes_no_or_neither(row: Row) -> None:
    text, kind, words, rest = (row.cell(index) for index in range(4))
    answer = read_answer(normalise(text))
    assert (answer.kind, text[answer.start : answer.end]) == (kind, words)
    assert "|".join(text[start:end] for start, end in answer.rest) == rest


@pytest.mark.parametrize("row", rows("corrections"))
def test_what_is_taken_back(row: Row) -> None:
    text, wrong, right = (row.cell(index) for index in range(3))
    found = read_correction(normalise(text))
    if right == "-":
        assert found is None
        return
    assert found is not None
    assert text[slice(*found.right)] == right
    assert (text[slice(*found.wrong)] if found.wrong else "-") == wrong


@pytest.mark.parametrize("row", rows("residual"))
def test_what_is_left(row: Row) -> None:
    text, consumed, rest = (row.cell(index) for index in range(3))
    spans = [(text.index(words), text.index(words) + len(words)) for words in consumed.split("|") if words]
    left = residual(normalise(text), spans)
    assert "|".join(one.text for one in left) == rest
    assert all(text[one.start : one.end] == one.text for one in left)


@pytest.mark.parametrize(("text", "value"), [("可以", True), ("不用了", False), ("yes please", True), ("no", False)])
def test_a_yes_is_a_truth(text: str, value: bool) -> None:
    assert [one.value for one in read_expected(SlotType("bool"), normalise(text), context(text))] == [value]


@pytest.mark.parametrize("text", ["可以吗？", "再想想", "运费谁出"])
def test_what_is_no_answer_is_no_truth(text: str) -> None:
    assert read_expected(SlotType("bool"), normalise(text), context(text)) == ()
