"""``python -m evals.answers``: our questions on the demo knowledge without a model, and transfer to XQuAD.

Our questions are also what the shipped calibrator was fitted on; its honest figures (each question scored by a model
that had not seen it) stand in calibration.json. What is printed here shows the whole way as a customer meets it.
"""

import time
from collections.abc import Iterable, Sequence

from evals.answers.data_sets import LANGUAGES, blind_questions, demo_chunks, own_questions, xquad
from kefu.dialogue.answer.finding import Finder
from kefu.dialogue.calibrate import Calibrator
from kefu.kit.binomial import interval
from kefu.knowledge.embedding import Embedder, NullEmbedder, create_embedder
from kefu.knowledge.reader import NullReader, create_reader
from kefu.services.evaluation.answers import Outcome, ask_all, index_chunks, index_corpus, to_figures

WORST = 12
_HEAD = f"{'':26}{'n':>5} {'right quoted':>20} {'wrong of answered':>20} {'abstained (no answer)':>22} {'ece':>6}"


def main() -> None:
    calibrator = Calibrator.load()
    reading, silent = Finder(calibrator, create_reader()), Finder(calibrator, NullReader())
    for embedder, finder in ((create_embedder(), reading), (create_embedder(), silent), (NullEmbedder(), silent)):
        print(f"\n== encoder: {embedder.name}, {'with' if finder is reading else 'without'} the reader\n{_HEAD}")
        _own(embedder, finder)
        _transfer(embedder, finder)


def _own(embedder: Embedder, finder: Finder) -> None:
    index = index_chunks(demo_chunks(), embedder=embedder)
    for language in LANGUAGES:
        for name, questions in (("own", own_questions(language)), ("blind", blind_questions(language))):
            started = time.perf_counter()
            outcomes = ask_all(index, questions, finder=finder)
            _print(f"{name} {language}", outcomes)
            for kind in sorted({outcome.question.kind for outcome in outcomes}):
                _print(f"  {kind}", [outcome for outcome in outcomes if outcome.question.kind == kind])
            print(f"  {(time.perf_counter() - started) / len(outcomes) * 1000:.1f} ms a question, search included")
            _print_worst(outcomes)


def _transfer(embedder: Embedder, finder: Finder) -> None:
    for language in LANGUAGES:
        found = xquad(language)
        if found is not None:
            index = index_corpus(found.corpus, embedder=embedder)
            _print(f"xquad {language}", ask_all(index, found.questions, finder=finder))


def _print(name: str, outcomes: Sequence[Outcome]) -> None:
    figures = to_figures(outcomes)
    silent = sum(not outcome.is_answered for outcome in outcomes if not outcome.question.relevant)
    right = figures.answered - figures.wrong
    print(
        f"{name:26}{figures.n:5} {_share(right, figures.answerable):>20} {_share(figures.wrong, figures.answered):>20} "
        f"{_share(silent, figures.n - figures.answerable):>22} {figures.ece:6.3f}"
    )


def _share(part: int, whole: int) -> str:
    if not whole:
        return "-"
    low, high = interval(part, whole)
    return f"{part / whole:.3f} [{low:.2f}, {high:.2f}]"


def _print_worst(outcomes: Iterable[Outcome]) -> None:
    """What to read first: the surest of the wrong answers."""
    wrong = sorted((one for one in outcomes if one.is_wrong), key=lambda one: -one.finding.probability)
    for outcome in wrong[:WORST]:
        quote = outcome.finding.quotes[0]
        print(f"    {outcome.finding.probability:.2f} {outcome.question.text}")
        print(f"         {quote.passage.chunk.document_key}: {quote.text[:90]!r}")


if __name__ == "__main__":
    main()
