"""``python -m kefu_encoder.train.reading``: learn to tell whether a text answers a question."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from kefu_encoder.artefact import PACKAGED, ArtefactFolder
from kefu_encoder.base import find_base
from kefu_encoder.build import float_weights
from kefu_encoder.encoder import Encoder
from kefu_encoder.errors import EncoderError
from kefu_encoder.pairing import Pairer
from kefu_encoder.reader_artefact import ReaderArtefact, ReaderFolder
from kefu_encoder.tokeniser import Tokeniser
from kefu_encoder.train.command import say
from kefu_encoder.train.reading.examples import ExampleMaker
from kefu_encoder.train.reading.judging import judge
from kefu_encoder.train.reading.loop import ReaderTrainer, Recipe
from kefu_encoder.train.reading.network import ReaderNetwork
from kefu_encoder.train.reading.pages import read_pages, split_pages

PAGES = Path(__file__).resolve().parents[4] / "training" / "reading"
_USUAL = Recipe()


def main(arguments: Sequence[str] | None = None) -> int:
    """0 on success; 1 with one line on stderr when something is missing or damaged."""
    options = _parser().parse_args(arguments)
    recipe = Recipe(
        seed=options.seed,
        steps=options.steps,
        batch=options.batch,
        rate=options.rate,
        judged_every=options.judged_every,
        stop_after=options.stop_after,
    )
    try:
        train(options.pages, rows=options.rows, out=options.out, recipe=recipe, is_resumed=options.resume)
    except EncoderError as error:
        sys.stderr.write(f"kefu-encoder: {error}\n")
        return 1
    return 0


def train(pages: Path, *, rows: Path, out: Path, recipe: Recipe, is_resumed: bool) -> None:
    """Leave ``reader.safetensors`` and ``reader.json`` in ``out``. Questions of held-out pages steer, nothing else does."""
    learned, validated = split_pages(read_pages(pages))
    say(f"{len(learned)} pages to learn from, {len(validated)} to validate on")
    base, artefact = find_base(), ArtefactFolder(rows).load()
    chinese = {name: value.astype(np.float32) for name, value in artefact.tensors.items()}
    pairer = Pairer(Tokeniser(base.tokenizer, artefact.words))
    network = ReaderNetwork(float_weights(base.weights), chinese, seed=recipe.seed)
    out.mkdir(parents=True, exist_ok=True)
    state = out / "reader-state.pt"
    if not is_resumed:
        state.unlink(missing_ok=True)
    trainer = ReaderTrainer(
        network,
        ExampleMaker(learned, Encoder(threads=2)),
        pairer=pairer,
        recipe=recipe,
        judged=lambda one: judge(one, validated, pairer),
    )
    run = trainer.run(state=state, progress=say)
    facts = {
        "format": 1,
        "rows_sha256": ArtefactFolder(rows).identity(),
        "seed": recipe.seed,
        "steps": run.step,
        "batch": recipe.batch,
        "rate": recipe.rate,
        "pages": len(learned),
        "validation_pages": len(validated),
        "history": run.history,
    }
    ReaderFolder(out).save(ReaderArtefact(run.best, facts))
    say(f"\nwritten: {out}\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m kefu_encoder.train.reading", description=__doc__)
    add = parser.add_argument
    add("--pages", type=Path, default=PAGES, help="folder of pages with questions, *.jsonl")
    add("--rows", type=Path, default=PACKAGED, help="folder of the Chinese rows that the reader shares")
    add("--out", type=Path, default=Path("var/kefu-encoder/reader"), help="folder for the result")
    add("--seed", type=int, default=_USUAL.seed)
    add("--steps", type=int, default=_USUAL.steps)
    add("--batch", type=int, default=_USUAL.batch, help="questions in a step")
    add("--rate", type=float, default=_USUAL.rate)
    add("--judged-every", type=int, default=_USUAL.judged_every, metavar="STEPS")
    add("--stop-after", type=float, default=0.0, metavar="MINUTES", help="end by the clock")
    add("--resume", action="store_true", help="go on where a stopped run was")
    return parser
