"""``python -m evals.intent.mood``: fits the vector half of the mood on our own table, and measures both halves on a blind one.

``--write`` keeps the weights in ``src/kefu/dialogue/intents/moods.vectors.json``, which holds for one version of the encoder.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

from kefu.dialogue.intents.cleaning import clean
from kefu.dialogue.intents.mood import Mood
from kefu.knowledge.embedding import create_embedder

_DATA = Path(__file__).parent / "data"
_TARGET = Path(__file__).parents[2] / "src" / "kefu" / "dialogue" / "intents" / "moods.vectors.json"
_OWN = Path(__file__).parents[2] / "packages" / "kefu-encoder" / "training" / "own"
_EVERY = 7
"""Of the encoder's own training questions, which are calm, so many a step are taken."""
_CALM_SHARE = 4.0
"""What all calm lines together weigh beside the angry ones: customers are calm more often than our table."""
_OFFSET = 1.7
"""Added to the log odds, so that alone they call a message angry from 1.5 on: then about 3 % of the messages of BANKING77 and
HINT3 Powerplay11 are, and under 1 % of SOFMattress."""
_DOUBTFUL = 0.2
"""Such a line is not taken as calm: it has a strong word."""
_STRENGTH = 3.0
_DIGITS = 4


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m evals.intent.mood", description=__doc__)
    parser.add_argument("--write", action="store_true", help="keep the weights")
    options = parser.parse_args(arguments)
    embedder = create_embedder()
    rows = read_rows(_DATA / "moods.tsv")
    vectors = embedder.embed([clean(text) for _, text in rows])
    model = LogisticRegression(C=_STRENGTH, class_weight="balanced").fit(
        vectors, [label == "angry" for label, _ in rows]
    )
    facts = {
        "encoder": f"{embedder.name}-{embedder.version}",
        "bias": round(float(model.intercept_[0]) + _OFFSET, _DIGITS),
        "weights": [round(float(one), _DIGITS) for one in model.coef_[0]],
    }
    if options.write:
        _TARGET.write_text(json.dumps(facts) + "\n", encoding="utf-8")
    mood = Mood.load(facts)
    for name in ("moods.tsv", "moods.blind.tsv"):
        table = read_rows(_DATA / name)
        found = embedder.embed([clean(text) for _, text in table])
        angry = np.array([label == "angry" for label, _ in table])
        words = np.array([mood.read(text).anger >= 0.5 for _, text in table])
        both = np.array(
            [
                mood.read(text, vector=row, encoder=str(facts["encoder"])).anger >= 0.5
                for (_, text), row in zip(table, found, strict=True)
            ]
        )
        for side, flags in (("words", words), ("words and vectors", both)):
            print(
                f"{name:16} {side:18} found {flags[angry].mean():.2f} of {angry.sum()}, false alarms {flags[~angry].sum()} of {(~angry).sum()}"
            )
    embedder.close()
    return 0


def _read_calm() -> list[str]:
    """Our own questions in both languages."""
    words = Mood.load()
    found: list[str] = []
    for name in ("shop", "finance", "general"):
        lines = (_OWN / f"{name}.tsv").read_text(encoding="utf-8").splitlines()
        texts = [part for line in lines if line and not line.startswith("#") for part in line.split("\t")]
        found.extend(text for text in texts[::_EVERY] if len(text) > 1 and words.read(text).anger < _DOUBTFUL)
    return found


def read_rows(path: Path) -> list[tuple[str, str]]:
    """(label, text) of each line."""
    lines = [line.split("\t", 1) for line in path.read_text(encoding="utf-8").splitlines() if line]
    return [(label, text) for label, text in lines]


if __name__ == "__main__":
    sys.exit(main())
