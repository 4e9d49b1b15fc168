"""One or several of the customer's own things, or members of an enum: 第二个, 红色那双, 除了第二件都退, all but the red one."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kefu.dialogue.slots.choice_names import Named, find_named
from kefu.dialogue.slots.choice_words import (
    Pointed,
    find_all,
    find_any,
    find_except,
    find_none,
    find_pointed,
    find_rest,
)
from kefu.dialogue.slots.hearing import Hearing
from kefu.dialogue.slots.types import CLEAR, GUESS, LIKELY, VAGUE, Choice, Hit, SlotContext, SlotType

_NOT_BEFORE = re.compile(
    r"(?:没有?|并?非|(?<![能要是好会行])不(?:是|要|想要?|想退|想换|退|换|买|选|用|需要|太|很|怎么)?|别(?:退|换|动|选)?|(?<!就)保留|留下?|去掉|去除"
    r"|除了?|除去|\bexcept(?: for)?|\bapart from|\bother than|\bnot(?: want| return| cancel| the)*|n't(?: want| need| like| return| cancel| be)*|\bno|\bkeep(?:ing)?|\bwithout|\bminus|\bremove)"
    r"(?:the|that|this|a|an|any|那|这|\s|[双件个款条只])*$"
)
_NOT_AFTER = re.compile(
    r"(?:的)?(?:那|这)?[双件个款条只笔]?(?:的)?\s*(?:[我就先]*(?:不(?:要(?!了)|退(?!了)|换|用|选|买(?!了)|动|想要(?!了)|需要(?!了))|留(?:着|下|给)|保留|除外|就算了)"
    r"|(?:one|1)?\s*(?:stays\b|i(?:'ll| will) keep))"
)
_FINE_AFTER = re.compile(r"\s*(?:one|1)?\s*is (?:fine|ok(?:ay)?)\b")
"""Of several things, one that is fine is not what is sent back; of ways to pay, it is the one that is meant."""
_NOT_THE_REST = re.compile(
    r"[,，\s]*(?:其(?:他|它|余)的?|别的|剩下的|我)*(?:都|全)?(?:不|别)(?:要|退|换|买|用|需要|想)"
)
_AROUND_BEFORE = re.compile(r"(?:\b(?:the|that|this|those|these)\s+|[那这]1?[双件个款条只笔]?的?)$")
_AROUND_AFTER = re.compile(
    r"\s+(?:one|1|ones|pairs?|items?)\b|子?(?:颜?色)?(?:号|码)?的?(?P<one>[那这]1?[双件个款条只笔张份]?|1[双件个款条只笔张份])?"
)
_ONE_BEHIND = re.compile(r"\s+(?:one|1|pair|item)\b")
_ALL_AFTER = re.compile(r"[^,，。;；]{0,6}(?:都|全)")
_ALL_BEFORE = re.compile(r"(?:所有|全部|every|all(?: of)?(?: the)?|both(?: of)?(?: the)?)[^,，。;；]{0,8}$")
_REACH = 22
_MOST_ALTERNATIVES = 4


@dataclass(frozen=True, slots=True)
class _Mention:
    start: int
    end: int
    ids: tuple[str, ...]
    probability: float
    rule: str
    is_denied: bool
    is_one_of: bool
    """Whether only one of ``ids`` is meant: they are alike."""
    is_singular: bool = False
    """Whether its words say that it is one thing (那双, the red one)."""


def read_choice(hearing: Hearing, slot: SlotType, context: SlotContext, *, is_expected: bool) -> Iterator[Hit]:
    """Values: an id. Choices that are equally likely are all found."""
    text = hearing.digits.text
    mentions = _mentions(hearing, slot, context, is_expected=is_expected)
    meant = [one for one in mentions if not one.is_denied]
    for mention in meant:
        for choice_id in mention.ids:
            probability = mention.probability if len(meant) == 1 else min(mention.probability, LIKELY)
            yield Hit(choice_id, mention.start, mention.end, probability, f"choice_{mention.rule}")
    denied = {choice_id for one in mentions if one.is_denied for choice_id in one.ids}
    left = [choice.id for choice in slot.choices if choice.id not in denied]
    if is_expected and not meant and denied and len(left) == 1 and slot.kind != "enum":
        yield Hit(left[0], mentions[0].start, mentions[-1].end, GUESS, "choice_the_other")
    rest = find_rest(text)
    if is_expected and not mentions and rest and context.taken:
        left = [choice.id for choice in slot.choices if choice.id not in context.taken]
        if len(left) == 1:
            yield Hit(left[0], *rest.span(), LIKELY, "choice_rest")


def read_choices(hearing: Hearing, slot: SlotType, context: SlotContext, *, is_expected: bool) -> Iterator[Hit]:
    """Values: a list of ids in the order of the slot's choices."""
    text = hearing.digits.text
    mentions = _mentions(hearing, slot, context, is_expected=is_expected)
    may_sum = is_expected or bool(context.shown)
    excepted = find_except(text) if may_sum else None
    if excepted is not None:
        phrase, (start, end) = excepted
        out = [one for one in mentions if start <= one.start and one.end <= end + 1]
        if out:
            yield from _excepted(text, slot, out, phrase)
            return
    denied = [one for one in mentions if one.is_denied]
    meant = [one for one in mentions if not one.is_denied]
    rest, every = find_rest(text), find_all(text)
    if may_sum and denied and not meant and (rest or every):
        spans = [(denied[0].start, denied[-1].end), *(match.span() for match in (rest, every) if match)]
        whole = min(one[0] for one in spans), max(one[1] for one in spans)
        yield from _without(slot, denied, whole, "choices_rest")
    elif meant:
        yield from _selected(text, slot, meant)
    elif may_sum:
        yield from _summed(text, slot, context, denied)


def _excepted(text: str, slot: SlotType, out: list[_Mention], phrase: re.Match[str]) -> Iterator[Hit]:
    """All but these; after 除了A都不退 only these."""
    only = _NOT_THE_REST.match(text, phrase.end())
    if only:
        ids = [choice.id for choice in slot.choices if any(choice.id in one.ids for one in out)]
        yield Hit([*ids], phrase.start(), only.end(), LIKELY, "choices_only")
        return
    span = phrase.start(), max(phrase.end(), _end_of_all(text, phrase.end()))
    yield from _without(slot, out, span, "choices_except")


def _summed(text: str, slot: SlotType, context: SlotContext, denied: list[_Mention]) -> Iterator[Hit]:
    """No choice is named but those that are not meant: all, none, the rest."""
    ids = [choice.id for choice in slot.choices]
    none, rest, every = find_none(text), find_rest(text), find_all(text)
    if denied:
        yield from _without(slot, denied, (denied[0].start, denied[-1].end), "choices_not", probability=VAGUE)
    elif none:
        yield Hit([], *none.span(), LIKELY, "choices_none")
    elif rest and context.taken:
        left = [one for one in ids if one not in context.taken]
        yield Hit([*left], rest.start(), max(rest.end(), every.end() if every else 0), CLEAR, "choices_rest")
    elif every and not find_any(text) and ids:
        count = 2 if (every["en"] or "").startswith("both") else int(every["n"] or every["count"] or len(ids))
        if count == len(ids):  # 两双都要 of five things: which two is not said
            yield Hit([*ids], *every.span(), CLEAR, "choices_all")


def _selected(text: str, slot: SlotType, meant: list[_Mention]) -> Iterator[Hit]:
    start, end = min(one.start for one in meant), max(one.end for one in meant)
    probability = min(one.probability for one in meant)
    rule = f"choices_{meant[0].rule}"
    sets: list[list[str]] = [[]]
    for one in meant:
        is_plural = _ALL_AFTER.match(text, one.end) or _ALL_BEFORE.search(text, max(0, one.start - _REACH), one.start)
        if one.is_one_of and not is_plural:
            sets = [[*chosen, choice_id] for chosen in sets for choice_id in one.ids][:_MOST_ALTERNATIVES]
        else:
            sets = [[*chosen, *one.ids] for chosen in sets]
            probability = max(probability, LIKELY) if one.is_one_of else probability
    for chosen in sets:
        yield Hit([choice.id for choice in slot.choices if choice.id in chosen], start, end, probability, rule)


def _without(
    slot: SlotType, out: Sequence[_Mention], span: tuple[int, int], rule: str, *, probability: float = CLEAR
) -> Iterator[Hit]:
    is_clear = all(not one.is_one_of or not one.is_singular for one in out)
    gone: list[tuple[str, ...]] = [tuple(choice_id for one in out for choice_id in one.ids)]
    if not is_clear and len(out) == 1:
        gone.clear()
        gone.extend((choice_id,) for choice_id in out[0].ids[:_MOST_ALTERNATIVES])
    for ids in gone:
        left = [choice.id for choice in slot.choices if choice.id not in ids]
        yield Hit([*left], *span, probability if is_clear else min(probability, GUESS), rule)


def _end_of_all(text: str, place: int) -> int:
    every = find_all(text[place : place + _REACH])
    return place + every.end() if every else place


def _mentions(hearing: Hearing, slot: SlotType, context: SlotContext, *, is_expected: bool) -> list[_Mention]:
    """Names first; what points by place is read against the order in which the choices were shown."""
    text = hearing.digits.text
    named = find_named(text, slot.choices, is_expected=is_expected)
    order = _order(slot, context)
    pointed: list[Pointed] = []
    if is_expected or context.shown:
        pointed = find_pointed(text, list(hearing.cores()), is_expected=is_expected, count=len(order))
    is_several = slot.kind == "choices"
    found: list[_Mention] = [_of_pointed(text, one, order, is_several=is_several) for one in pointed]
    for one in named:
        overlapping = [other for other in found if one.start < other.end and other.start < one.end]
        if overlapping and one.rule != "name":
            continue
        found = [other for other in found if other not in overlapping]
        found.append(_of_named(text, one, is_several=is_several))
    return sorted(found, key=lambda one: one.start)


def _order(slot: SlotType, context: SlotContext) -> list[Choice]:
    known = {choice.id for choice in slot.choices}
    shown = [choice for choice in context.shown if choice.id in known]
    return shown or list(slot.choices)


def _of_pointed(text: str, one: Pointed, order: list[Choice], *, is_several: bool) -> _Mention:
    ids = tuple(order[place].id for place in one.places)
    return _Mention(
        one.start,
        one.end,
        ids,
        one.probability,
        one.rule,
        _is_denied(text, one.start, one.end, is_several=is_several),
        is_one_of=False,
    )


def _of_named(text: str, one: Named, *, is_several: bool) -> _Mention:
    before = _AROUND_BEFORE.search(text, max(0, one.start - _REACH), one.start)
    after = _AROUND_AFTER.match(text, one.end)
    start, end = before.start() if before else one.start, after.end() if after else one.end
    return _Mention(
        start,
        end,
        one.ids,
        one.probability,
        one.rule,
        _is_denied(text, start, end, is_several=is_several),
        is_one_of=len(one.ids) > 1,
        is_singular=bool(
            (after and after["one"]) or (before and before.group()[0] in "那这") or _ONE_BEHIND.match(text, one.end)
        ),
    )


def _is_denied(text: str, start: int, end: int, *, is_several: bool) -> bool:
    if is_several and _FINE_AFTER.match(text, end):
        return True
    before = _NOT_BEFORE.search(text, max(0, start - _REACH), start)
    return before is not None or _NOT_AFTER.match(text, end) is not None
