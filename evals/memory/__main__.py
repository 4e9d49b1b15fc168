"""``python -m evals.memory``: the share of facts said in turns 1 to 10 that a model still sees in turn 60 and 120.

The floor is the window of the last ten messages; both have the same budget of tokens. A fact counts when its words
stand verbatim in what is shown. ``slot`` and ``profile`` facts are known as the dialogue keeps them; ``number`` facts
are only in what was said; ``words`` have nothing that a rule could hold on to. Our dialogues: CC0.
"""

import json
import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from kefu.dialogue.memory.context import Past, Recall
from kefu.dialogue.state import Utterance
from kefu.domain.conversation import Author, Language
from kefu.models.tokens import PER_MESSAGE, TokenMeter, estimate_tokens

DATA = Path(__file__).parent / "data" / "dialogues.json"
LANGUAGES: tuple[Language, ...] = ("zh", "en")
KINDS = ("slot", "profile", "number", "words")
FLOOR_MESSAGES = 10
TURNS = (60, 120)
BUDGETS = (0, 600, 1500)
"""0: what the ten messages of the floor cost."""
DIALOGUES = 20


@dataclass(frozen=True, slots=True)
class Fact:
    kind: str
    say: str
    need: str
    slot: str = ""


@dataclass(frozen=True, slots=True)
class Long:
    """A dialogue; each of the first ten turns says one fact."""

    past: Past
    facts: tuple[Fact, ...]


def dialogues(language: Language, turns: int, seed: int = 7) -> Iterator[Long]:
    """The same facts in other orders, between other talk."""
    data = json.loads(DATA.read_text(encoding="utf-8"))
    facts = [Fact(**one) for one in data["facts"][language]]
    fillers = data["fillers"][language]
    chance = random.Random(seed)
    for _ in range(DIALOGUES):
        order = chance.sample(facts, len(facts))
        history: list[Utterance] = []
        for turn in range(turns):
            asked, answered = chance.choice(fillers)
            asked = f"{order[turn].say}. {asked}" if turn < len(order) else asked
            history += [Utterance(Author.VISITOR, asked), Utterance(Author.ASSISTANT, answered)]
        known = tuple(f"{fact.slot}: {fact.need} (question, turn_1)" for fact in order if fact.slot)
        yield Long(Past(tuple(history), known), tuple(order))


def floor(past: Past, budget: int) -> str:
    """The last ten messages, the newest first while they fit."""
    kept: list[str] = []
    for one in reversed(past.history[-FLOOR_MESSAGES:]):
        budget -= estimate_tokens(one.text) + PER_MESSAGE
        if budget < 0:
            break
        kept.append(one.text)
    return "\n".join(kept)


def shown(past: Past, budget: int) -> str:
    found = Recall(TokenMeter(), budget=budget).choose(past, may_be_seen=lambda _text: True)
    return "\n".join([*found.known, *(one.text for one in found.utterances)])


def survival(language: Language, turns: int, budget: int) -> dict[str, tuple[float, float]]:
    """By kind, the share that survives with the window of ten messages, and with ours."""
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for one in dialogues(language, turns):
        window = sum(estimate_tokens(u.text) + PER_MESSAGE for u in one.past.history[-FLOOR_MESSAGES:])
        texts = [find(one.past, budget or window) for find in (floor, shown)]
        for fact in one.facts:
            count = counts[fact.kind]
            count[0] += 1
            for place, text in enumerate(texts, start=1):
                count[place] += fact.need in text
    return {kind: (counts[kind][1] / counts[kind][0], counts[kind][2] / counts[kind][0]) for kind in KINDS}


def main() -> None:
    table = Table(title=f"Facts of turns 1 to 10 that are still seen ({DIALOGUES} dialogues a row)")
    for column in ("language", "turns", "budget", *(f"{kind}: ten / ours" for kind in KINDS)):
        table.add_column(column)
    for language in LANGUAGES:
        for turns in TURNS:
            for budget in BUDGETS:
                found = survival(language, turns, budget)
                shares = [f"{found[kind][0]:.2f} / {found[kind][1]:.2f}" for kind in KINDS]
                table.add_row(language, str(turns), str(budget or "of the ten"), *shares)
    Console(width=140).print(table)


if __name__ == "__main__":
    main()
