"""The sentences of each stage of a trace."""

from collections.abc import Iterator
from dataclasses import dataclass

from kefu.domain.conversation import Language
from kefu.kit.jsonvalue import JsonObject, JsonValue, as_list, as_object
from kefu.kit.strings import Strings

_SHOWN = 60
"""Characters of a customer's words that are repeated in a sentence."""
_SECOND = 0.05
"""Less likely alternatives are not worth a word."""


@dataclass(frozen=True, slots=True)
class Step:
    """One entry of a trace."""

    data: JsonObject

    @property
    def stage(self) -> str:
        return str(self.data["stage"])

    @property
    def chosen(self) -> str:
        return str(self.data["chosen"])

    @property
    def reason(self) -> str:
        return str(self.data["reason"])

    @property
    def facts(self) -> JsonObject:
        return as_object(self.data["facts"])

    @property
    def inputs(self) -> JsonObject:
        return as_object(self.data["inputs"])

    @property
    def alternatives(self) -> list[tuple[str, float]]:
        found = (as_object(one) for one in as_list(self.data["alternatives"]))
        return [(str(one["name"]), float(str(one["score"]))) for one in found]

    @property
    def threshold(self) -> float:
        return float(str(self.data["threshold"] or 0.0))


class Words:
    """Looks sentences up; a code that has none is a tool's own, and is named as it is."""

    def __init__(self, strings: Strings, language: Language) -> None:
        self._strings = strings
        self._language = language

    def say(self, key: str, **fields: object) -> str:
        return self._strings.get(key, self._language, **fields)

    def name(self, kind: str, code: str) -> str:
        """The words for a code; the code itself where there are none."""
        try:
            return self.say(f"{kind}_{code}")
        except KeyError:
            return code

    def share(self, value: JsonValue) -> str:
        return f"{float(str(value)):.2f}"

    def short(self, text: JsonValue) -> str:
        line = " ".join(str(text).split())
        return line if len(line) <= _SHOWN else line[:_SHOWN] + "…"


class StageWords(Words):
    """What is told of each stage. ``titles``: of the flows that the trace mentions."""

    def __init__(self, strings: Strings, language: Language, titles: JsonObject) -> None:
        super().__init__(strings, language)
        self._titles = titles

    def normalise(self, step: Step) -> Iterator[str]:
        was = step.facts.get("was")
        if was is not None and was != step.chosen:
            yield self.say("language_changed", spoken=self.say(f"language_{step.chosen}"))

    def mode(self, step: Step) -> Iterator[str]:
        if step.chosen == "queue":
            yield self.say("mode_queue")

    def guard_in(self, step: Step) -> Iterator[str]:
        if step.chosen == "distrust":
            yield self.say("guard_in_distrust", count=len(as_list(step.facts.get("markers", []))))
        if "policy" in step.facts:
            policy = self.say(f"policy_{step.facts['policy']}")
            yield self.say("guard_in_policy", policy=policy, rule=step.facts["policy_rule"])
        for _, mood in step.alternatives:
            if mood >= step.threshold:
                yield self.say("guard_in_angry", mood=self.share(mood), threshold=self.share(step.threshold))

    def recognise(self, step: Step) -> Iterator[str]:
        text, known = self.short(step.inputs["text"]), step.alternatives
        if not known:
            yield self.say("recognise_nothing", text=text)
            return
        best, second = known[0], known[1] if len(known) > 1 else None
        fields = {"text": text, "best": self._flow(best[0]), "p": self.share(best[1])}
        if second is None or second[1] < _SECOND:
            yield self.say("recognise_alone", **fields, threshold=self.share(step.threshold))
        else:
            yield self.say(
                "recognise",
                **fields,
                second=self._flow(second[0]),
                q=self.share(second[1]),
                threshold=self.share(step.threshold),
            )

    def propose(self, step: Step) -> Iterator[str]:
        source, _, rule = step.reason.partition(":")
        how = self.say("by_source", source=self.say(f"source_{source}"), rule=rule)
        yield self.say("propose", command=self._command(step.chosen, step.facts), how=how)

    def process(self, step: Step) -> Iterator[str]:
        name = str(step.facts["command"])
        command = self._command(name, {"flow": step.facts.get("name", ""), "slot": step.facts.get("name", "")})
        yield self.say("dropped", command=command, reason=self.say(f"dropped_{step.reason}"))

    def evaluate(self, step: Step) -> Iterator[str]:
        facts = step.facts
        outcome = self.name("outcome", str(facts.get("outcome", "")))
        yield self.say(
            f"evaluate_{step.chosen}",
            flow=self._flow(str(facts.get("flow", ""))),
            version=facts.get("version", ""),
            slot=self._slot(facts),
            target=self._flow(str(facts.get("target", ""))),
            outcome=outcome,
            reason=self.name("handoff", str(facts.get("reason", ""))),
            detail=facts.get("detail", ""),
            need=facts.get("name", ""),
            step=facts.get("step", ""),
        )

    def handoff(self, step: Step) -> Iterator[str]:
        if step.chosen == "offer":
            yield self.say("handoff_offered")
            return
        yield self.say("handed_off", reason=self.say(f"handoff_{step.chosen}"))

    def guard_out(self, step: Step) -> Iterator[str]:
        if step.reason == "held_back_by_guard":
            yield self.say("guard_out_held_back")
        if not step.facts:
            return
        listed = [
            self.say("count_of", count=count, kind=self.say(f"kind_{kind}")) for kind, count in step.facts.items()
        ]
        yield self.say("guard_out", kinds=self.say("comma").join(listed))

    def finish(self, step: Step) -> Iterator[str]:
        yield self.say("finish", decision=self.say(f"decision_{step.chosen}"))

    def _command(self, name: str, facts: JsonObject) -> str:
        return self.say(
            f"command_{name}",
            flow=self._flow(str(facts.get("flow", ""))),
            slot=self._flow(str(facts.get("slot", ""))),
            value=self.short(facts.get("value", "")),
            words=self.short(facts.get("words", "")),
            options=self.say("comma").join(self._flow(str(one)) for one in as_list(facts.get("options", []))),
        )

    def _flow(self, name: str) -> str:
        title = as_object(self._titles.get(name, {})).get(self._language)
        return str(title or self.name("intent", name))

    def _slot(self, facts: JsonObject) -> str:
        """What is asked: a slot, or another kind of question."""
        slot = str(facts.get("slot", ""))
        return self._flow(slot) if slot else self.name("question", str(facts.get("kind", "")))
