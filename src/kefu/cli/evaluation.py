"""``kefu eval``: figures on the user's own data, one JSON object each."""

import asyncio
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from kefu.cli.progress import bar
from kefu.cli.session import configure_logging, print_json
from kefu.config import Settings
from kefu.factory import Factory
from kefu.kit.clock import Clock
from kefu.knowledge.embedding import create_embedder
from kefu.knowledge.reader import create_reader
from kefu.models.gateway import open_gateway
from kefu.services.evaluation.answers import evaluate_answers
from kefu.services.evaluation.dialogues.evaluating import DialogueEvaluation, DialogueFigures
from kefu.services.evaluation.dialogues.files import Dialogue, read_dialogues
from kefu.services.evaluation.dialogues.modelling import DialogueModel
from kefu.services.evaluation.dialogues.staging import Staging
from kefu.services.evaluation.intents import evaluate_intents
from kefu.services.evaluation.reading import read_corpus, read_examples, read_questions
from kefu.services.evaluation.retrieval import evaluate_retrieval

app = typer.Typer(help="Measure answer quality on your own data (JSON Lines).", no_args_is_help=True)
Corpus = Annotated[Path, typer.Option(help='Lines of {"id", "title", "text"}.', exists=True, dir_okay=False)]


class ModelOfDialogues(StrEnum):
    CONFIGURED = "configured"
    NONE = "none"
    SCRIPTED = "scripted"


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


@app.command("dialogues")
def dialogues(
    path: Annotated[Path, typer.Argument(help="A dialogue file, or a folder of them (*.yaml).", exists=True)],
    model: Annotated[
        ModelOfDialogues, typer.Option(help="The model of dialogues that do not script their own.")
    ] = ModelOfDialogues.CONFIGURED,
    as_json: AsJson = True,
) -> None:
    """passed, failed, wrong_writes, share_of_hard_turns. Exit status 1 when a dialogue failed."""
    configure_logging("warning")
    scripts = read_dialogues(path)
    figures = asyncio.run(_play(scripts, model))
    print_json(asdict(figures))
    if figures.failed or figures.wrong_writes:
        raise typer.Exit(1)


async def _play(scripts: list[Dialogue], chosen: ModelOfDialogues) -> DialogueFigures:
    """The engine of these settings; nothing is stored."""
    settings, clock = Settings.load(), Clock()
    is_configured = chosen is ModelOfDialogues.CONFIGURED
    model = DialogueModel(open_gateway(settings.model, clock=clock) if is_configured else None)
    factory = Factory(settings, clock=clock, model=model)
    try:
        evaluation = DialogueEvaluation(
            factory.rehearsal_engine,
            Staging(factory.embedder, classifiers=factory.flow_classifiers),
            strings=factory.strings,
            model=model,
            is_scripted=chosen is ModelOfDialogues.SCRIPTED,
        )
        with bar("Playing dialogues") as progress:
            return await evaluation.evaluate(scripts, progress=progress)
    finally:
        await factory.aclose()


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


@app.command("intent")
def intent(
    train: Annotated[Path, typer.Option(help='Lines of {"text", "intent"}; null: out of scope.', exists=True)],
    test: Annotated[Path, typer.Option(help='Lines of {"text", "intent"}; null: out of scope.', exists=True)],
    seed: Annotated[int, typer.Option(help="Of the folds and of the training.")] = 0,
    as_json: AsJson = True,
) -> None:
    """accuracy, macro_f1, ece, accepted_right, oos_recall, oos_auroc, ms_per_text."""
    embedder = create_embedder(Settings.load().embedder)
    figures = evaluate_intents(read_examples(train), read_examples(test), embedder=embedder, seed=seed)
    print_json(asdict(figures))
    embedder.close()
