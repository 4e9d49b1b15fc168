"""``python -m evals.answers.risk [--wrong 0.02] [--all] [--set NAME]``: how much is answered when at most 2 % of the answers may be wrong.

The same choice as ``kefu kb calibrate`` makes, on each set and language by itself: the threshold of one half of the
questions answers the other half, both ways. The goal of the project: coverage of 60 % of the answerable questions and 90 %
of the others abstained from, while the upper bound (95 %) of wrong answers is within the share.

Our own questions (``own``) are what p_answer was fitted on, so that only their thresholds are held out; ``blind``, ``sealed`` and
the public sets are fitted on by nothing. Of a large set 600 questions are asked; ``--all`` asks all.
"""

import csv
import hashlib
import os
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from evals.answers.acceptance.__main__ import load_questions
from evals.answers.data_sets import LANGUAGES, ROOT, blind_questions, demo_chunks, own_questions, xquad
from kefu.dialogue.answer.finding import Finder
from kefu.dialogue.calibrate import Calibrator
from kefu.domain.conversation import Language
from kefu.kit.binomial import upper_bound
from kefu.knowledge.embedding import Embedder, create_embedder
from kefu.knowledge.index import KnowledgeIndex
from kefu.knowledge.reader import create_reader
from kefu.services.evaluation.answers import (
    CorpusDocument,
    LabelledQuestion,
    Outcome,
    ask_all,
    index_chunks,
    index_corpus,
)
from kefu.services.evaluation.thresholds import ClassReport, choose_threshold, to_scored

WRONG = 0.02
GOAL_COVERAGE, GOAL_ABSTAINED = 0.6, 0.9
MOST = 600
_PER_INTENT = 5
_DATA = Path(os.environ.get("KEFU_DATA", ROOT.parent / "shared/data"))
_console = Console(width=150)


@dataclass(frozen=True, slots=True)
class Measured:
    """What one set in one language comes to."""

    name: str
    language: Language
    now: Sequence[Outcome]
    report: ClassReport


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--wrong", type=float, default=WRONG)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--set", help="Only this one.")
    options = parser.parse_args()
    embedder, finder = create_embedder(), Finder(Calibrator.load(), create_reader())
    table = _table(options.wrong)
    for name, language, index, questions in _sets(embedder):
        if options.set not in (None, name):
            continue
        asked = questions if options.all else _sample(questions)
        outcomes = ask_all(index, asked, finder=finder)
        # The set says the language; a short question may look like another one.
        report = choose_threshold([to_scored(one) for one in outcomes], options.wrong)
        _add(table, Measured(name, language, outcomes, report))
        print(f"{name} {language}: {len(outcomes)} asked", file=sys.stderr)
    _console.print(table)


def _sets(embedder: Embedder) -> list[tuple[str, Language, KnowledgeIndex, list[LabelledQuestion]]]:
    chunks = demo_chunks()
    keys = frozenset(chunk.document_key for chunk in chunks)
    demo = index_chunks(chunks, embedder=embedder)
    found: list[tuple[str, Language, KnowledgeIndex, list[LabelledQuestion]]] = []
    for language in LANGUAGES:
        ours: dict[str, Callable[[], list[LabelledQuestion]]] = {
            "own": lambda: own_questions(language),  # noqa: B023 - called at once
            "blind": lambda: blind_questions(language),  # noqa: B023
            "sealed": lambda: load_questions(language, keys),  # noqa: B023
        }
        found += [(name, language, demo, read()) for name, read in ours.items()]
        public = xquad(language)
        if public is not None:
            found.append(("xquad", language, index_corpus(public.corpus, embedder=embedder), public.questions))
    banking = _banking()
    if banking is not None:
        found.append(("banking77", "en", index_corpus(banking[0], embedder=embedder), banking[1]))
    return found


def _banking() -> tuple[list[CorpusDocument], list[LabelledQuestion]] | None:
    """BANKING77 (CC BY 4.0) as a FAQ: five training questions of every second intent; the other intents have no answer."""
    folder = _DATA / "banking77"
    if not folder.is_dir():
        return None
    by_intent: dict[str, list[str]] = {}
    for row in _rows(folder / "train.csv"):
        by_intent.setdefault(row["category"], []).append(row["text"])
    kept = {intent: by_intent[intent][:_PER_INTENT] for intent in sorted(by_intent)[::2]}
    ids = {intent: [f"{intent}/{number}" for number in range(len(texts))] for intent, texts in kept.items()}
    corpus = [
        CorpusDocument(key, "", text)
        for intent, texts in kept.items()
        for key, text in zip(ids[intent], texts, strict=True)
    ]
    questions = [
        LabelledQuestion(f"t{number}", row["text"], frozenset(ids.get(row["category"], ())), "banking77")
        for number, row in enumerate(_rows(folder / "test.csv"))
    ]
    return corpus, questions


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _sample(questions: Sequence[LabelledQuestion]) -> list[LabelledQuestion]:
    """The same ones in every run; a set of our own is asked whole."""
    if not questions or questions[0].kind not in {"xquad", "banking77"}:
        return list(questions)
    return sorted(questions, key=lambda one: hashlib.sha256(one.id.encode()).digest())[:MOST]


def _table(wrong: float) -> Table:
    table = Table(title=f"At most {wrong:.0%} wrong", title_justify="left")
    for name in ("set", "n", "built-in: wrong (bound)", "covered", "abstained", "choice", "held out: wrong (bound)"):
        table.add_column(name)
    for name in ("covered", "abstained", "goal"):
        table.add_column(name)
    return table


def _add(table: Table, measured: Measured) -> None:
    outcomes, held = measured.now, measured.report.held_out
    answered = [one for one in outcomes if one.is_answered]
    wrong = sum(one.is_wrong for one in answered)
    answerable = [one for one in outcomes if one.question.relevant]
    others = [one for one in outcomes if not one.question.relevant]
    is_reached = measured.report.is_confirmed and held.coverage >= GOAL_COVERAGE and held.abstained >= GOAL_ABSTAINED
    table.add_row(
        f"{measured.name} {measured.language}",
        f"{len(answerable)}+{len(others)}",
        f"{wrong}/{len(answered)} ({upper_bound(wrong, len(answered)):.1%})",
        _share(len(answered) - wrong, len(answerable)),
        _share(sum(not one.is_answered for one in others), len(others)),
        measured.report.choice,
        f"{held.wrong}/{held.answered} ({held.bound:.1%})",
        _share(held.right, held.answerable),
        _share(held.silent, held.n - held.answerable),
        "yes" if is_reached else "no",
    )


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "-"


if __name__ == "__main__":
    main()
