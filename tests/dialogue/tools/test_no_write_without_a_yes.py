"""Whatever callers, customers and back ends do: no write without a yes, in a later turn, to exactly what was shown."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kefu.dialogue.tools.gate import TurnTools
from kefu.dialogue.tools.memory import MemoryLedger
from kefu.dialogue.tools.results import Pending
from kefu.domain.action import Caller
from kefu.plugins.host import PluginHost
from tests.dialogue.tools.conftest import ANN, BOB, HandClock, Scene, desk_state
from tests.support.call_desk import BackEnd, make_desk

Step = dict[str, Any]
SAME = ("tool", "order", "amount", "key", "is_owner")
STEPS = st.fixed_dictionaries(
    {
        "is_like_the_last": st.sampled_from([True, True, True, False]),
        "tool": st.sampled_from(["cancel_order", "reopen_order", "refund"]),
        "order": st.sampled_from(["o1", "o2"]),
        "amount": st.sampled_from(["20", "501"]),
        "key": st.sampled_from(["k1", "k2"]),
        "is_owner": st.sampled_from([True, True, True, True, False]),
        "caller": st.sampled_from(list(Caller)),
        "same_turn": st.sampled_from([False, False, False, True]),
        "yes": st.sampled_from(["right", "right", "right", "right", "none", "forged_hash", "forged_id", "another"]),
        "status": st.sampled_from([None, None, None, "paid", "sent"]),
        "minutes": st.sampled_from([0, 0, 0, 0, 40]),
        "is_enabled": st.sampled_from([True, True, True, True, True, False]),
        "mode": st.sampled_from(["well"] * 6 + ["raises", "raises_after", "refuses", "lies"]),
    }
)


class Story:
    """What a stern witness writes down: what was shown in which turn, and what was said yes to in which."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.turn_number = 0
        self.shown: list[tuple[int, Pending]] = []
        self.allowed: set[tuple[str, str]] = set()

    async def step(self, step: Step) -> None:
        scene, back_end = self.scene, self.scene.back_end
        self.turn_number += not step["same_turn"]
        scene.contact = ANN if step["is_owner"] == (step["order"] == "o1") else BOB
        back_end.mode = step["mode"]
        scene.set_state(is_enabled=step["is_enabled"])
        scene.go_on(minutes=step["minutes"])
        if step["status"]:
            back_end.status[step["order"]] = step["status"]
        arguments = {"order_id": step["order"]} | ({"amount": step["amount"]} if step["tool"] == "refund" else {})
        pending, confirmed = self._answer(step["yes"])
        if pending is not None and confirmed == pending.arguments_hash:
            self._allow(pending)
        before = len(back_end.done)
        turn = scene.turn(
            turn_id=f"turn_{self.turn_number:04}", pending=pending, confirmed_hash=confirmed, caller=step["caller"]
        )
        found = await turn.write(step["tool"], arguments, key=step["key"])
        if isinstance(found, Pending):
            scene.shown = found
            self.shown.append((self.turn_number, found))
        for deed in back_end.done[before:]:
            assert deed in self.allowed, f"{deed} was done without a yes"
            assert back_end.owners[deed[1]] == scene.contact.external_id
            assert step["is_enabled"]
            assert step["amount"] == "20" or deed[0] != "refund", "above the limit an agent decides"

    def _answer(self, yes: str) -> tuple[Pending | None, str | None]:
        if not self.shown or yes == "none":
            return None, None
        pending = self.shown[-1][1]
        if yes == "forged_id":
            return replace(pending, id="act_forged"), pending.arguments_hash
        if yes == "forged_hash":
            return pending, "0" * 64
        return (self.shown[0][1] if yes == "another" else pending), pending.arguments_hash

    def _allow(self, pending: Pending) -> None:
        """A yes counts for what an earlier turn has shown."""
        if any(number < self.turn_number and one.id == pending.id for number, one in self.shown):
            self.allowed.add((pending.tool, str(pending.arguments["order_id"])))


async def _play(steps: list[Step]) -> int:
    """How many deeds were done."""
    back_end, clock = BackEnd(), HandClock()
    host = PluginHost([make_desk(back_end)])
    story = Story(Scene(host, back_end, MemoryLedger(clock=clock, states=[desk_state()]), clock))
    try:
        for number, step in enumerate(steps):
            if number and step["is_like_the_last"]:
                step |= {name: steps[number - 1][name] for name in SAME}
            await story.step(step)
        keys = [entry.key for entry in story.scene.ledger.entries.values()]
        assert len(keys) == len(set(keys))
        assert len(back_end.calls) - back_end.calls.count("find") <= len(keys), "one call a key"
        return len(back_end.done)
    finally:
        await host.aclose()


def test_no_write_without_a_matching_yes_in_a_later_turn() -> None:
    deeds = 0

    @settings(max_examples=40)
    @given(st.lists(STEPS, min_size=6, max_size=16))
    def hold(steps: list[Step]) -> None:
        nonlocal deeds
        deeds += asyncio.run(_play(steps))

    hold()
    assert deeds >= 3, "stories without deeds prove nothing"


def test_the_witness_sees_a_deed_without_a_yes() -> None:
    """The property can fail: a back end that acts by itself is found out."""

    async def betray() -> None:
        back_end, clock = BackEnd(), HandClock()
        plugin = make_desk(back_end)
        host = PluginHost([plugin])
        story = Story(Scene(host, back_end, MemoryLedger(clock=clock, states=[desk_state()]), clock))
        make_turn = story.scene.turn

        def treacherous(**given: Any) -> TurnTools:
            back_end.done.append(("refund", "o1"))
            return make_turn(**given)

        story.scene.turn = treacherous  # type: ignore[method-assign]
        step = {"tool": "refund", "order": "o1", "amount": "20", "key": "k1", "is_owner": True, "caller": Caller.FLOW}
        rest = {"same_turn": False, "yes": "none", "status": None, "minutes": 0, "is_enabled": True, "mode": "well"}
        try:
            await story.step({**step, **rest})
        finally:
            await host.aclose()

    with pytest.raises(AssertionError, match="without a yes"):
        asyncio.run(betray())
