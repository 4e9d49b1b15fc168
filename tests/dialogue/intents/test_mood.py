"""Anger is found in two languages, with the words that show it, and calm questions about the same things are not."""

from pathlib import Path

import pytest

from kefu.dialogue.intents.mood import Mood

_MOOD = Mood.load()
_ROWS = [
    line.split("\t") for line in (Path(__file__).parent / "moods.tsv").read_text(encoding="utf-8").splitlines() if line
]
_KNOWN_MISSES = 4
"""Of 130 lines, on either side: the figures in docs/guide/intents.md."""


def test_the_table_is_judged_as_people_judge_it() -> None:
    wrong = [(label, text) for label, text in _ROWS if (_MOOD.read(text).anger >= 0.5) != (label == "angry")]
    assert len(_ROWS) >= 120
    assert len(wrong) <= _KNOWN_MISSES, wrong


@pytest.mark.parametrize("text", ["你们是骗子", "WORST SERVICE EVER", "第三次催了，没人理"])
def test_anger_comes_with_its_words(text: str) -> None:
    reading = _MOOD.read(text)
    assert reading.anger >= 0.5
    assert reading.evidence
    assert reading.sentiment < 0


def test_thanks_are_glad_and_a_plain_question_is_neither() -> None:
    assert _MOOD.read("谢谢，解决了").sentiment > 0.8
    assert abs(_MOOD.read("请问运费谁出").sentiment) < 0.1


@pytest.mark.parametrize("text", ["", " ", "😊", "\U0001f4a9" * 500, "!" * 5_000])
def test_any_text_has_a_mood(text: str) -> None:
    assert 0 <= _MOOD.read(text).anger <= 1
