"""What can be wrong with the steps of a flow: names that are not known where they are read, tools, ends, offers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from kefu.dialogue.flows.definition import (
    DECLINED,
    HANDOFF,
    OTHER,
    UNKNOWN_OUTCOME,
    Argument,
    AskAgain,
    Call,
    Collect,
    End,
    Flow,
    ForEach,
    Handoff,
    Offer,
    Review,
    Say,
    Score,
    Step,
    When,
)
from kefu.dialogue.flows.expr import Expression
from kefu.dialogue.flows.findings import Catalogue, Report
from kefu.dialogue.flows.port import ToolFacts
from kefu.dialogue.flows.scope import SPECIAL
from kefu.dialogue.flows.templates import fields_of
from kefu.kit.jsonvalue import as_list, as_object


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known at one place: facts with the names in them (None: any), and whether the answers were reviewed."""

    facts: Mapping[str, frozenset[str] | None]
    is_reviewed: bool = False

    def adding(self, name: str, inside: frozenset[str] | None) -> "_Known":
        return replace(self, facts={**self.facts, name: inside}) if name else self


class StepLint:
    """Checks the steps of one flow. ``flows`` are the names of all."""

    def __init__(self, flow: Flow, report: Report, *, catalogue: Catalogue, flows: frozenset[str]) -> None:
        self._flow = flow
        self._report = report
        self._catalogue = catalogue
        self._flows = flows
        self._later: dict[str, frozenset[str] | None] = {}
        """Every fact that some step makes: what a slot's own expressions may read."""

    def check(self) -> None:
        self._list(self._flow.steps, _Known({}))
        for spec in self._flow.slots.values():
            known = _Known({**self._later})
            if spec.when is not None:
                self._expression(spec.when, known, spec.line)
            if spec.choices is not None:
                self._arguments(spec.choices.tool, spec.choices.arguments, known, spec.line)
                facts = self._tool(spec.choices.tool, spec.line)
                if facts is not None and facts.effect != "read":
                    self._report.error(spec.line, "choices_write", f"{facts.name} writes; choices come from a read")
            for path in fields_of(f"{spec.ask.zh} {spec.ask.en}") if spec.ask is not None else ():
                self._path(tuple(path.split(".")), known, spec.line)

    def _list(self, steps: tuple[Step, ...], known: _Known) -> bool:
        """Check steps in order; whether the flow has ended after them."""
        has_ended = False
        for step in steps:
            if has_ended:
                self._report.error(step.line, "unreachable_step", "the steps before it end the flow")
                break
            known, has_ended = self._step(step, known)
        return has_ended

    def _step(self, step: Step, known: _Known) -> tuple[_Known, bool]:
        match step:
            case Call():
                return self._call(step, known), False
            case When(condition=condition, do=do, otherwise=otherwise):
                self._expression(condition, known, step.line)
                ends = [self._list(branch, known) for branch in (do, otherwise)]
                return known, all(ends)
            case ForEach():
                self._for_each(step, known)
            case Review(slots=slots):
                self._slots(slots, step.line)
                return replace(known, is_reviewed=True), False
            case Score(caps=caps):
                for condition, _ in caps:
                    self._expression(condition, known, step.line)
                return self._note(known, "score").adding("band", None).adding("band_label", None), False
            case Collect(slots=slots):
                self._slots(slots, step.line)
            case _:
                return known, self._speaking(step, known)
        return known, False

    def _speaking(self, step: Step, known: _Known) -> bool:
        match step:
            case Say():
                self._say(step, known)
                if step.card is not None:
                    self._expression(step.card, known, step.line)
            case AskAgain(slots=slots, say=say):
                self._slots(slots, step.line)
                if say is not None:
                    self._say(say, known)
                return True
            case Offer(target=target):
                if target == self._flow.name:
                    self._report.error(step.line, "cyclic_offer", "the flow offers itself")
                elif target not in {HANDOFF, *self._flows}:
                    self._report.error(step.line, "unknown_flow", f"there is no flow {target}")
        return isinstance(step, End | Handoff)

    def _for_each(self, step: ForEach, known: _Known) -> None:
        self._expression(step.over, known, step.line)
        inner = known.adding(step.name, None)
        self._expression(step.key, inner, step.line)
        self._later[step.name] = None
        self._list(step.do, inner)

    def _call(self, step: Call, known: _Known) -> _Known:
        facts = self._tool(step.tool, step.line)
        self._arguments(step.tool, step.arguments, known, step.line)
        if facts is not None and facts.effect == "write":
            self._check_write(step, facts, known)
        codes = {UNKNOWN_OUTCOME, DECLINED, OTHER, *(facts.codes if facts is not None else ())}
        for code, branch in step.on_error.items():
            if facts is not None and facts.codes and code not in codes:
                self._report.warn(step.line, "unknown_code", f"{step.tool} does not declare the failure {code}")
            self._list(branch, known)
        inside = frozenset(facts.facts) if facts is not None and facts.facts else None
        return self._note(known, step.name, inside)

    def _note(self, known: _Known, name: str, inside: frozenset[str] | None = None) -> _Known:
        if name and name in self._flow.slots:
            self._report.error(self._flow.slots[name].line, "name_taken", f"{name} is both a slot and a fact")
        self._later[name] = inside
        return known.adding(name, inside)

    def _check_write(self, step: Call, facts: ToolFacts, known: _Known) -> None:
        if not facts.needs_confirmation and not known.is_reviewed:
            message = f"{step.tool} writes, and neither its gate nor a review before it asks the customer"
            self._report.error(step.line, "write_without_confirmation", message)
        if self._flow.mode.is_strict and not known.is_reviewed:
            self._report.error(step.line, "review_missing", f"a strict flow reviews all answers before {step.tool}")

    def _tool(self, tool: str, line: int) -> ToolFacts | None:
        tools = self._catalogue.tools
        if tools is None:
            return None
        if tool not in tools:
            self._report.error(line, "unknown_tool", f"there is no tool {tool}")
        return tools.get(tool)

    def _arguments(self, tool: str, arguments: Mapping[str, Argument], known: _Known, line: int) -> None:
        for argument in arguments.values():
            if argument.expression is not None:
                self._expression(argument.expression, known, line)
        facts = (self._catalogue.tools or {}).get(tool)
        if facts is None or "properties" not in facts.arguments:
            return
        allowed = as_object(facts.arguments["properties"])
        for name in arguments:
            if name not in allowed:
                self._report.error(line, "unknown_argument", f"{tool} has no argument {name}")
        for needed in as_list(facts.arguments.get("required", [])):
            if needed not in arguments:
                self._report.error(line, "missing_argument", f"{tool} needs the argument {needed}")

    def _say(self, step: Say, known: _Known) -> None:
        for path in step.facts:
            self._path(tuple(path.split(".")), known, step.line)
        wording = step.text or self._flow.texts.get(step.key)
        if wording is None:
            self._text(step)
            return
        for path in dict.fromkeys(fields_of(f"{wording.zh} {wording.en}")):
            parts = tuple(path.split("."))
            self._path(parts, known, step.line)
            if step.text is not None and parts[0] in known.facts and path not in step.facts:
                self._report.error(step.line, "fact_not_declared", f"{path} is shown, but is not in facts")

    def _text(self, step: Say) -> None:
        texts = self._catalogue.texts
        if texts is None:
            self._report.warn(step.line, "unknown_text", f"{step.key} is not in texts")
        elif step.key not in texts:
            self._report.error(step.line, "unknown_text", f"there is no text {step.key}")

    def _slots(self, names: Iterable[str], line: int) -> None:
        for name in names:
            if name not in self._flow.slots:
                self._report.error(line, "unknown_slot", f"there is no slot {name}")

    def _expression(self, expression: Expression, known: _Known, line: int) -> None:
        for path in sorted(expression.paths):
            self._path(path, known, line)

    def _path(self, path: tuple[str, ...], known: _Known, line: int) -> None:
        name, inner = path[0], path[1] if len(path) > 1 else ""
        if name in known.facts:
            inside = known.facts[name]
            if inner and inside is not None and inner not in inside:
                self._report.error(line, "unknown_fact", f"{name} has no fact {inner}")
        elif name == "policy":
            if self._catalogue.policy is not None and inner not in self._catalogue.policy:
                self._report.error(line, "unknown_policy", f"there is no policy value {inner}")
        elif name == "all" and not self._flow.questions:
            self._report.error(line, "unknown_name", "`all` is for questionnaires")
        elif name not in SPECIAL and name not in self._flow.slots:
            self._report.error(line, "unknown_name", f"{name} is neither a slot nor a fact that is known here")
