"""When a person is needed though nobody asked for one: policy classes, failures in a row, anger with failure."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from kefu.dialogue.context import TurnContext
from kefu.dialogue.handoff import ANGRY, Policy, PolicyRules, is_upset_by_failure, reason_to_hand_off
from kefu.dialogue.hearing import hear
from kefu.dialogue.processing import process
from kefu.dialogue.propose.merge import Proposer
from kefu.dialogue.propose.rules import RuleProposer
from kefu.dialogue.state import State, fold
from kefu.domain.conversation import Author, Message
from kefu.domain.turn import Decision, Event, EventType, HandoffReason

NOW = datetime(2026, 11, 22, tzinfo=UTC)
RULES, PROPOSER = PolicyRules.load(), Proposer(RuleProposer.load())
TABLE = [
    tuple(part.strip() for part in line.split("|", 1))
    for line in (Path(__file__).parent / "handoff_policy.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]


def context(*texts: str) -> TurnContext:
    messages = tuple(Message(f"msg_{n}", "c", n, str(n), Author.VISITOR, text, NOW) for n, text in enumerate(texts))
    return TurnContext("turn_1", "ws", "c", "Shop", messages, State(), NOW)


def policy_of(*texts: str) -> str:
    rule = RULES.find(hear(context(*texts)))
    return "-" if rule is None else rule.policy


@pytest.mark.parametrize(("policy", "text"), TABLE)
def test_policy_classes(policy: str, text: str) -> None:
    assert policy_of(text) == policy


def test_the_table_is_long_enough_to_mean_something() -> None:
    assert len(TABLE) >= 200
    negatives = sum(policy == "-" for policy, _ in TABLE)
    assert negatives >= 80
    for policy in Policy:
        assert sum(found == policy for found, _ in TABLE) >= 20


def test_the_gravest_class_of_a_burst_counts() -> None:
    assert policy_of("我要起诉你们", "我不想活了") == Policy.VULNERABLE


def plan_of(text: str) -> tuple[HandoffReason, str | None, int]:
    heard = hear(context(text))
    plan = process(PROPOSER.propose(heard), State(), policy=RULES.find(heard))
    (command,) = plan.commands
    return command.action.reason, command.action.policy, len(plan.dropped)  # type: ignore[union-attr]


def test_a_policy_class_hands_off_alone() -> None:
    assert plan_of("退款多久到账？我要起诉你们") == (HandoffReason.POLICY_RESTRICTION, "legal", 1)


def test_the_explicit_request_stays_the_reason() -> None:
    assert plan_of("转人工，不然我就报警") == (HandoffReason.CUSTOMER_REQUEST, "legal", 1)
    assert plan_of("转人工") == (HandoffReason.CUSTOMER_REQUEST, None, 0)


@pytest.mark.parametrize(
    ("decision", "state", "reason"),
    [
        (Decision.ABSTAIN, State(), None),
        (Decision.ABSTAIN, State(abstentions=1), HandoffReason.MISSING_KNOWLEDGE),
        (Decision.ABSTAIN, State(clarifications=1), None),
        (Decision.CLARIFY, State(), None),
        (Decision.CLARIFY, State(clarifications=1), HandoffReason.PENDING_CLARIFICATION),
        (Decision.ANSWER, State(abstentions=1, clarifications=1), None),
        (Decision.REFUSE, State(abstentions=1), None),
    ],
)
def test_the_second_failure_in_a_row_hands_off(decision: Decision, state: State, reason: HandoffReason | None) -> None:
    assert reason_to_hand_off(decision, state) is reason


@pytest.mark.parametrize(
    ("mood", "decision", "state", "is_upset"),
    [
        (None, Decision.ABSTAIN, State(), False),
        (ANGRY, Decision.ABSTAIN, State(), True),
        (ANGRY - 0.1, Decision.ABSTAIN, State(), False),
        (ANGRY, Decision.ANSWER, State(), False),
        (ANGRY, Decision.ANSWER, State(abstentions=1), True),
        (1.0, Decision.CLARIFY, State(), True),
    ],
)
def test_anger_counts_only_with_failure(mood: float | None, decision: Decision, state: State, is_upset: bool) -> None:
    assert is_upset_by_failure(mood, decision, state) is is_upset


def test_a_change_of_hands_forgets_offers_and_failures() -> None:
    before = State(abstentions=1, clarifications=1, open_question="offer_handoff", asked="运费谁出")
    event = Event("c", 9, EventType.STATUS_CHANGED, {"status": "open", "handler": "agent"}, None, NOW)
    after = fold([event], before)
    assert (after.abstentions, after.clarifications, after.open_question) == (0, 0, None)
    assert after.asked == "运费谁出"
