"""The short form ``questions``, ``rules`` and ``result``, written out as ordinary steps.

Each rule that asks again stands directly after the last question that it reads, so that a contradiction is said at once;
the score is known before the flow's own steps, and the result is said after them.
"""

from decimal import Decimal

from kefu.dialogue.flows.definition import AskAgain, Band, Collect, Say, Score, SlotSpec, Step, When, Wording
from kefu.dialogue.flows.expr import Expression
from kefu.dialogue.flows.fields import to_expression, to_name, to_names, to_wording
from kefu.dialogue.flows.nodes import Node
from kefu.dialogue.flows.reading_steps import StepReader
from kefu.dialogue.flows.values import to_number

_RESULT_KEYS = ("sum", "bands", "labels", "say", "disclose")


class Questionnaire:
    """Reads the short form of one flow file. ``questions`` are its slots in their order."""

    def __init__(self, questions: tuple[SlotSpec, ...], *, rules: Node | None, result: Node | None) -> None:
        self._names = tuple(question.name for question in questions)
        self._rules = tuple(rules.list("rules")) if rules is not None else ()
        self._result = result

    def before(self, steps: StepReader) -> tuple[Step, ...]:
        """What stands before the flow's own steps: questions, contradictions, score."""
        if not self._names:
            return ()
        whens: dict[str, list[Step]] = {name: [] for name in self._names}
        for rule in self._rules:
            condition, again = self._read_rule(rule)
            if again:
                whens[self._last_read(condition, rule)].append(self._contradiction(rule, condition, steps))
        asked: list[Step] = []
        for name in self._names:
            asked.append(Collect(steps.name(None, "question", name), 0, (name,)))
            asked.extend(whens[name])
        return (*asked, *self._score(steps))

    def after(self, steps: StepReader) -> tuple[Step, ...]:
        """What stands after them: the result, and what must be disclosed with it."""
        if self._result is None:
            return ()
        fields = self._result.mapping("result", *_RESULT_KEYS)
        said: list[Step] = []
        cite = fields.get("disclose")
        if "say" in fields:
            said.append(steps.say(fields["say"], steps.name(None, "result", fields["say"].source()), cite=cite))
        elif cite is not None:
            raise self._result.error("disclose stands beside say")
        return tuple(said)

    def _read_rule(self, node: Node) -> tuple[Expression, bool]:
        fields = node.mapping("a rule", "if", "ask_again", "say", "cap_band")
        if "if" not in fields or ("ask_again" in fields) == ("cap_band" in fields):
            raise node.error("a rule has `if`, and either ask_again or cap_band")
        return to_expression(fields["if"], "if"), "ask_again" in fields

    def _last_read(self, condition: Expression, node: Node) -> str:
        read = [name for name in self._names if name in condition.names]
        if not read:
            raise node.error("the rule reads no question")
        return read[-1]

    def _contradiction(self, node: Node, condition: Expression, steps: StepReader) -> When:
        fields = node.mapping("a rule")
        slots = to_names(fields["ask_again"], "ask_again")
        id_ = steps.name(None, "rule", node.source())
        said: Say | None = steps.say(fields["say"], f"{id_}-say") if "say" in fields else None
        return When(id_, node.line, condition, (AskAgain(f"{id_}-again", node.line, slots, said),))

    def _score(self, steps: StepReader) -> tuple[Score, ...]:
        caps = [(condition, rule) for rule in self._rules for condition, again in (self._read_rule(rule),) if not again]
        if self._result is None:
            if caps:
                raise caps[0][1].error("cap_band needs a result with bands")
            return ()
        fields = self._result.mapping("result", *_RESULT_KEYS)
        fields["sum"].one_of("sum", "score") if "sum" in fields else None
        bands = self._bands(fields["bands"]) if "bands" in fields else ()
        limits = tuple((condition, self._cap(rule, bands)) for condition, rule in caps)
        id_ = steps.name(None, "score", self._result.source())
        labels = self._labels(fields["labels"], bands) if "labels" in fields else {}
        return (Score(id_, self._result.line, self._names, bands, limits, labels),)

    def _labels(self, node: Node, bands: tuple[Band, ...]) -> dict[str, Wording]:
        labels = node.mapping("labels", *(band.name for band in bands))
        return {name: to_wording(label, f"the label of {name}") for name, label in labels.items()}

    def _bands(self, node: Node) -> tuple[Band, ...]:
        return tuple(self._band(name, limits) for name, limits in node.mapping("bands").items())

    def _band(self, name: str, node: Node) -> Band:
        limits = [limit.scalar for limit in node.list("a band")]
        if len(limits) != 2 or any(isinstance(limit, bool) or not isinstance(limit, int | float) for limit in limits):  # noqa: PLR2004
            raise node.error(f"the band {name} is two numbers, the least and the most")
        least, most = (to_number(limit) for limit in limits)
        if least > most:
            raise node.error(f"the band {name} begins after its end")
        return Band(name, Decimal(least), Decimal(most))

    def _cap(self, node: Node, bands: tuple[Band, ...]) -> str:
        name = to_name(node.mapping("a rule")["cap_band"], "cap_band")
        if name not in {band.name for band in bands}:
            raise node.error(f"cap_band names no band: {name}")
        return name
