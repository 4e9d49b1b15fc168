"""Step 5: what the clauses of one message ask to be done, taken together."""

import re
from collections.abc import Sequence

from kefu.dialogue.commands import Clarify, Command, SmallTalk, SmallTalkKind, StartFlow
from kefu.dialogue.propose.clauses import Clause
from kefu.dialogue.propose.reading import Placed, Reading, overlaps
from kefu.dialogue.propose.situation import Situation
from kefu.dialogue.propose.wishes import Wish, find_wish, is_denied
from kefu.dialogue.slots import Residue, read_correction, residual
from kefu.kit.text import normalise

_SURE, _SURER = 0.75, 0.8
"""How sure a wish must be where the same words were read as well, or free text was asked for; and where they are the
answer to the open question.
"""
_AFTER_CANCEL = 0.9
_SURE_OF_ONE = 0.6
_MORE = re.compile(
    r"顺便|另外|还(?:要|想|有|得)|同时|然后|再(?:帮|给|开|改|查)|也(?:要|想|帮)|先|\b(?:also|as well|and then|another thing|first (?:get|give|send|tell|check|cancel|track))\b|\btoo$"
)
"""A second wish, and not the first one in other words."""
_SLIP = re.compile(r"[发打写说填]错|手滑|不对|\b(?:oops|my bad|i meant?|typo|sorry)\b")
_OR = re.compile(r"还是|或者?|要么|\b(?:either|or)\b")


def find_wishes(
    clauses: Sequence[Clause], said: Placed, reading: Reading, situation: Situation, *, has_cancelled: bool
) -> dict[Clause, Command | None]:
    """The wish of each clause that has one. None for a clause whose wish gives way to another one.

    ``has_cancelled``: the message takes something back too; what it says about that (就寄原来的) is no new wish.
    """
    found = {}
    for clause in clauses:
        command = _find(clause, said, reading, situation)
        if command is not None and (not has_cancelled or command.probability >= _AFTER_CANCEL):
            found[clause] = command
    return _settle(found, said, situation)


def has_wish(clauses: Sequence[Clause], situation: Situation) -> bool:
    """Whether one of these clauses alone surely asks for a flow that is not open."""
    return any(
        wish is not None and isinstance(wish.action, StartFlow) and wish.probability >= _SURE_OF_ONE
        for wish in (_classify(clause.text, situation, is_question=clause.is_question) for clause in clauses)
    )


def is_wish_of_open(clause: Clause, situation: Situation) -> bool:
    """Whether a clause asks for what the uppermost flow does ("cancel it", while an order is cancelled)."""
    wish = _classify(clause.text, situation, is_question=False) if situation.open_flows else None
    return wish is not None and wish.action == StartFlow(situation.open_flows[0].name)


def takes_back(text: str) -> bool:
    """Whether a message of a turn corrects the one before it (发错了, oops)."""
    return _SLIP.search(text) is not None


def leftover(clause: Clause, said: Placed, reading: Reading) -> list[Residue]:
    """What a clause says beside the words that were read."""
    left = residual(said.text, reading.consumed)
    return [one for one in left if one.start < clause.span.end and clause.span.start < one.end]


def _find(clause: Clause, said: Placed, reading: Reading, situation: Situation) -> Command | None:
    is_read = reading.covers((clause.span.start, clause.span.end))
    is_corrected = is_read and read_correction(said.text) is not None
    if is_read and (situation.is_strict or is_corrected or not leftover(clause, said, reading)):
        return None
    text = clause.text
    if is_denied(text):
        correction = read_correction(normalise(text))
        if correction is None or correction.wrong is None:
            return None if is_read or situation.is_busy else _as_courtesy(clause)
        text = text[correction.right[0] : correction.right[1]]
    wish = _either(text, situation) or _classify(text, situation, is_question=clause.is_question)
    if wish is None:
        return None
    is_new = isinstance(wish.action, StartFlow) and not situation.is_open(wish.action.flow)
    enough = _SURER if is_read and _is_answer(clause, reading) else _SURE
    if (is_read or situation.asks_text) and not (is_new and wish.probability >= enough):
        return None
    return Command(wish.action, "classifier", "intent", clause.span, wish.probability)


def _is_answer(clause: Clause, reading: Reading) -> bool:
    """Whether the open question was answered by words of a clause, and not only a slot was named."""
    return any(
        command.source == "question" and overlaps(place, [(clause.span.start, clause.span.end)])
        for command, place in zip(reading.commands, reading.consumed, strict=True)
    )


def _either(text: str, situation: Situation) -> Wish | None:
    """Two flows of which one is to be done (退还是换都行): ask which."""
    parts = [part for part in _OR.split(text) if part.strip()]
    if len(parts) < 2:  # noqa: PLR2004 - one thing, or another
        return None
    wishes = [_classify(part, situation, is_question=False) for part in parts]
    flows = [wish.action.flow for wish in wishes if wish is not None and isinstance(wish.action, StartFlow)]
    return Wish(Clarify(tuple(dict.fromkeys(flows))), 1.0) if len(set(flows)) > 1 else None


def _classify(text: str, situation: Situation, *, is_question: bool) -> Wish | None:
    if situation.classifier is None:
        return None
    return find_wish(text, situation.flows, situation.classifier, is_question=is_question)


def _as_courtesy(clause: Clause) -> Command:
    """What is not wanted is heard, and no question."""
    return Command(SmallTalk(SmallTalkKind.ACKNOWLEDGED), "rule", "denied_wish", clause.span, 1.0)


def _settle(found: dict[Clause, Command], said: Placed, situation: Situation) -> dict[Clause, Command | None]:
    """One wish of a message, unless it says that there are more: clauses that tell why are like other wishes."""
    starts = {clause: one for clause, one in found.items() if isinstance(one.action, StartFlow)}
    unclear = [clause for clause, one in found.items() if isinstance(one.action, Clarify)]
    settled: dict[Clause, Command | None] = dict(found)
    flows = {one.action for one in starts.values()}
    either = next((clause for clause in unclear if found[clause].probability == 1.0), None)
    if either is not None:
        return {clause: one if clause is either else None for clause, one in found.items()}
    if len(flows) > 1 or (flows and unclear):
        whole = _classify(said.text.text, situation, is_question=False)
        meant = whole.action if whole is not None and whole.action in flows else None
        best = meant or max(starts.values(), key=lambda one: one.probability).action
        for clause, one in found.items():
            if one.action != best and (clause in unclear or (clause in starts and not _MORE.search(clause.text))):
                settled[clause] = None
    for clause in unclear[1:]:
        settled[clause] = None
    return settled
