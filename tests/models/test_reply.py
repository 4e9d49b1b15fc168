import pytest

from kefu.domain.errors import ModelProtocolError
from kefu.domain.model import FinishReason, Usage
from kefu.models.reply import MAX_REPLY_BYTES, Reply
from kefu.models.tokens import estimate_tokens
from kefu.models.wire import Piece
from tests.support.upstream import REQUEST


def test_text_after_the_finish_is_dropped_but_usage_is_read() -> None:
    reply = Reply(REQUEST, model="m")

    assert reply.add(Piece("好", finish=FinishReason.STOP)) == "好"
    assert reply.add(Piece("好", usage=Usage(5, 1), model="m-2026")) == ""

    completed = reply.to_completed()
    assert (completed.model, completed.usage) == ("m-2026", Usage(5, 1))


def test_held_back_text_is_shown_at_the_finish() -> None:
    reply = Reply(REQUEST, model="m")

    assert reply.add(Piece("1 <")) == "1 "
    assert reply.add(Piece(finish=FinishReason.LENGTH)) == "<"


def test_halves_of_an_emoji_are_joined_and_a_lone_half_is_replaced() -> None:
    reply = Reply(REQUEST, model="m")

    said = [reply.add(Piece(text)) for text in ("a\ud83d", "\ude00b", "\ude00", "\ud83d", "c")]

    assert said == ["a", "😀b", "�", "", "�c"]


def test_cap_counts_bytes_and_reasoning() -> None:
    reply = Reply(REQUEST, model="m")
    reply.add(Piece("<think>" + "x" * (MAX_REPLY_BYTES - 7)))

    with pytest.raises(ModelProtocolError, match="longer"):
        reply.add(Piece("y"))


def test_estimates_are_marked() -> None:
    reply = Reply(REQUEST, model="m")
    reply.add(Piece("七天内退货", finish=FinishReason.STOP))

    usage = reply.to_completed().usage
    assert (usage.completion_tokens, usage.is_estimated) == (8, True)
    assert (estimate_tokens(""), estimate_tokens("a"), estimate_tokens("hello world")) == (0, 2, 3)
