"""``kefu eval``: figures on the user's own data, one JSON object each."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from kefu.cli.session import print_json
from kefu.config import Settings
from kefu.knowledge.embedding import create_embedder
from kefu.knowledge.reader import create_reader
from kefu.services.evaluation.answers import evaluate_answers
from kefu.services.evaluation.reading import read_corpus, read_questions
from kefu.services.evaluation.retrieval import evaluate_retrieval

app = typer.Typer(help="Measure answer quality on your own data (JSON Lines).", no_args_is_help=True)
Corpus = Annotated[Path, typer.Option(help='Lines of {"id", "title", "text"}.', exists=True, dir_okay=False)]
AsJson = Annotated[bool, typer.Option("--json", help="Accepted for uniformity: the output always is JSON.")]


@app.command("retrieval")
def retrieval(
    corpus: Corpus,
    queries: Annotated[Path, typer.Option(help='Lines of {"id", "text", "relevant": [id]}.', exists=True)],
    as_json: AsJson = True,
) -> None:
    """recall_at_1/5/10, mrr_at_10, ndcg_at_10, p50_ms, p95_ms."""
    embedder = create_embedder(Settings.load().embedder)
    print_json(asdict(evaluate_retrieval(read_corpus(corpus), read_questions(queries), embedder=embedder)))
    embedder.close()


@app.command("answers")
def answers(
    corpus: Corpus,
    questions: Annotated[
        Path, typer.Option(help='Lines of {"id", "text", "relevant": [id]}; [] = unanswerable.', exists=True)
    ],
    as_json: AsJson = True,
) -> None:
    """answered, wrong, abstained, coverage, risk, ece."""
    settings = Settings.load()
    embedder, reader = create_embedder(settings.embedder), create_reader(settings.reader)
    asked = read_questions(questions)
    print_json(asdict(evaluate_answers(read_corpus(corpus), asked, embedder=embedder, reader=reader)))
    embedder.close()
