"""Step 5: words of correction after a flow has written something: they mean what was submitted, not a new wish."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from kefu.dialogue.commands import Amend, Cancel, Command, SetSlot, StartFlow
from kefu.dialogue.propose.clauses import Clause
from kefu.dialogue.propose.mentions import read_mentions
from kefu.dialogue.propose.reading import Placed
from kefu.dialogue.propose.rules import RuleProposer
from kefu.dialogue.propose.situation import Situation
from kefu.dialogue.propose.wished import takes_back
from kefu.dialogue.slots import read_correction

_NAMES_A_CHANGE = frozenset({"change_to", "from_to", "slip", "not_but", "no_is", "make_it"})
"""Cues of correction that say so even where the new value cannot be read."""
_UNDONE = re.compile(r"取消|撤|不(?:退|换|改|办|开|约|挂|冻)|\bcancel|\bundo\b|\bkeep it\b|\btake (?:it|that) back\b")


def find_amended(
    clauses: Sequence[Clause], wishes: Mapping[Clause, Command | None], said: Placed, situation: Situation
) -> dict[Clause, Command | None]:
    """For each clause that speaks of what was submitted: the first has the command, the others nothing more to say."""
    meant = [clause for clause in clauses if not clause.is_question]
    if not meant or not _is_about_done(meant, wishes, said, situation):
        return {}
    assert situation.done is not None
    action = Amend(situation.done.flow)
    return {
        clause: Command(action, "rule", "amends", clause.span, 1.0) if clause is meant[0] else None for clause in meant
    }


def find_undone(clause: Clause, rules: RuleProposer, situation: Situation | None) -> Command | None:
    """Words that leave a flow, while none is open: what was submitted is to be taken back."""
    if situation is None or situation.done is None or situation.is_busy or _UNDONE.search(clause.text) is None:
        return None
    found = rules.propose(clause, has_flow=True)
    if found is None or not isinstance(found.action, Cancel):
        return None
    return replace(found, action=Amend(situation.done.flow), rule="undoes")


def _is_about_done(
    clauses: Sequence[Clause], wishes: Mapping[Clause, Command | None], said: Placed, situation: Situation
) -> bool:
    done = situation.done
    flow = None if done is None or situation.is_busy else situation.flows.get(done.flow)
    if done is None or flow is None:
        return False
    correction = read_correction(said.text)
    wished = [wish.action for clause in clauses if (wish := wishes.get(clause)) is not None]
    is_new_wish = any(action != StartFlow(flow.name) for action in wished)
    if is_new_wish or (correction is None and not takes_back(said.text.text)):
        return False
    if correction is not None and correction.rule in _NAMES_A_CHANGE:
        return True
    then = replace(situation, values=done.values, shown=done.shown, open_flows=(flow,))
    found = read_mentions(said, tuple(flow.slots.values()), then, consumed=())
    slots = [one.action for one in found.commands if isinstance(one.action, SetSlot)]
    return any(one.slot in done.values and one.value != done.values[one.slot] for one in slots)
