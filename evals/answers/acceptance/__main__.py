"""``python -m evals.answers.acceptance [--show]``: the sealed questions on the demo knowledge, with no model.

Figures: of the answerable, cited = answered with a relevant document (the bar is 90 %); of the unanswerable, abstained
(85 %); of all answered, wrong (5 %). ``--show`` prints the failures; whoever tunes must not look.
"""

import json
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from evals.answers.data_sets import demo_chunks
from kefu.dialogue.answer.finding import Finder
from kefu.dialogue.calibrate import Calibrator
from kefu.domain.conversation import Language
from kefu.knowledge.embedding import create_embedder
from kefu.knowledge.reader import create_reader
from kefu.services.evaluation.answers import LabelledQuestion, Outcome, ask_all, index_chunks

HERE = Path(__file__).parent
LANGUAGES: tuple[Language, ...] = ("zh", "en")
_console = Console()


def load_questions(language: Language, keys: frozenset[str]) -> list[LabelledQuestion]:
    """``faq:<id>`` names a FAQ; a page's key also stands for the answer bank made from it (``<page>/<id>``)."""
    lines = (HERE / f"questions.{language}.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return [LabelledQuestion(row["id"], row["text"], _keys(row["relevant"], keys), row["kind"]) for row in rows]


def main() -> None:
    chunks = demo_chunks()
    index = index_chunks(chunks, embedder=create_embedder())
    keys = frozenset(chunk.document_key for chunk in chunks)
    table = Table("", "answerable cited", "unanswerable abstained", "wrong of answered")
    finder = Finder(Calibrator.load(), create_reader())
    for language in LANGUAGES:
        outcomes = ask_all(index, load_questions(language, keys), finder=finder)
        table.add_row(language, *_figures(outcomes))
        if "--show" in sys.argv:
            _show(outcomes)
    _console.print(table)


def _keys(names: list[str], keys: frozenset[str]) -> frozenset[str]:
    found = set()
    for name in names:
        short = name.removeprefix("faq:")
        matching = {key for key in keys if short in (key, key.rpartition("/")[0]) or key.endswith(f"/{short}")}
        if not matching:
            raise KeyError(name)
        found |= matching
    return frozenset(found)


def _figures(outcomes: list[Outcome]) -> tuple[str, str, str]:
    answerable = [one for one in outcomes if one.question.relevant]
    others = [one for one in outcomes if not one.question.relevant]
    cited = sum(one.is_answered and one.is_right for one in answerable)
    silent = sum(not one.is_answered for one in others)
    answered = sum(one.is_answered for one in outcomes)
    wrong = sum(one.is_wrong for one in outcomes)
    return f"{cited}/{len(answerable)}", f"{silent}/{len(others)}", f"{wrong}/{answered}"


def _show(outcomes: list[Outcome]) -> None:
    for one in outcomes:
        is_failure = one.is_wrong or (bool(one.question.relevant) and not one.is_answered)
        if is_failure:
            finding = one.finding
            quoted = [quote.passage.chunk.document_key for quote in finding.quotes]
            _console.print(one.question.id, one.question.text, sorted(one.question.relevant), quoted, one.is_answered)


if __name__ == "__main__":
    main()
