"""Whatever a turn can decide has its sentence in both languages, and people understand what it says."""

import re
from collections.abc import Iterable
from importlib.resources import files
from typing import get_args

import orjson
import pytest

from kefu.dialogue.answer.conflicts import ConflictKind
from kefu.dialogue.calibrate import Evidence
from kefu.dialogue.commands import Action, Source
from kefu.dialogue.flows.outputs import Output
from kefu.dialogue.flows.state import OpenKind
from kefu.dialogue.handoff import Policy
from kefu.dialogue.propose.hardness import Reason
from kefu.dialogue.query.gap import Lack
from kefu.dialogue.query.understanding import How
from kefu.dialogue.tools.results import Refusal, Status
from kefu.domain.conversation import Language
from kefu.domain.errors import (
    ModelError,
    ModelProtocolError,
    ModelRateLimitedError,
    ModelRejectedError,
    ModelTimeoutError,
)
from kefu.domain.knowledge import Risk
from kefu.domain.model import FinishReason
from kefu.domain.trace import DropReason, Stage
from kefu.domain.turn import Decision, DeltaKind, HandoffReason, TurnState
from kefu.insight.why import Explainer
from kefu.kit.jsonvalue import JsonObject
from kefu.kit.strings import Strings
from kefu.plugins.guards import GuardAction

STRINGS = Strings.load("kefu.insight")
MODEL_ERRORS = (ModelError, ModelProtocolError, ModelRateLimitedError, ModelRejectedError, ModelTimeoutError)
COMMANDS = [action.__name__ for action in get_args(Action)]
OUTPUTS = [output.__name__ for output in get_args(Output)]
_FIELD = re.compile(r"\{(\w+)\}")
BOTH: tuple[Language, Language] = ("zh", "en")
WORDED: dict[str, Iterable[str]] = {
    "dropped": DropReason,
    "hard": Reason,
    "route": ["easy", "open", "hard", "model"],
    "model_read": ["read", "failed", "dropped"],
    "loop": ["said", "facts"],
    "plugin": [*GuardAction, "cut_off", "refused", "found", "text_missing"],
    "refused": Refusal,
    "status": get_args(Status),
    "gate": [*get_args(Status), "wait", "refused", "recorded", "confirmed", "approved"],
    "handoff": [*HandoffReason, "offered"],
    "policy": Policy,
    "decision": Decision,
    "kind": DeltaKind,
    "state": TurnState,
    "command": COMMANDS,
    "source": get_args(Source),
    "evaluate": [*OUTPUTS, "TooLong", "NoCard"],
    "question": get_args(OpenKind),
    "understand": get_args(How),
    "lacks": Lack,
    "conflict": ConflictKind,
    "evidence": get_args(Evidence),
    "risk": Risk,
    "failure": [*(error.code for error in MODEL_ERRORS), *(f"finish_{reason}" for reason in FinishReason)],
    "outcome": ["done", "cancelled", "declined", "expired", "removed", "handoff", "no_choices"],
    "language": get_args(Language),
}


@pytest.mark.parametrize("kind", WORDED)
@pytest.mark.parametrize("language", BOTH)
def test_every_code_has_its_words(kind: str, language: Language) -> None:
    words = _read(language)
    assert [code for code in WORDED[kind] if not words.get(f"{kind}_{code}", "").strip()] == []


def test_both_languages_name_the_same_things() -> None:
    chinese, english = map(_read, BOTH)
    for key, text in chinese.items():
        assert set(_FIELD.findall(text)) == set(_FIELD.findall(english[key])), key


def _read(language: Language) -> dict[str, str]:
    found: dict[str, str] = orjson.loads((files("kefu.insight") / "strings" / f"{language}.json").read_bytes())
    return found


def test_every_stage_is_told_of() -> None:
    explainer = Explainer(STRINGS)
    for stage in Stage:
        for language in BOTH:
            explainer.explain({"steps": [_step(stage)]}, TurnState.FINISHED, language=language)


def _step(stage: Stage) -> JsonObject:
    facts: JsonObject = {
        "plugin": "p",
        "part": "q",
        "why": "w",
        "rounds": 1,
        "said": 1,
        "rejected": [],
        "command": "AskKB",
        "typed": "a",
        "question": "b",
        "tool": "t",
        "probability": 0.5,
    }
    chosen = {
        Stage.PLUGIN: "found",
        Stage.MODEL_READ: "read",
        Stage.LOOP: "facts",
        Stage.PROPOSE: "AskKB",
        Stage.UNDERSTAND: "rules",
        Stage.RETRIEVE: "answer",
        Stage.COMPOSE: "quotes",
        Stage.GATE: "succeeded",
        Stage.EVALUATE: "Ask",
        Stage.HANDOFF: "offer",
        Stage.GUARD_OUT: "allow",
        Stage.FINISH: "answer",
    }
    reasons = {
        Stage.PROPOSE: "rule:r",
        Stage.PROCESS: "said_before",
        Stage.UNDERSTAND: "lacks_topic",
        Stage.RETRIEVE: "calibrated_words",
        Stage.COMPOSE: "verbatim",
    }
    return {
        "stage": stage.value,
        "chosen": chosen.get(stage, "x"),
        "reason": reasons.get(stage, "x"),
        "alternatives": [],
        "threshold": 0.4,
        "inputs": {"text": "a"},
        "facts": {"quote": 1} if stage is Stage.GUARD_OUT else facts,
        "ms": 0.0,
    }


def test_a_person_reads_what_was_weighed_and_what_decided() -> None:
    recognised: JsonObject = {
        **_step(Stage.RECOGNISE),
        "chosen": "rma_return",
        "alternatives": [{"name": "rma_return", "score": 0.93}, {"name": "exchange", "score": 0.41}],
        "threshold": 0.5,
    }
    abstained: JsonObject = {
        **_step(Stage.RETRIEVE),
        "chosen": "abstain",
        "threshold": 0.62,
        "facts": {"question": "运费", "probability": 0.55, "quotes": [{"title": "配送", "version": 3}]},
    }
    trace: JsonObject = {"steps": [recognised, abstained], "titles": {"rma_return": {"zh": "退货", "en": "Return"}}}
    assert Explainer(STRINGS).explain(trace, TurnState.FINISHED, language="zh") == [
        "“a”最像“退货”（0.93），其次是“exchange”（0.41）；达到 0.50 才会开始办理。",
        "“运费”最接近的是 《配送》第 3 版；能答对的概率 0.55 < 0.62（出厂标定的门槛，依据：词语），所以没有引用。门槛低 0.07 就会回答。",
    ]
    assert (
        Explainer(STRINGS).explain(trace, TurnState.STOPPED, language="en")[-1].startswith("The customer pressed stop")
    )


def test_a_tool_has_codes_of_its_own() -> None:
    step: JsonObject = {
        **_step(Stage.GATE),
        "chosen": "failed",
        "reason": "too_late_to_cancel",
        "facts": {"tool": "cancel_order"},
    }
    (told,) = Explainer(STRINGS).explain({"steps": [step]}, TurnState.FINISHED, language="en")
    assert told == "The tool cancel_order did not do it: too_late_to_cancel."
