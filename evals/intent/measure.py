"""One set, one seed: the ensemble with and without sentence vectors, and each member alone."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evals.intent.sets import IntentSet
from kefu.dialogue.intents.card import auroc, calibration_error
from kefu.dialogue.intents.classifier import TrainedClassifier
from kefu.dialogue.intents.cleaning import clean
from kefu.dialogue.intents.features import Floats, read
from kefu.dialogue.intents.members import FULL
from kefu.dialogue.intents.mood import Mood
from kefu.dialogue.intents.training import train
from kefu.knowledge.embedding import Embedder, NullEmbedder
from kefu.services.evaluation.intents import judge_texts

_TIMED = 200
"""Texts that are timed one by one."""


class Kept:
    """Vectors, each made once."""

    def __init__(self, embedder: Embedder) -> None:
        self.embedder = embedder
        self._kept: dict[str, Floats] = {}

    def embed(self, texts: Sequence[str]) -> Floats:
        missing = list(dict.fromkeys(text for text in texts if text not in self._kept))
        if missing:
            self._kept.update(zip(missing, self.embedder.embed(missing), strict=True))
        return np.stack([self._kept[text] for text in texts])


@dataclass(frozen=True, slots=True)
class Figures:
    """Shares from 0 to 1; ``hits`` of ``n`` test texts in scope. ``members``: accuracy of each alone."""

    hits: int
    n: int
    plain: float
    ece: float
    members: dict[str, float]
    accepted_right: float
    oos_recall: float | None
    oos_auroc: float | None
    train_s: float
    ms: float
    ms_plain: float

    @property
    def accuracy(self) -> float:
        return self.hits / self.n


def measure(one: IntentSet, kept: Kept, *, seed: int) -> Figures:
    begun = time.process_time()
    model = train(one.train, embedder=kept.embedder, seed=seed, embed=kept.embed).model
    seconds = time.process_time() - begun
    places = {intent: place for place, intent in enumerate(model.intents)}
    truth = np.array([-1 if row.intent is None else places.get(row.intent, -2) for row in one.test])
    is_inside = truth != -1
    texts = [clean(row.text) for row in one.test]
    readings, vectors = [read(text) for text in texts], kept.embed(texts)
    full, plain = model.judge(readings, vectors), model.judge(readings, None)
    right = full.probabilities.argmax(axis=1) == truth
    evidence = model.members.hear(readings, vectors)
    alone = {
        name: float((scores[:, : len(places)].argmax(axis=1) == truth)[is_inside].mean())
        for name, scores in zip(FULL, evidence.scores, strict=True)
    }
    foreign = full.in_scope[~is_inside]
    timed = [row.text for row in one.test[:_TIMED]]
    both = [
        judge_texts(TrainedClassifier(model, embedder=encoder, mood=Mood.load()), timed)[1]
        for encoder in (kept.embedder, NullEmbedder())
    ]
    return Figures(
        hits=int(right[is_inside].sum()),
        n=int(is_inside.sum()),
        plain=float((plain.probabilities.argmax(axis=1) == truth)[is_inside].mean()),
        ece=calibration_error(full.probabilities.max(axis=1)[is_inside], right[is_inside]),
        members=alone,
        accepted_right=float((right & (full.in_scope >= full.threshold))[is_inside].mean()),
        oos_recall=float((foreign < full.threshold).mean()) if len(foreign) else None,
        oos_auroc=auroc(full.in_scope[is_inside], foreign) if len(foreign) else None,
        train_s=seconds,
        ms=both[0],
        ms_plain=both[1],
    )
