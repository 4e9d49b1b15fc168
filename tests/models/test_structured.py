"""Replies that are JSON, over the wire: the firmest form that a provider takes, one repair, typed ends."""

import pytest

from kefu.domain.model import ModelRequest, Prompt, ReplyForm, ReplySchema, Role, Tier
from kefu.kit.clock import Clock
from kefu.kit.jsonvalue import JsonObject
from kefu.models.fakes import FakeUpstream, Fault, FixedReply
from kefu.models.gateway import ModelGateway
from kefu.models.scripted import ScriptedModel
from kefu.models.structured import Asking, StructuredModel, UnreadableReplyError, to_object

SCHEMA: JsonObject = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
REQUEST = ModelRequest((Prompt(Role.USER, "n?"),), tier=Tier.ECONOMY, schema=ReplySchema("number", SCHEMA))


def read_number(reply: JsonObject) -> int:
    if not isinstance(reply.get("n"), int):
        raise UnreadableReplyError('it has no number "n"')
    return int(str(reply["n"]))


@pytest.fixture
def model(gateway: ModelGateway) -> StructuredModel[int]:
    return StructuredModel[int](gateway, read_number, clock=Clock())


def forms(upstream: FakeUpstream) -> list[object]:
    found: list[object] = []
    for request in upstream.requests:
        wanted = request.json.get("response_format")
        found.append(wanted.get("type") if isinstance(wanted, dict) else None)
    return found


async def test_the_schema_is_sent(upstream: FakeUpstream, model: StructuredModel[int]) -> None:
    upstream.script([FixedReply('{"n": 7}')])
    asking = Asking()
    assert await model.ask(REQUEST, asking) == 7
    sent = upstream.requests[0].json["response_format"]
    assert sent == {"type": "json_schema", "json_schema": {"name": "number", "schema": SCHEMA, "strict": True}}
    assert (asking.calls, asking.form, asking.failure) == (1, ReplyForm.SCHEMA, None)
    assert min(asking.prompt_tokens, asking.completion_tokens) > 0


async def test_a_provider_without_schemas_is_asked_in_a_weaker_form(
    upstream: FakeUpstream, model: StructuredModel[int]
) -> None:
    upstream.script([Fault.BAD_REQUEST, Fault.BAD_REQUEST, FixedReply('Here: {"n": 8}'), FixedReply('{"n": 9}')])
    assert await model.ask(REQUEST, Asking()) == 8
    assert await model.ask(REQUEST, Asking()) == 9
    assert forms(upstream) == ["json_schema", "json_object", None, None]


async def test_an_unreadable_reply_is_asked_for_once_more(upstream: FakeUpstream, model: StructuredModel[int]) -> None:
    upstream.script([FixedReply("seven"), FixedReply('{"n": 7}')])
    assert await model.ask(REQUEST, Asking()) == 7
    assert "no JSON object" in upstream.requests[1].text
    upstream.script([FixedReply("seven"), FixedReply('{"m": 7}'), FixedReply('{"n": 7}')])
    asking = Asking()
    assert await model.ask(REQUEST, asking) is None
    assert (asking.calls, asking.failure) == (2, 'unreadable: it has no number "n"')


@pytest.mark.parametrize(
    ("fault", "code"), [(Fault.UNAUTHORIZED, "model_rejected"), (Fault.HANG_FIRST, "model_timeout")]
)
async def test_what_no_other_form_mends_is_asked_once(
    fault: Fault, code: str, upstream: FakeUpstream, model: StructuredModel[int]
) -> None:
    upstream.script([fault])
    asking = Asking()
    assert await model.ask(REQUEST, asking) is None
    assert (asking.failure, len(upstream.requests)) == (code, 1)


async def test_a_cut_reply_is_not_read(upstream: FakeUpstream, model: StructuredModel[int]) -> None:
    upstream.script([FixedReply('{"n": 7}', finish="length")] * 2)
    assert await model.ask(REQUEST, Asking()) is None


async def test_without_a_model_nothing_is_asked() -> None:
    nobody = StructuredModel[int](ScriptedModel([], is_configured=False), read_number, clock=Clock())
    asking = Asking()
    assert await nobody.ask(REQUEST, asking) is None
    assert (nobody.is_configured, asking.failure) == (False, "model_error")


@pytest.mark.parametrize("said", ["", "no", "}{", "[1]", '{"n": ', "{" * 100_000, '"text"', '{"n": "\\ud800"}'])
def test_what_is_no_object_is_unreadable(said: str) -> None:
    with pytest.raises(UnreadableReplyError):
        to_object(said)
