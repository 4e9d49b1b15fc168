"""The open question's slot on a whole message, line by line from the tables."""

import pytest

from kefu.dialogue.slots import MARGIN, read_expected
from kefu.kit.text import normalise
from tests.dialogue.slots.tables import Row, context, rows, slot_type, written

TABLES = ("dates", "times", "amounts", "contact")


@pytest.mark.parametrize("row", [row for table in TABLES for row in rows(table)])
def test_a_line_of_a_table(row: Row) -> None:
    kind, text, best, words, also = (row.cell(index) for index in range(5))
    found = read_expected(slot_type(kind), normalise(text), context(text))
    if best == "-":
        assert found == ()
        return
    assert found, "nothing was found"
    assert written(found[0].value) == best, found
    if words:
        assert text[found[0].start : found[0].end] == words
    others = [written(one.value) for one in found[1:] if found[0].probability - one.probability < 3 * MARGIN]
    assert (also in others) if also else True, others
    assert also or others == [], "ambiguous without being expected to be"
    assert found[0].display
