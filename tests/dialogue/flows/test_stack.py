"""Several flows: interruptions and coming back, leaving, expiry, and which one is meant."""

from datetime import timedelta

import pytest

from kefu.dialogue.commands import Affirm, Amend, AskKB, Cancel, Clarify, Deny, Handoff, StartFlow
from kefu.dialogue.flows.definition import Flow
from kefu.dialogue.flows.outputs import Ask, Finished, HandoffWanted, Offer, Preview, Say
from kefu.domain.turn import HandoffReason
from tests.support.flows import Reply, Talk, flow_of, to_action

LETTERS = "abcd"


def form(name: str, *slots: str, rest: str = "") -> Flow:
    """A flow that asks for some texts and ends."""
    asked = "\n".join(f"  {slot}: {{type: text, ask: {{zh: 问{slot}, en: ask {slot}}}}}" for slot in slots)
    return flow_of(
        f"flow: {name}\nversion: 1\ntitle: {{zh: 事项{name}, en: Task {name}}}\nslots:\n{asked}\n"
        f"steps:\n  - collect: [{', '.join(slots)}]\n{rest}"
    )


def make_talk(language: str = "zh") -> Talk:
    forms = [form(letter, f"{letter}1", f"{letter}2", f"{letter}3") for letter in LETTERS]
    return Talk(*forms, language="en" if language == "en" else "zh")


def asked(reply: Reply) -> Ask:
    ask = reply.outputs[-1]
    assert isinstance(ask, Ask)
    return ask


async def test_a_short_interruption_goes_back_at_once() -> None:
    talk = make_talk()
    await talk.say(StartFlow("a"))
    talk.flows["b"] = form("b", "b1")
    reply = await talk.say(StartFlow("b"))
    assert asked(reply).slot == "b1"
    reply = await talk.answer(b1="x")
    finished, ask = reply.outputs
    assert finished == Finished("b", "turn_2.2", "done")
    assert isinstance(ask, Ask)
    assert (ask.flow, ask.slot) == ("a", "a1")


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_after_a_long_interruption_it_is_asked_whether_to_go_back(language: str) -> None:
    talk = make_talk(language)
    await talk.say(StartFlow("a"))
    await talk.say(StartFlow("b"))
    for slot in ("b1", "b2"):
        await talk.answer(**{slot: "x"})
    reply = await talk.answer(b3="x")
    assert asked(reply).kind == "resume"
    assert {"zh": "回到“事项a”吗？", "en": "Back to “Task a”?"}[language] in reply.text
    assert asked(await talk.say(Affirm())).slot == "a1"


async def to_resume(talk: Talk) -> None:
    await talk.say(StartFlow("a"))
    await talk.say(StartFlow("b"))
    for slot in ("b1", "b2", "b3"):
        await talk.answer(**{slot: "x"})


async def test_a_no_leaves_the_interrupted_flow() -> None:
    talk = make_talk()
    await to_resume(talk)
    reply = await talk.say(Deny())
    assert isinstance(reply.outputs[-1], Finished)
    assert talk.state.stack == ()


async def test_it_is_not_asked_twice_but_waits() -> None:
    talk = make_talk()
    await to_resume(talk)
    assert (await talk.say(AskKB("运费"))).outputs == ()
    assert talk.engine.expectation(talk.state) is None
    assert [type(command.action) for command in (await talk.say(Affirm())).applied.rest] == [Affirm]
    assert asked(await talk.answer(a1="x")).slot == "a2"


async def test_an_interrupted_flow_can_be_started_again_where_it_was() -> None:
    talk = make_talk()
    await talk.say(StartFlow("a"))
    await talk.answer(a1="x")
    await talk.say(StartFlow("b"))
    assert asked(await talk.say(StartFlow("a"))).slot == "a2"
    assert [frame.flow for frame in talk.state.stack] == ["b", "a"]


async def test_a_slot_goes_to_the_flow_that_has_it() -> None:
    talk = make_talk()
    await talk.say(StartFlow("a"))
    await talk.say(StartFlow("b"))
    await talk.answer(a1="x")
    assert talk.state.slots[talk.state.stack[0].id]["a1"].value == "x"


async def test_a_fourth_flow_asks_which_one_to_close() -> None:
    talk = make_talk()
    for letter in "abc":
        await talk.say(StartFlow(letter))
    reply = await talk.say(StartFlow("d"))
    assert reply.dropped == ["too_many_flows"]
    assert (asked(reply).kind, [choice.id for choice in asked(reply).choices]) == ("close", ["a", "b", "c"])
    reply = await talk.say(Cancel("flow", "a"))
    assert asked(reply).slot == "d1"
    assert [frame.flow for frame in talk.state.stack] == ["b", "c", "d"]


async def test_the_same_flow_twice_is_one() -> None:
    talk = make_talk()
    await talk.say(StartFlow("a"))
    reply = await talk.say(StartFlow("a"))
    assert reply.dropped == ["flow_open_already"]
    assert len(talk.state.stack) == 1


async def test_an_unknown_flow_is_not_started() -> None:
    assert (await make_talk().say(StartFlow("z"))).dropped == ["unknown_flow"]


@pytest.mark.parametrize(("scope", "left"), [("question", ["a", "b"]), ("flow", ["a"]), ("all", [])])
async def test_leaving_a_question_a_flow_or_all(scope: str, left: list[str]) -> None:
    talk = make_talk()
    skippable = "  b1: {type: text, ask: {zh: 问, en: ask}, skip: {zh: 跳过, en: skip}}"
    talk.flows["b"] = flow_of(
        f"flow: b\nversion: 1\ntitle: {{zh: 事, en: b}}\nslots:\n{skippable}\n"
        "  b2: {type: text, ask: {zh: 问, en: ask}}\nsteps: [{collect: [b1, b2]}]\n"
    )
    await talk.say(StartFlow("a"))
    await talk.say(StartFlow("b"))
    reply = await talk.say(Cancel(scope))  # type: ignore[arg-type]
    assert [frame.flow for frame in talk.state.stack] == left
    assert bool(reply.text)


async def test_leaving_when_nothing_is_open_is_not_ours() -> None:
    reply = await make_talk().say(Cancel())
    assert [type(command.action) for command in reply.applied.rest] == [Cancel]


async def test_leaving_and_starting_in_one_message() -> None:
    talk = make_talk()
    await talk.say(StartFlow("a"))
    reply = await talk.say(StartFlow("b"), Cancel())
    assert asked(reply).slot == "b1"
    assert [frame.flow for frame in talk.state.stack] == ["b"]


ORDER_THEN_NOTE = """
flow: order_then_note
version: 1
title: {zh: 取消并留言, en: Cancel with a note}
slots:
  order: {type: text, ask: {zh: 订单, en: order}}
  note: {type: text, ask: {zh: 留言, en: note}}
steps:
  - call: {tool: cancel_order, args: {order_id: $order}}
  - collect: note
"""


async def to_written(language: str = "zh") -> Talk:
    talk = Talk(flow_of(ORDER_THEN_NOTE), form("b", "b1"), language="en" if language == "en" else "zh")
    await talk.say(StartFlow("order_then_note"), to_action("order", "W1"))
    assert asked(await talk.say(Affirm())).slot == "note"
    return talk


@pytest.mark.parametrize("scope", ["flow", "all"])
@pytest.mark.parametrize("language", ["zh", "en"])
async def test_leaving_after_a_write_says_what_was_submitted(scope: str, language: str) -> None:
    talk = await to_written(language)
    reply = await talk.say(Cancel(scope))  # type: ignore[arg-type]
    assert "R1" in reply.text
    assert talk.state.stack == ()


async def test_a_correction_of_what_was_submitted_is_for_a_person() -> None:
    talk = await to_written()
    reply = await talk.answer(order="W2")
    assert reply.dropped == ["already_submitted"]
    said, offer = reply.outputs
    assert isinstance(said, Say)
    assert said.key == "flow_already_submitted"
    assert isinstance(offer, Offer)
    assert len(talk.shop.writes) == 1
    reply = await talk.say(Affirm())
    assert isinstance(reply.outputs[0], HandoffWanted)


async def test_another_flow_voids_a_confirmation_and_it_is_shown_again() -> None:
    talk = Talk(flow_of(ORDER_THEN_NOTE), form("b", "b1"))
    reply = await talk.say(StartFlow("order_then_note"), to_action("order", "W1"))
    assert isinstance(reply.outputs[0], Preview)
    reply = await talk.say(StartFlow("b"))
    assert len(reply.applied.voided) == 1
    reply = await talk.say(Affirm(), to_action("b1", "x"))
    assert isinstance(reply.outputs[-1], Preview)
    assert talk.shop.writes == []
    await talk.say(Affirm())
    assert len(talk.shop.writes) == 1


async def test_a_flow_that_is_left_alone_is_closed() -> None:
    talk = make_talk()
    await talk.say(StartFlow("a"))
    reply = await talk.say(after=timedelta(hours=25))
    assert [type(output) for output in reply.outputs] == [Finished, Say]
    assert talk.state.stack == ()
    assert talk.state.slots == {}


async def test_a_flow_that_was_removed_is_closed() -> None:
    talk = make_talk()
    await talk.say(StartFlow("a"))
    del talk.flows["a"]
    reply = await talk.say()
    finished = reply.outputs[0]
    assert isinstance(finished, Finished)
    assert finished.outcome == "removed"


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_which_flow_is_asked_twice_then_a_person_is_offered(language: str) -> None:
    talk = make_talk(language)
    for _ in range(2):
        reply = await talk.say(Clarify(("a", "b", "z")))
        assert (asked(reply).kind, [choice.id for choice in asked(reply).choices]) == ("clarify", ["a", "b"])
    reply = await talk.say(Clarify(("b", "a")))
    assert reply.outputs == (Offer("", "handoff", None),)
    assert isinstance((await talk.say(Affirm())).outputs[0], HandoffWanted)


@pytest.mark.parametrize("answer", [AskKB("运费"), Deny()])
async def test_a_yes_after_another_turn_does_not_mean_the_old_offer(answer: AskKB | Deny) -> None:
    talk = make_talk()
    for _ in range(3):
        await talk.say(Clarify(("a", "b")))
    await talk.say(answer)
    reply = await talk.say(Affirm())
    assert reply.outputs == ()
    assert [type(command.action) for command in reply.applied.rest] == [Affirm]


async def test_a_started_flow_ends_the_doubt() -> None:
    talk = make_talk()
    await talk.say(Clarify(("a", "b")))
    await talk.say(StartFlow("a"))
    await talk.say(Cancel())
    assert talk.state.counters == {}


async def test_a_yes_to_a_person_ends_the_turn() -> None:
    talk = make_talk()
    for _ in range(3):
        await talk.say(Clarify(("a", "b")))
    reply = await talk.say(Affirm(), Clarify(("a", "b")))
    assert reply.dropped == ["person_requested"]
    assert [type(output) for output in reply.outputs] == [HandoffWanted]


async def test_two_doubts_in_one_message_are_one_question() -> None:
    reply = await make_talk().say(Clarify(("a", "b")), Clarify(("c", "d")))
    assert reply.dropped == ["other_question_first"]
    assert [type(output) for output in reply.outputs] == [Ask]


async def test_which_flow_is_the_only_question_of_its_turn() -> None:
    talk = make_talk()
    await talk.say(StartFlow("a"))
    reply = await talk.say(Clarify(("b", "c")))
    assert [type(output) for output in reply.outputs] == [Ask]
    assert asked(reply).kind == "clarify"


async def test_a_request_for_a_person_is_passed_on() -> None:
    talk = make_talk()
    await talk.say(StartFlow("a"))
    reply = await talk.say(Handoff(HandoffReason.CUSTOMER_REQUEST))
    assert [type(command.action) for command in reply.applied.rest] == [Handoff]


async def test_what_is_expected_is_told_to_the_proposers() -> None:
    talk = make_talk()
    assert talk.engine.expectation(talk.state) is None
    await talk.say(StartFlow("a"))
    expected = talk.engine.expectation(talk.state)
    assert expected is not None
    assert (expected.kind, expected.flow, expected.slot) == ("slot", "a", "a1")
    assert expected.spec is not None
    assert expected.spec.type == "text"
    assert [read.kind for read in expected.read_as] == ["text"]
    await talk.say(Clarify(("b", "c")))
    expected = talk.engine.expectation(talk.state)
    assert expected is not None
    assert (expected.kind, [choice.id for choice in expected.choices]) == ("clarify", ["b", "c"])


ORDERED = """
flow: {name}
version: 1
title: {{zh: 事项{name}, en: Task {name}}}
slots:
  order: {{type: text, ask: {{zh: 哪一笔？, en: "Which order?"}}, keep: conversation}}
  why: {{type: text, ask: {{zh: 为什么？, en: "Why?"}}}}
steps:
  - collect: [order, why]
  - say: {{id: told, zh: "{name}:{{order}}", en: "{name}:{{order}}"}}
"""


async def test_an_interrupted_flow_keeps_its_own_value_of_what_is_kept() -> None:
    talk = Talk(flow_of(ORDERED.format(name="a")), flow_of(ORDERED.format(name="b")))
    await talk.say(StartFlow("a"), to_action("order", "W1"))
    assert asked(await talk.say(StartFlow("b"))).slot == "why"  # the order is known to both
    await talk.answer(order="W2")
    reply = await talk.answer(why="x")
    assert "b:W2" in reply.text
    await talk.say(Affirm())
    assert "a:W1" in (await talk.answer(why="y")).text
    assert talk.state.slots["conversation"]["order"].value == "W2"


async def test_what_another_flow_found_out_is_known_where_it_was_not() -> None:
    talk = Talk(flow_of(ORDERED.format(name="a")), flow_of(ORDERED.format(name="b")))
    await talk.say(StartFlow("a"))
    await talk.say(StartFlow("b"), to_action("order", "W2"))
    assert asked(await talk.answer(why="x")).slot == "why"


async def test_a_correction_after_coming_back_is_known_to_all() -> None:
    talk = Talk(flow_of(ORDERED.format(name="a")), flow_of(ORDERED.format(name="b")))
    await talk.say(StartFlow("a"), to_action("order", "W1"))
    await talk.say(StartFlow("b"))
    await talk.answer(why="x")
    await talk.answer(order="W3")
    assert "a:W3" in (await talk.answer(why="y")).text
    assert talk.state.slots["conversation"]["order"].value == "W3"


async def test_words_before_the_doubt_are_kept_with_the_question() -> None:
    talk = make_talk()
    await talk.say(Clarify(("a", "b"), "either is fine for W1"))
    expected = talk.engine.expectation(talk.state)
    assert expected is not None
    assert expected.said == "either is fine for W1"


async def test_what_was_submitted_is_not_changed_by_a_flow_that_is_over() -> None:
    talk = await to_written()
    await talk.answer(note="x")
    done = talk.state.done
    assert done is not None
    assert dict(done.values) == {"order": "W1"}
    reply = await talk.say(Amend(done.flow))
    assert "已经按原来的内容提交" in reply.text
    assert isinstance(reply.outputs[-1], Offer)
    assert talk.state.amendable == done
    for _ in range(2):
        await talk.say(AskKB("x"))
    assert talk.state.amendable is None
