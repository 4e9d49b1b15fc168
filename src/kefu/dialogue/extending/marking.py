"""Words that plugins understand: values for slots of their types, and personal data that is masked."""

import asyncio
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import TypeVar

import orjson

from kefu.dialogue.context import TurnContext
from kefu.dialogue.extending.extensions import Asking, Enabled
from kefu.dialogue.hearing import Heard
from kefu.dialogue.slots import Mark
from kefu.domain.conversation import Author
from kefu.domain.trace import Stage
from kefu.plugins.isolation import PluginCrashedError, PluginFailure
from kefu.plugins.reading import Marked, Recognised, Recogniser, SlotType

_STAGE = Stage.RECOGNISE
_Found = TypeVar("_Found", Recognised, Marked)
_MOST_MARKS = 100
"""Of one call."""
_MOST_BYTES = 4_096
"""Of one value."""
_LONGEST_DISPLAY = 200
_PAST_TEXTS = 20
"""Earlier messages of the customer that are searched for personal data before a model may see them."""


@dataclass(frozen=True, slots=True)
class Marks:
    """What was found in the messages of a turn. ``personal``: words that are masked, the longest first, with their kind."""

    slots: tuple[Mark, ...] = ()
    personal: tuple[tuple[str, str], ...] = ()
    is_complete: bool = True
    """Whether all that look for personal words have answered: if not, no model sees the customer's words."""

    def mask(self, text: str) -> str:
        """The text with personal words replaced by their kind in brackets."""
        for words, kind in self.personal:
            text = text.replace(words, f"[{kind}]")
        return text

    def mask_past(self, context: TurnContext) -> TurnContext:
        """The turn without personal words in what was said before."""
        if not self.personal:
            return context
        history = tuple(replace(one, text=self.mask(one.text)) for one in context.history)
        return replace(context, history=history)


@dataclass(frozen=True, slots=True)
class _Recognition:
    """``marked``: (text, mark) in this turn's messages; ``personal``: (words, kind), in earlier messages too."""

    marked: Sequence[tuple[str, Marked]] = ()
    personal: Sequence[tuple[str, str]] = ()
    is_complete: bool = True


async def find_marks(
    asking: Asking, heard: Heard, context: TurnContext, *, types: Collection[str], asked: str
) -> Marks:
    """Ask the plugins about this turn's messages. ``types`` are those that flows use, ``asked`` that of the open question."""
    texts = tuple(dict.fromkeys(message.message.text for message in heard.messages if message.message.choice is None))
    past = [one.text for one in context.history if one.author is Author.VISITOR][-_PAST_TEXTS:]
    own = [(one, kind) for one in asking.enabled for kind in one.plugin.slot_types if kind.name in types]
    searches = [(one, recogniser) for one in asking.enabled for recogniser in one.plugin.recognisers]
    recognitions = await asyncio.gather(
        *(_recognise(asking, *each, texts=texts, past=past, types=types) for each in searches)
    )
    marked = list(chain.from_iterable(each.marked for each in recognitions))
    personal = dict(chain.from_iterable(each.personal for each in recognitions))
    read = await asyncio.gather(
        *(_read(asking, one, kind, texts=texts, marked=marked, is_asked=kind.name == asked) for one, kind in own)
    )
    return Marks(
        slots=tuple(chain.from_iterable(read)),
        personal=tuple(sorted(personal.items(), key=lambda pair: -len(pair[0]))),
        is_complete=all(each.is_complete for each in recognitions),
    )


async def _recognise(
    asking: Asking,
    one: Enabled,
    recogniser: Recogniser,
    *,
    texts: Sequence[str],
    past: Sequence[str],
    types: Collection[str],
) -> "_Recognition":
    is_wanted = bool(recogniser.personal) or bool(recogniser.kinds & set(types))
    searched = [*texts, *past] if recogniser.personal else list(texts)
    found: list[tuple[str, Marked]] = []
    try:
        for text in dict.fromkeys(searched if is_wanted else ()):
            marks = await asking.call(
                one, _STAGE, recogniser.name, recogniser.find, text, asking.context(one), seconds=recogniser.seconds
            )
            found += [(text, mark) for mark in _checked(marks, text, Marked) if mark.kind in recogniser.kinds]
    except PluginFailure as failure:
        if isinstance(failure, _BadAnswerError):
            asking.note(_STAGE, "refused", reason=failure.reason, one=one, part=recogniser.name)
        return _Recognition(is_complete=not recogniser.personal)
    personal = [(text[mark.start : mark.end], mark.kind) for text, mark in found if mark.kind in recogniser.personal]
    if found:
        kinds = sorted({mark.kind for _, mark in found})
        asking.note(_STAGE, "found", reason="marks", one=one, part=recogniser.name, kinds=kinds, masked=len(personal))
    return _Recognition([(text, mark) for text, mark in found if text in texts], personal)


async def _read(
    asking: Asking,
    one: Enabled,
    kind: SlotType,
    *,
    texts: Iterable[str],
    marked: Sequence[tuple[str, Marked]],
    is_asked: bool,
) -> list[Mark]:
    """Values of one type, each validated."""
    context = asking.context(one, is_asked=is_asked)
    found: list[Mark] = []
    try:
        for text in texts:
            values = [_to_recognised(mark, text) for where, mark in marked if where == text and mark.kind == kind.name]
            if kind.parse is not None:
                parsed = await asking.call(one, _STAGE, kind.name, kind.parse, text, context, seconds=kind.seconds)
                values = [*_checked(parsed, text, Recognised)]
            for value in values:
                refusal = None if kind.validate is None else await _validate(asking, one, kind, value)
                found.append(_to_mark(kind.name, value, text, refusal=refusal))
    except PluginFailure as failure:
        if isinstance(failure, _BadAnswerError):
            asking.note(_STAGE, "refused", reason=failure.reason, one=one, part=kind.name)
        return []
    if found:
        refused = sum(mark.is_refused for mark in found)
        asking.note(_STAGE, "found", reason="values", one=one, part=kind.name, values=len(found), refused=refused)
    return found


async def _validate(asking: Asking, one: Enabled, kind: SlotType, value: Recognised) -> str | None:
    """Why a value must not be taken, as the customer reads it; None when it may."""
    assert kind.validate is not None
    key = await asking.call(
        one, _STAGE, kind.name, kind.validate, value.value, asking.context(one), seconds=kind.seconds
    )
    return None if key is None else asking.text(one, str(key), value=value.display)


class _BadAnswerError(PluginCrashedError):
    """A plugin gave something that cannot be."""


def _checked(found: object, text: str, kind: type[_Found]) -> list[_Found]:
    """Raises _BadAnswerError."""
    if not isinstance(found, list | tuple) or len(found) > _MOST_MARKS:
        raise _BadAnswerError(f"it gave no list of at most {_MOST_MARKS}")
    whole: list[_Found] = []
    for one in found:
        if not isinstance(one, kind) or not _is_whole(one, text):
            raise _BadAnswerError(f"it gave a {type(one).__name__} that does not fit the text")
        whole.append(one)
    return whole


def _is_whole(one: Recognised | Marked, text: str) -> bool:
    try:
        is_small = len(orjson.dumps(one.value)) <= _MOST_BYTES and len(one.display) <= _LONGEST_DISPLAY
        return is_small and 0 <= one.start < one.end <= len(text) and 0 <= one.probability <= 1
    except (orjson.JSONEncodeError, TypeError):
        return False


def _to_recognised(mark: Marked, text: str) -> Recognised:
    words = text[mark.start : mark.end]
    value = words if mark.value is None else mark.value
    return Recognised(mark.start, mark.end, value, mark.display or words, mark.probability)


def _to_mark(kind: str, found: Recognised, text: str, *, refusal: str | None) -> Mark:
    words = text[found.start : found.end]
    display = found.display or words
    return Mark(
        type=kind,
        text=words,
        start=found.start,
        end=found.end,
        value=found.value,
        display=display,
        probability=found.probability,
        is_refused=refusal is not None,
        refusal=refusal or "",
    )
