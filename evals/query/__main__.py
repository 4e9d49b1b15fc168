"""``python -m evals.query``: what understanding a question is worth on the demo knowledge, and what it costs.

For each kind (misspelt, follow-up, several) the share of questions whose best passage is of a right document, with the
message looked up as it was typed ("off") and as it is understood ("on"); then the messages of evals/answers that are
changed though they are complete, and the time a turn spends on it. No model. Our questions: CC0.
"""

import json
import random
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from evals.answers.data_sets import LANGUAGES, blind_questions, demo_chunks, own_questions
from kefu.dialogue.answer.finding import Finder
from kefu.dialogue.calibrate import Calibrator
from kefu.dialogue.commands import AskKB
from kefu.dialogue.context import TurnContext
from kefu.dialogue.hearing import hear
from kefu.dialogue.propose.merge import Proposer
from kefu.dialogue.propose.rules import RuleProposer
from kefu.dialogue.query.followup import fill, find_gap
from kefu.dialogue.state import State
from kefu.domain.conversation import Author, Language, Message
from kefu.kit.text import normalise
from kefu.knowledge.embedding import create_embedder
from kefu.knowledge.index import KnowledgeIndex
from kefu.knowledge.reader import create_reader
from kefu.services.evaluation.answers import index_chunks

DATA = Path(__file__).parent / "data" / "queries.jsonl"
KINDS = ("misspelt", "follow-up", "several")
_PROPOSER = Proposer(RuleProposer.load())
_NOW = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Asked:
    """A line of the data: ``relevant`` has the right documents of each question of the message."""

    id: str
    kind: str
    lang: Language
    text: str
    relevant: list[list[str]]
    history: tuple[str, ...] = ()


def read_data() -> list[Asked]:
    return [Asked(**json.loads(line)) for line in DATA.read_text(encoding="utf-8").splitlines()]


def split(text: str) -> list[str]:
    """The questions that a message is heard as."""
    message = Message("m", "c", 1, "1", Author.VISITOR, text, _NOW)
    heard = hear(TurnContext("t", "w", "c", "Shop", (message,), State(), _NOW))
    return [one.action.query for one in _PROPOSER.propose(heard) if isinstance(one.action, AskKB)]


def understand(message: str, history: tuple[str, ...], index: KnowledgeIndex, language: Language) -> list[str]:
    """The questions of the last message, each standing alone."""
    asked: str | None = None
    whole: list[str] = []
    vocabulary = index.vocabulary(language)
    for text in (*history, message):
        whole = []
        for question in split(text):
            gap = find_gap(question, vocabulary)
            found = fill(gap, asked, vocabulary) if gap and asked else None
            asked = question if found is None else found.text
            whole.append(asked)
    return whole


def is_right(key: str, relevant: list[str]) -> bool:
    """A page also stands for the single answers under it; a FAQ may be named without its topic."""
    return any(key == one or key.startswith(f"{one}/") or key.endswith(f"/{one}") for one in relevant)


def score(asked: Asked, index: KnowledgeIndex, finder: Finder, *, is_on: bool) -> Iterator[bool]:
    """Whether the best passage is right, for each question of the message."""
    if not is_on:
        found = [index.search(asked.text, language=asked.lang, limit=1)] * len(asked.relevant)
    else:
        questions = understand(asked.text, asked.history, index, asked.lang)
        found = [list(finder.find_now(one, language=asked.lang, index=index).passages) for one in questions]
    for number, relevant in enumerate(asked.relevant):
        passages = found[number] if number < len(found) else []
        yield bool(passages) and is_right(passages[0].chunk.document_key, relevant)


def measure_recall(index: KnowledgeIndex, finder: Finder, console: Console) -> None:
    table = Table("kind", "language", "questions", "R@1 off", "R@1 on")
    groups: dict[tuple[str, str], list[Asked]] = defaultdict(list)
    for asked in read_data():
        groups[asked.kind, asked.lang].append(asked)
    for (kind, language), rows in groups.items():
        off, on = ([hit for row in rows for hit in score(row, index, finder, is_on=is_on)] for is_on in (False, True))
        table.add_row(kind, language, str(len(on)), f"{np.mean(off):.3f}", f"{np.mean(on):.3f}")
    console.print(table)


def measure_restraint(index: KnowledgeIndex, console: Console) -> None:
    """Complete questions after a random other one: how many stay as they are, and how long it takes to see that."""
    table = Table("language", "questions", "follow-up", "read as several", "with a correction", "p50 µs", "p95 µs")
    chance = random.Random(1)
    for language in LANGUAGES:
        texts = [one.text for one in (*own_questions(language), *blind_questions(language))]
        times, followed, several, corrected = [], 0, 0, 0
        for text in texts:
            before = chance.choice(texts)
            started = time.perf_counter()
            parts = split(text)
            whole = understand(text, (), index, language)
            vocabulary = index.vocabulary(language)
            gap = find_gap(text, vocabulary)
            found = fill(gap, before, vocabulary) if gap else None
            slips = [index.correct(normalise(one).text, language=language) for one in whole]
            times.append((time.perf_counter() - started) * 1e6)
            followed += found is not None
            several += len(parts) > 1
            corrected += any(slips)
        shown = (followed, several, corrected, f"{np.percentile(times, 50):.0f}", f"{np.percentile(times, 95):.0f}")
        table.add_row(language, str(len(texts)), *map(str, shown))
    console.print(table)


def main() -> None:
    console = Console()
    embedder = create_embedder()
    index = index_chunks(demo_chunks(), embedder=embedder)
    finder = Finder(Calibrator.load(), create_reader())
    measure_recall(index, finder, console)
    measure_restraint(index, console)
    embedder.close()


if __name__ == "__main__":
    main()
