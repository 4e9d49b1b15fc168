"""A flow as indented lines, for people who review it."""

from collections.abc import Iterator

from kefu.dialogue.flows.definition import (
    LANGUAGES,
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
    SlotSpec,
    Step,
    When,
    Wording,
)

_INDENT = "  "


def outline(flow: Flow) -> list[str]:
    """The flow's lines, without line breaks in them."""
    lines = [f"{flow.name} (version {flow.version}): {_both(flow.title)}"]
    if flow.needs.auth != "anonymous":
        lines.append(f"{_INDENT}needs a customer who is {flow.needs.auth}")
    if flow.needs.consent:
        lines.append(f"{_INDENT}needs the consent {flow.needs.consent}")
    if flow.mode.is_strict:
        lines.append(f"{_INDENT}strict: in order, {flow.mode.wording}, skip {flow.mode.skip}")
    lines.append(f"{_INDENT}is left after {flow.mode.expires}")
    lines.extend(_starts(flow))
    lines.append("asks")
    lines.extend(_INDENT + _slot(spec) for spec in flow.slots.values())
    lines.append("does")
    lines.extend(_INDENT + line for line in _steps(flow.steps))
    return lines


def _starts(flow: Flow) -> Iterator[str]:
    if flow.start.intents:
        yield f"{_INDENT}begins with {', '.join(flow.start.intents)}"
    for language in LANGUAGES:
        for text in flow.start.examples.get(language, ()):
            yield f"{_INDENT}begins with «{text}»"
        for text in flow.start.not_examples.get(language, ()):
            yield f"{_INDENT}not with «{text}»"


def _slot(spec: SlotSpec) -> str:
    parts = [f"{spec.name} ({spec.type})"]
    if spec.choices is not None:
        parts.append(
            f"one of {spec.choices.tool}" + (f" where {spec.choices.where.source}" if spec.choices.where else "")
        )
    if spec.values:
        parts.append("one of " + ", ".join(option.value for option in spec.values))
    if spec.when is not None:
        parts.append(f"only when {spec.when.source}")
    if spec.skip is not None:
        parts.append("may be left out")
    return ", ".join(parts) + (f": {_both(spec.ask)}" if spec.ask is not None else "")


def _steps(steps: tuple[Step, ...]) -> Iterator[str]:
    for step in steps:
        yield from _step(step)


def _step(step: Step) -> Iterator[str]:
    match step:
        case Call(tool=tool, name=name, on_error=on_error):
            yield f"call {tool}" + (f" as {name}" if name else "")
            for code, branch in on_error.items():
                yield f"{_INDENT}on {code}"
                yield from (_INDENT * 2 + line for line in _steps(branch))
        case When(condition=condition, do=do, otherwise=otherwise):
            yield f"when {condition.source}"
            yield from (_INDENT + line for line in _steps(do))
            if otherwise:
                yield "else"
                yield from (_INDENT + line for line in _steps(otherwise))
        case ForEach(over=over, name=name, do=do):
            yield f"for each {name} of {over.source}"
            yield from (_INDENT + line for line in _steps(do))
        case _:
            yield _line(step)


def _line(step: Step) -> str:
    match step:
        case Collect(slots=slots):
            return f"collect {', '.join(slots)}"
        case Say(text=text, key=key, cite=cite):
            return f"say {_both(text) if text is not None else key}" + (f" citing {cite}" if cite else "")
        case Offer(target=target):
            return f"offer {target}"
        case Handoff(detail=detail):
            return f"hand off: {detail}"
        case End(outcome=outcome):
            return f"end: {outcome}"
        case _:
            return _questionnaire(step)


def _questionnaire(step: Step) -> str:
    match step:
        case Review(slots=slots):
            return f"review {', '.join(slots)}"
        case AskAgain(slots=slots):
            return f"ask again {', '.join(slots)}"
        case Score(slots=slots, bands=bands):
            shown = ", ".join(f"{band.name} {band.least}–{band.most}" for band in bands)
            return f"score {', '.join(slots)}" + (f": {shown}" if shown else "")
    raise AssertionError(step)


def _both(wording: Wording) -> str:
    return f"{' '.join(wording.zh.split())} / {' '.join(wording.en.split())}"
