"""In which language the assistant replies."""

from datetime import UTC, datetime

import pytest

from kefu.dialogue.context import TurnContext
from kefu.dialogue.hearing import hear
from kefu.dialogue.state import State
from kefu.domain.conversation import Author, Language, Message

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def language_of(text: str, known: Language | None) -> Language:
    message = Message("msg_1", "c", 1, "1", Author.VISITOR, text, NOW)
    return hear(TurnContext("turn_1", "ws", "c", "Shop", (message,), State(language=known), NOW)).language


@pytest.mark.parametrize("text", ["W2378156", "li@qq.com", "13812345678", "XL", "ok", "👍", "？", "#A-12345 yes"])
def test_what_belongs_to_no_language_keeps_the_one_of_the_conversation(text: str) -> None:
    assert language_of(text, "zh") == "zh"


@pytest.mark.parametrize("text", ["W2378156", "li@qq.com", "42", "https://shop.example/a/b"])
def test_so_it_does_in_an_english_conversation(text: str) -> None:
    assert language_of(text, "en") == "en"


@pytest.mark.parametrize(
    ("text", "known", "expected"),
    [
        ("where is my order", "zh", "en"),
        ("never mind", "zh", "en"),
        ("键盘", "en", "zh"),
        ("查一下 W2378156", "en", "zh"),
        ("ok", "en", "en"),
        ("hello", None, "en"),
        ("你好", None, "zh"),
    ],
)
def test_words_change_it(text: str, known: Language | None, expected: Language) -> None:
    assert language_of(text, known) == expected
