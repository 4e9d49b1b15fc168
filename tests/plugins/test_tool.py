"""``@tool`` refuses what does not fit together, in one sentence."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from kefu.plugins import Arguments, CallRate, PluginError, Result, ToolContext, ToolError, tool


class Ask(Arguments):
    order_id: str


class Answer(Result):
    status: str


class Loose(Arguments, extra="allow"):
    order_id: str


async def _hook(args: Ask, ctx: ToolContext) -> Any:
    return None


async def good(args: Ask, ctx: ToolContext) -> Answer:
    """Say how it stands."""
    return Answer(status=args.order_id)


async def silent(args: Ask, ctx: ToolContext) -> Answer:
    return Answer(status="")


async def untyped(args, ctx):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """No types."""


async def loose(args: Loose, ctx: ToolContext) -> Answer:
    """Take anything."""
    return Answer(status="")


async def wide(args: Ask, ctx: ToolContext, more: int) -> Answer:
    """Take too much."""
    return Answer(status="")


def blocking(args: Ask, ctx: ToolContext) -> Answer:
    """Never await."""
    return Answer(status="")


def test_a_tool_is_called_like_its_function_and_knows_its_models() -> None:
    made = tool(effect="read")(good)
    assert (made.spec.name, made.spec.arguments, made.spec.result) == ("good", Ask, Answer)
    assert made.spec.description == "Say how it stands."


def test_what_is_not_said_is_the_careful_choice() -> None:
    spec = tool()(good).spec
    assert (spec.effect, spec.confirm, spec.auth, spec.retries) == ("write", "always", "identified", 0)


@pytest.mark.parametrize(
    ("function", "options", "sentence"),
    [
        (blocking, {}, "async def"),
        (untyped, {}, "first parameter"),
        (wide, {}, "two parameters"),
        (loose, {}, "extra='forbid'"),
        (silent, {}, "docstring"),
        (good, {"auth": "root"}, "owner:THING"),
        (good, {"auth": "owner:"}, "owner:THING"),
        (good, {"auth": "owner:order"}, "belong together"),
        (good, {"owner": _hook}, "belong together"),
        (good, {"effect": "maybe"}, "read or write"),
        (good, {"confirm": "later"}, "always or never"),
        (good, {"timeout": 0}, "timeout"),
        (good, {"timeout": 600}, "timeout"),
        (good, {"retries": 1}, "a write never"),
        (good, {"effect": "read", "retries": 9}, "at most 3"),
        (good, {"fresh_for": timedelta(1)}, "fresh"),
        (good, {"effect": "read", "rate": CallRate(1, timedelta(1))}, "for writes"),
        (good, {"amount": _hook}, "approve_above"),
        (good, {"amount": _hook, "approve_above": Decimal(1), "confirm": "never"}, "confirmed by the customer too"),
        (good, {"compensate": "undo_it"}, "undo"),
        (good, {"facts": ["nothing"]}, "fields of its result"),
        (good, {"hide": ["nothing"]}, "fields of its arguments"),
        (good, {"facts": ["status"], "hide": ["status"]}, "no fact"),
        (good, {"codes": ["Not OK"]}, "codes"),
        (good, {"pre": [blocking]}, "each function around it"),
    ],
)
def test_what_does_not_fit_is_refused_in_a_sentence(function: Any, options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(PluginError, match=sentence) as caught:
        tool(**options)(function)
    assert caught.value.detail.endswith((".", ")."))


@pytest.mark.parametrize("code", ["", "Not Delivered", "9lives", "x" * 61])
def test_a_reason_is_a_code(code: str) -> None:
    with pytest.raises(PluginError):
        ToolError(code)
