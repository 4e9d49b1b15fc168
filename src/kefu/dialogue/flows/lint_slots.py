"""What can be wrong with the slots, texts and examples of a flow."""

import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

from kefu.dialogue.flows.definition import (
    LANGUAGES,
    Call,
    Collect,
    Flow,
    ForEach,
    Offer,
    Say,
    Score,
    SlotSpec,
    When,
    Wording,
    walk,
)
from kefu.dialogue.flows.expr import Expression
from kefu.dialogue.flows.findings import Report
from kefu.dialogue.flows.functions import FUNCTIONS
from kefu.dialogue.flows.scope import SPECIAL
from kefu.dialogue.flows.slot_types import CHOSEN, DATED
from kefu.dialogue.flows.templates import fields_of


def check_wordings(flow: Flow, report: Report) -> None:
    """Every text is there in both languages."""
    for line, what, wording in _wordings(flow):
        for language in LANGUAGES:
            if not wording.get(language):
                report.error(line, "missing_language", f"{what} has no {language}")
    for spec in flow.slots.values():
        for option in spec.values:
            for language in LANGUAGES:
                if not option.words.get(language):
                    report.error(
                        spec.line, "missing_language", f"the value {option.value} of {spec.name} has no {language}"
                    )


def _wordings(flow: Flow) -> Iterator[tuple[int, str, Wording]]:
    yield 1, "the title", flow.title
    if flow.cancel is not None:
        yield 1, "cancel", flow.cancel
    for key, text in flow.texts.items():
        yield 1, f"the text {key}", text
    for spec in flow.slots.values():
        if spec.ask is not None:
            yield spec.line, f"the question of {spec.name}", spec.ask
        if spec.skip is not None:
            yield spec.line, f"skip of {spec.name}", spec.skip
    for step in walk(flow.steps):
        if isinstance(step, Say) and step.text is not None:
            yield step.line, "say", step.text
        if isinstance(step, Offer) and step.ask is not None:
            yield step.line, "offer", step.ask
        if isinstance(step, Score):
            yield from ((step.line, f"the label of {name}", label) for name, label in step.labels.items())


def check_examples(flow: Flow, report: Report) -> None:
    """Examples are there in both languages, and none is also an example of what does not start the flow."""
    for language in LANGUAGES:
        examples = {_plain(text) for text in flow.start.examples.get(language, ())}
        if flow.start.examples and not examples:
            report.warn(1, "missing_examples", f"there are no examples in {language}")
        for text in flow.start.not_examples.get(language, ()):
            if _plain(text) in examples:
                report.error(1, "example_conflict", f"«{text}» is both an example and none")


def _plain(text: str) -> str:
    return "".join(text.casefold().split()).rstrip(".!?。！？")


def check_slots(flow: Flow, report: Report, *, types: frozenset[str]) -> None:
    read = names_read(flow)
    loops = {step.name for step in walk(flow.steps) if isinstance(step, ForEach)}
    for spec in flow.slots.values():
        _check_kind(spec, report, types)
        _check_values(spec, report)
        if spec.name in FUNCTIONS or spec.name in SPECIAL:
            report.error(spec.line, "name_taken", f"{spec.name} is a name of its own in expressions")
        if spec.per and spec.per not in loops:
            report.error(spec.line, "unknown_loop", f"{spec.name} is asked per {spec.per}, which no for_each has")
        if spec.name not in read:
            report.warn(spec.line, "slot_unused", f"{spec.name} is never collected nor read")
        if spec.skip is not None and flow.mode.skip == "deny":
            report.warn(spec.line, "skip_denied", f"{spec.name} has a skip, which the mode denies")
        if _needs_itself(flow, spec):
            report.error(spec.line, "slot_cycle", f"{spec.name} needs itself to be asked")


def _check_kind(spec: SlotSpec, report: Report, types: frozenset[str]) -> None:
    if spec.type not in types:
        report.error(
            spec.line, "unknown_type", f"{spec.name} has the type {spec.type}; known are {', '.join(sorted(types))}"
        )
    if spec.ask is None:
        report.error(spec.line, "ask_missing", f"{spec.name} has no question")
    if spec.choices is not None and spec.type not in CHOSEN:
        report.error(spec.line, "choices_unfit", f"{spec.name} has choices, but the type {spec.type}")
    if spec.choices is None and spec.type in {"choice", "choices"}:
        report.error(spec.line, "choices_missing", f"{spec.name} has no choices")
    if spec.direction != "any" and spec.type not in DATED:
        report.error(spec.line, "bad_direction", f"{spec.name} has a direction, but the type {spec.type}")
    if spec.minimum is not None and spec.maximum is not None and spec.minimum > spec.maximum:
        report.error(spec.line, "bad_limits", f"min of {spec.name} is above its max")
    try:
        re.compile(spec.pattern or "")
    except re.error as error:
        report.error(spec.line, "bad_pattern", f"the pattern of {spec.name} is no regular expression: {error}")


def _check_values(spec: SlotSpec, report: Report) -> None:
    if (spec.type == "enum") != bool(spec.values):
        report.error(spec.line, "bad_enum", f"{spec.name}: values and the type enum belong together")
    for value, count in Counter(option.value for option in spec.values).items():
        if count > 1:
            report.error(spec.line, "bad_enum", f"{spec.name} has the value {value} twice")
    words = Counter(
        _plain(word) for option in spec.values for word in {w for texts in option.words.values() for w in texts}
    )
    for word, count in words.items():
        if count > 1:
            report.error(spec.line, "bad_enum", f"two values of {spec.name} have the word «{word}»")
    if spec.parse is not None:
        known = {option.value for option in spec.values}
        for _, option in spec.parse.limits:
            if option not in known:
                report.error(spec.line, "bad_enum", f"parse of {spec.name} names no option: {option}")


def check_score(flow: Flow, report: Report) -> None:
    """Every answer has points, and every sum is in one band."""
    for step in walk(flow.steps):
        if not isinstance(step, Score):
            continue
        least = most = Decimal(0)
        for name in step.slots:
            spec = flow.slots[name]
            points = [o.score for o in spec.values] if spec.values else [spec.scores.get(a) for a in ("yes", "no")]
            known = [point for point in points if point is not None]
            if len(known) != len(points):
                report.error(spec.line, "score_missing", f"an answer of {name} has no score")
            least += min(known, default=Decimal(0))
            most += max(known, default=Decimal(0))
        bands = sorted(step.bands, key=lambda band: band.least)
        for below, above in pairwise(bands):
            if above.least <= below.most:
                report.error(step.line, "band_overlap", f"{below.name} and {above.name} overlap")
            elif above.least > below.most + 1:
                report.error(step.line, "band_gap", f"no band is between {below.name} and {above.name}")
        if bands and (bands[0].least > least or bands[-1].most < most):
            report.error(step.line, "band_gap", f"sums go from {least} to {most}; the bands do not hold them all")


def names_read(flow: Flow) -> frozenset[str]:
    """Every name that steps, slots and texts of the flow read or collect."""
    names: set[str] = set()
    for expression in _expressions(flow):
        names |= expression.names
    for _, _, wording in _wordings(flow):
        names |= {path.partition(".")[0] for text in (wording.zh, wording.en) for path in fields_of(text)}
    for step in walk(flow.steps):
        match step:
            case Collect(slots=slots) | Score(slots=slots):
                names |= set(slots)
            case Say(facts=facts):
                names |= {path.partition(".")[0] for path in facts}
    return frozenset(names | (set(flow.questions) if "all" in names else set()))


def _expressions(flow: Flow) -> Iterator[Expression]:
    for spec in flow.slots.values():
        yield from _of_slot(spec)
    for step in walk(flow.steps):
        match step:
            case Call(arguments=arguments):
                yield from (argument.expression for argument in arguments.values() if argument.expression)
            case When(condition=condition):
                yield condition
            case Say(card=Expression() as card):
                yield card
            case ForEach(over=over, key=key):
                yield from (over, key)
            case Score(caps=caps):
                yield from (condition for condition, _ in caps)


def _of_slot(spec: SlotSpec) -> Iterator[Expression]:
    """What must be known before a slot can be asked."""
    if spec.when is not None:
        yield spec.when
    if spec.choices is not None:
        yield from (argument.expression for argument in spec.choices.arguments.values() if argument.expression)
        if spec.choices.where is not None:
            yield spec.choices.where


def _needs_itself(flow: Flow, spec: SlotSpec) -> bool:
    seen: set[str] = set()
    waiting = [spec]
    while waiting:
        for expression in _of_slot(waiting.pop()):
            for name in expression.names & set(flow.slots):
                if name == spec.name:
                    return True
                if name not in seen:
                    seen.add(name)
                    waiting.append(flow.slots[name])
    return False
