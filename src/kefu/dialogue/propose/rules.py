"""The rule proposer: patterns from rules.toml over clauses."""

import re
import tomllib
from dataclasses import dataclass
from importlib.resources import files

from kefu.dialogue.commands import (
    Action,
    Affirm,
    Cancel,
    CannotHandle,
    Command,
    Deny,
    ForgetFacts,
    Handoff,
    KeepNothing,
    Repeat,
    SetLanguage,
    ShowProfile,
    Skip,
    SmallTalk,
    SmallTalkKind,
)
from kefu.dialogue.propose.clauses import Clause
from kefu.dialogue.slots import answer_patterns
from kefu.domain.turn import HandoffReason

_PLAIN: dict[str, Action] = {
    "affirm": Affirm(),
    "deny": Deny(),
    "repeat": Repeat(),
    "skip": Skip(),
    "unclear": CannotHandle(),
    "show_profile": ShowProfile(),
    "forget_profile": ForgetFacts(),
    "keep_nothing": KeepNothing(),
}


@dataclass(frozen=True, slots=True)
class Rule:
    name: str
    action: Action
    clause: tuple[re.Pattern[str], ...]
    search: tuple[re.Pattern[str], ...]
    unless: tuple[re.Pattern[str], ...]
    needs_flow: bool = False
    """Whether it counts only while a flow is open: without one, 取消 is a question about cancelling."""

    def matches(self, text: str) -> bool:
        if any(pattern.fullmatch(text) for pattern in self.clause):
            return True
        found = any(pattern.search(text) for pattern in self.search)
        return found and not any(pattern.search(text) for pattern in self.unless)


class RuleProposer:
    """Finds what a whole clause says, whichever language it is in. Deterministic, so its probability is 1."""

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        self._rules = rules

    @classmethod
    def load(cls) -> "RuleProposer":
        text = (files("kefu.dialogue.propose") / "rules.toml").read_text(encoding="utf-8")
        return cls(tuple(_to_rule(entry) for entry in tomllib.loads(text)["rule"]))

    def propose(self, clause: Clause, *, has_flow: bool = False) -> Command | None:
        """The first rule that matches, or None: then the clause belongs to a question."""
        for rule in self._rules:
            if (has_flow or not rule.needs_flow) and rule.matches(clause.text):
                return Command(rule.action, source="rule", rule=rule.name, span=clause.span, probability=1.0)
        return None


def _to_rule(entry: dict[str, object]) -> Rule:
    return Rule(
        name=str(entry["name"]),
        action=_to_action(str(entry["command"]), str(entry.get("kind", ""))),
        clause=(*_compile(entry.get("clause")), *_answers(entry.get("answers"))),
        search=_compile(entry.get("search")),
        unless=_compile(entry.get("unless")),
        needs_flow=bool(entry.get("needs_flow")),
    )


def _compile(patterns: object) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(str(pattern)) for pattern in patterns) if isinstance(patterns, list) else ()


def _answers(kind: object) -> tuple[re.Pattern[str], ...]:
    """The words of yes and no, which an open question reads too."""
    match kind:
        case "yes" | "no":
            return answer_patterns(kind)
    return ()


def _to_action(command: str, kind: str) -> Action:
    match command:
        case "handoff":
            return Handoff(HandoffReason.CUSTOMER_REQUEST)
        case "small_talk":
            return SmallTalk(SmallTalkKind(kind))
        case "set_language":
            return SetLanguage("en" if kind == "en" else "zh")
        case "cancel":
            return Cancel("all" if kind == "all" else "flow")
    if command not in _PLAIN:
        raise ValueError(f"rules.toml: unknown command {command!r}")
    return _PLAIN[command]
