import pytest

from kefu.domain.errors import ModelProtocolError
from kefu.domain.model import FinishReason, Usage
from kefu.models.wire import Piece, read_chunk


def chunk(**fields: object) -> dict[str, object]:
    empty = {"id": "c", "choices": [], "created": 1, "model": "", "object": "chat.completion.chunk"}
    return {**empty, **fields}


def delta(content: object, **more: object) -> dict[str, object]:
    return chunk(choices=[{"index": 0, "delta": {"content": content, **more}}])


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("好", "好"),
        (None, ""),
        (7, ""),
        ({"text": "好"}, ""),
        (["好", {"type": "text", "text": "的"}], "好的"),
        ([{"type": "thinking", "thinking": [], "text": "secret"}, {"type": "text", "text": "好"}], "好"),
        ([None, 3, {"type": "text"}], ""),
    ],
)
def test_text_of_any_shape_of_content(content: object, text: str) -> None:
    assert read_chunk(delta(content)) == Piece(text=text, is_alive=bool(text))


def test_reasoning_is_a_sign_of_life_and_no_text() -> None:
    assert read_chunk(delta(None, reasoning_content="secret")) == Piece(is_alive=True)


@pytest.mark.parametrize("choices", [None, [], "x", [None], [{}], [{"delta": None}], {"index": 0}])
def test_odd_choices_say_nothing(choices: object) -> None:
    assert read_chunk(chunk(choices=choices)) == Piece()


@pytest.mark.parametrize(
    ("reason", "finish"),
    [
        ("stop", FinishReason.STOP),
        ("length", FinishReason.LENGTH),
        ("content_filter", FinishReason.FILTERED),
        ("tool_calls", FinishReason.OTHER),
        ("eos_token", FinishReason.OTHER),
        (None, None),
        ("", None),
        (0, None),
    ],
)
def test_finish_reasons(reason: object, finish: FinishReason | None) -> None:
    assert read_chunk(chunk(choices=[{"finish_reason": reason}])).finish is finish


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        ({"prompt_tokens": 3, "completion_tokens": 2}, Usage(3, 2)),
        (
            {"prompt_tokens": 3, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 1}},
            Usage(3, 2, 1),
        ),
        ({"prompt_tokens": 3, "completion_tokens": 2, "prompt_cache_hit_tokens": 2}, Usage(3, 2, 2)),
        ({"prompt_tokens": None, "completion_tokens": 2}, None),
        ([], None),
    ],
)
def test_usage_of_several_providers(usage: object, expected: Usage | None) -> None:
    assert read_chunk(chunk(usage=usage)).usage == expected


@pytest.mark.parametrize("value", [None, [], "text", 5])
def test_chunk_that_is_no_object_is_refused(value: object) -> None:
    with pytest.raises(ModelProtocolError):
        read_chunk(value)
