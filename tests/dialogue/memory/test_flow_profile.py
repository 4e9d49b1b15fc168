"""Slots that a flow keeps in the profile, and what it reads from there."""

from dataclasses import replace

from kefu.dialogue.commands import StartFlow
from kefu.dialogue.flows.state import CONVERSATION, PROFILE, SlotValue
from tests.support.flows import Talk, flow_of

FLOW = """
flow: find_shoes
version: 1
title: {zh: 选鞋, en: Find shoes}
slots:
  shoe_size: {type: quantity, ask: {zh: 您穿多大码？, en: "Which size?"}, keep: profile}
steps:
  - collect: [shoe_size]
  - say: {id: found, zh: "为您找 {shoe_size} 码。", en: "Looking for {shoe_size}."}
"""


async def test_a_remembered_size_is_not_asked_again() -> None:
    talk = Talk(flow_of(FLOW))
    talk.turn = replace(talk.turn, profile={"shoe_size": SlotValue(42, "42", PROFILE, 1.0, "turn_of_last_year")})
    reply = await talk.say(StartFlow("find_shoes"))
    assert reply.text.startswith("为您找 42 码")


async def test_without_a_profile_it_is_asked_and_outlives_the_flow() -> None:
    talk = Talk(flow_of(FLOW))
    assert "您穿多大码" in (await talk.say(StartFlow("find_shoes"))).text
    await talk.answer(shoe_size=43)
    assert talk.state.slots[CONVERSATION]["shoe_size"].value == 43
