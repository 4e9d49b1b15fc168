"""The parts of a plugin beside tools: what is wrong with them is said, by looking and by asking."""

from collections.abc import Callable
from dataclasses import replace
from datetime import time, timedelta
from pathlib import Path
from typing import Any

import pytest

from kefu.dialogue.flows.slot_types import KINDS, OWN
from kefu.plugins import (
    Column,
    CreateTable,
    Daily,
    DeltaKind,
    Every,
    Guard,
    GuardAction,
    Job,
    Plugin,
    Recogniser,
    SlotType,
    Verdict,
    WebhookRequest,
)
from kefu.plugins.host import PluginHost
from kefu.plugins.part_checks import BUILTIN_TYPES
from kefu.plugins.probing import probe
from kefu.plugins.testing import (
    assert_channel,
    assert_guard,
    assert_job,
    assert_plugin,
    assert_slot_type,
    assert_source,
)
from kefu.plugins.validation import problems_of
from tests.support.acme import Acme, sign, write_acme


@pytest.fixture
def acme(tmp_path: Path) -> Acme:
    acme = write_acme(tmp_path / "acme")
    acme.pages = {"a": ("# A\n\ntext", "1"), "b": ("# B\n\ntext", "1"), "c": ("# C\n\ntext", "")}
    return acme


async def nothing(*_: object) -> Any:
    return None


def not_a_coroutine(*_: object) -> Any:
    return None


def test_the_names_of_types_that_are_taken_are_those_of_flows() -> None:
    assert {*KINDS, OWN} == BUILTIN_TYPES


WRONG: tuple[tuple[Callable[[Plugin], Plugin], str], ...] = (
    (lambda p: replace(p, slot_types=(SlotType("mobile", parse=nothing),)), "kefu has one of this name"),
    (lambda p: replace(p, slot_types=(SlotType("x"),), recognisers=()), "no recogniser marks x"),
    (lambda p: replace(p, slot_types=(SlotType("x", parse=not_a_coroutine),)), "must be `async def`"),
    (lambda p: replace(p, slot_types=(SlotType("x", parse=nothing, seconds=9),)), "between 0 and 2"),
    (lambda p: replace(p, recognisers=(Recogniser("r", nothing, frozenset()),)), "marks no kinds"),
    (
        lambda p: replace(p, recognisers=(Recogniser("r", nothing, frozenset({"a"}), frozenset({"b"})),)),
        "personal names",
    ),
    (lambda p: replace(p, guards=(Guard("g", "output", nothing, on_failure="allow"),)), "on_failure of an output"),
    (lambda p: replace(p, guards=(Guard("g", "nowhere", nothing),)), "place is input or output"),  # type: ignore[arg-type]
    (lambda p: replace(p, jobs=(Job("j", nothing, schedule=Every(timedelta(seconds=1))),)), "its pause"),
    (lambda p: replace(p, jobs=(Job("j", nothing, schedule=Daily(time(1), "Moon/Sea")),)), "no zone Moon/Sea"),
    (lambda p: replace(p, jobs=(Job("j", nothing), Job("j", nothing))), "there 2 times"),
    (lambda p: replace(p, tables=(CreateTable("t", (Column("a"),), key=("b",)),)), "the key of t"),
)


@pytest.mark.parametrize(("spoil", "words"), WRONG)
def test_what_is_wrong_with_a_part_is_told(acme: Acme, spoil: Callable[[Plugin], Plugin], words: str) -> None:
    assert problems_of(acme.plugin()) == []
    assert any(words in problem for problem in problems_of(spoil(acme.plugin()))), problems_of(spoil(acme.plugin()))


def test_types_and_tables_are_there_once_in_a_process(acme: Acme) -> None:
    plugin = acme.plugin()
    other = replace(plugin, manifest=replace(plugin.manifest, name="other"))
    host = PluginHost([plugin, other])
    assert [each.reason for each in host.broken] == ["The plugin acme has a slot type contract too."]
    tables = replace(other, manifest=replace(plugin.manifest, name="ac-me"), slot_types=(), flows=None)
    one = replace(
        tables, manifest=replace(plugin.manifest, name="ab"), tables=(CreateTable("cd_e", (Column("x"),), key=("x",)),)
    )
    two = replace(
        tables, manifest=replace(plugin.manifest, name="ab-cd"), tables=(CreateTable("e", (Column("x"),), key=("x",)),)
    )
    assert [each.reason for each in PluginHost([one, two]).broken] == ["The plugin ab has a table p_ab_cd_e too."]


async def test_a_plugin_that_works_has_nothing_to_be_told(acme: Acme) -> None:
    assert_plugin(acme.plugin())
    assert await probe(acme.plugin()) == []


@pytest.mark.parametrize(
    ("part", "mode", "words"),
    [
        ("parse", "raises", "The slot type contract: it raised RuntimeError: parse of acme is broken"),
        ("parse", "hangs", "The slot type contract: no answer within 0.2 s"),
        ("parse", "blocks", "The slot type contract: no answer within 0.2 s"),
        ("parse", "lies", "The slot type contract: what it gave"),
        ("mark", "raises", "The recogniser marks: it raised"),
        ("input", "lies", "The guard inward: it gave no verdict of an input"),
        ("output", "hangs", "The guard outward: no answer"),
        ("verify", "raises", "The channel line: it raised"),
    ],
)
async def test_what_raises_hangs_or_lies_is_told(acme: Acme, part: str, mode: str, words: str) -> None:
    acme.mode[part] = mode
    found = await probe(acme.plugin())
    assert [sentence for sentence in found if sentence.startswith(words)], found


async def test_a_channel_that_takes_what_nobody_signed_is_told(acme: Acme) -> None:
    plugin = acme.plugin()
    (line,) = plugin.channels

    async def always(*_: object) -> bool:
        return True

    (told,) = await probe(replace(plugin, channels=(replace(line, verify=always),)))
    assert "takes a call that nobody has signed" in told


async def test_the_contract_tests_hold_a_plugin_to_its_word(acme: Acme) -> None:
    plugin = acme.plugin()
    await assert_slot_type(
        plugin, "contract", {"K-12340": "K12340", "12340": "K12340"}, refuses=["K-12341"], nothing_in=["你好"]
    )
    await assert_guard(plugin, "inward", {"有内幕": GuardAction.REFUSE, "你好": GuardAction.ALLOW})
    await assert_guard(plugin, "outward", {"收益": GuardAction.REPLACE}, kind=DeltaKind.QUOTE, settings={})
    assert await assert_source(plugin, "pages") == ["a", "b", "c"]
    body = b'{"messages": [{"id": "1", "from": "ann", "text": "hi"}]}'
    inbound = await assert_channel(plugin, "line", WebhookRequest("POST", {"x-signature": sign(body)}, {}, body))
    assert [message.peer for message in inbound.messages] == ["ann"]
    assert await assert_job(plugin, "count") == {"counted": 10}


async def test_the_contract_tests_see_what_is_broken(acme: Acme) -> None:
    plugin = acme.plugin()
    with pytest.raises(AssertionError, match="should be refused"):
        await assert_slot_type(plugin, "contract", {}, refuses=["K-12340"])
    with pytest.raises(AssertionError, match="allow for"):
        await assert_guard(plugin, "inward", {"你好": GuardAction.REFUSE})
    with pytest.raises(AssertionError, match="refuses a call that is signed"):
        await assert_channel(plugin, "line", WebhookRequest("POST", {"x-signature": "wrong"}, {}, b"{}"))

    async def deaf(job: Any) -> dict[str, Any]:
        for number in range(3):
            try:
                await job.report(done=number, total=3)
            except Exception:  # noqa: BLE001 - that is what is wrong with it
                continue
        return {}

    with pytest.raises(AssertionError, match="goes on after it was stopped"):
        await assert_job(replace(plugin, jobs=(Job("deaf", deaf),)), "deaf")
    assert Verdict.allow().rule == ""
