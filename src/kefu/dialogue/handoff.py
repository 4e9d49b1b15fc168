"""When a person is needed though nobody asked for one: policy classes, failures in a row, anger with failure.

Pure, and never in the way of an explicit request, which ``processing`` honours first.
"""

import re
import tomllib
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files

from kefu.dialogue.hearing import Heard
from kefu.dialogue.state import State
from kefu.domain.turn import Decision, HandoffReason

MAX_FAILURES = 2
"""Abstentions, or clarifications, in a row at which the offer of a person becomes the hand-off."""
ANGRY = 0.7
"""Of a mood from 0 (calm) to 1 (furious)."""

_CUT = re.compile(r"[。.!！?？;；\n]+")


class Policy(StrEnum):
    """What the assistant leaves to people; in the order in which one counts before another."""

    VULNERABLE = "vulnerable"
    INJURY = "injury"
    FRAUD = "fraud"
    LEGAL = "legal"


@dataclass(frozen=True, slots=True)
class PolicyRule:
    """``search`` may match anywhere in a sentence, unless ``unless`` does too."""

    name: str
    policy: Policy
    search: tuple[re.Pattern[str], ...]
    unless: tuple[re.Pattern[str], ...]

    def matches(self, sentence: str) -> bool:
        found = any(pattern.search(sentence) for pattern in self.search)
        return found and not any(pattern.search(sentence) for pattern in self.unless)


class PolicyRules:
    """The rules of ``handoff.toml`` over normalised sentences, in both languages."""

    def __init__(self, rules: tuple[PolicyRule, ...]) -> None:
        self._rules = rules

    @classmethod
    def load(cls) -> "PolicyRules":
        text = (files("kefu.dialogue") / "handoff.toml").read_text(encoding="utf-8")
        return cls(tuple(_to_rule(entry) for entry in tomllib.loads(text)["rule"]))

    def find(self, heard: Heard) -> PolicyRule | None:
        """The rule of the gravest class that one of the messages falls under."""
        sentences = [part for message in heard.messages for part in _CUT.split(message.text.text) if part.strip()]
        found = [rule for rule in self._rules if any(rule.matches(sentence) for sentence in sentences)]
        return min(found, key=lambda rule: [*Policy].index(rule.policy), default=None)


def reason_to_hand_off(decision: Decision | None, state: State) -> HandoffReason | None:
    """Why a turn that came to ``decision`` ends with a person, though it only wanted to offer one."""
    if decision is Decision.ABSTAIN and state.abstentions + 1 >= MAX_FAILURES:
        return HandoffReason.MISSING_KNOWLEDGE
    if decision is Decision.CLARIFY and state.clarifications + 1 >= MAX_FAILURES:
        return HandoffReason.PENDING_CLARIFICATION
    return None


def is_upset_by_failure(mood: float | None, decision: Decision | None, state: State) -> bool:
    """Whether an angry customer was failed, now or just before: then a person is offered in words."""
    failed = decision in {Decision.ABSTAIN, Decision.CLARIFY} or state.abstentions > 0 or state.clarifications > 0
    return mood is not None and mood >= ANGRY and failed


def _to_rule(entry: dict[str, object]) -> PolicyRule:
    return PolicyRule(
        name=str(entry["name"]),
        policy=Policy(str(entry["policy"])),
        search=_compile(entry["search"]),
        unless=_compile(entry.get("unless", [])),
    )


def _compile(patterns: object) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(str(pattern)) for pattern in patterns) if isinstance(patterns, list) else ()
