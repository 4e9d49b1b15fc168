"""Anger is found in two languages, with the words that show it, and calm questions about the same things are not."""

from pathlib import Path

import numpy as np
import pytest

from evals.intent.mood import read_rows
from kefu.dialogue.intents.mood import Mood

_MOOD = Mood.load()
_ROWS = read_rows(Path(__file__).parents[3] / "evals" / "intent" / "data" / "moods.tsv")
_KNOWN_MISSES = 4
"""Of 170 lines, on either side, by words alone: the figures in docs/guide/intents.md."""


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


def test_a_vector_of_another_encoder_is_not_read() -> None:
    vector = np.full(384, 0.05, dtype=np.float32)
    words = _MOOD.read("something happened")
    assert _MOOD.read("something happened", vector=vector, encoder="another-1") == words


def test_a_vector_of_the_right_encoder_is_heard() -> None:
    facts = {"encoder": "e-1", "bias": 1.0, "weights": [4.0, -2.0]}
    mood, angry, calm = Mood.load(facts), np.array([1, 0], dtype=np.float32), np.array([0, 1], dtype=np.float32)
    assert mood.read("something happened", vector=angry, encoder="e-1").anger > 0.8
    assert mood.read("something happened", vector=calm, encoder="e-1").anger < 0.2
