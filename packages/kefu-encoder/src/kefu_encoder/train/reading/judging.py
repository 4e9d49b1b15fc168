"""How good a reader is on pages it has not seen: does it find the answer, and does it know when there is none?"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from kefu_encoder.pairing import Pairer
from kefu_encoder.train.reading.network import ReaderNetwork
from kefu_encoder.train.reading.pages import LANGUAGES, Page
from kefu_encoder.train.torch_door import torch

_AT_ONCE = 48


@dataclass(frozen=True, slots=True)
class Figures:
    """Shares in [0, 1]. ``found``: the best of all units of the page answers. ``auroc``: the best logit tells questions with
    an answer from those without.
    """

    found: float
    auroc: float

    @property
    def score(self) -> float:
        return (self.found + self.auroc) / 2

    def to_json(self) -> dict[str, float]:
        return {name: round(value, 4) for name, value in asdict(self).items()}


def judge(network: ReaderNetwork, pages: Sequence[Page], pairer: Pairer) -> Figures:
    found: list[bool] = []
    best: list[float] = []
    is_answerable: list[bool] = []
    for page in pages:
        for language in range(LANGUAGES):
            texts = [f"{page.title[language]}\n{unit[language]}" for unit in page.units]
            for ask in page.asks:
                logits = _read(network, pairer, ask.wordings[language], texts)
                best.append(float(logits.max()))
                is_answerable.append(bool(ask.answers))
                if ask.answers:
                    found.append(int(logits.argmax()) in ask.answers)
    return Figures(float(np.mean(found)), _auroc(np.array(best), np.array(is_answerable)))


def _read(network: ReaderNetwork, pairer: Pairer, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
    pairings = pairer.pair(question, texts)
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        parts = [network(pairings[start : start + _AT_ONCE]).float() for start in range(0, len(pairings), _AT_ONCE)]
    logits: NDArray[np.float32] = torch.cat(parts).numpy()
    return logits


def _auroc(values: NDArray[np.float64], labels: NDArray[np.bool_]) -> float:
    """Chance that a positive has a higher value than a negative (Mann-Whitney)."""
    ranks = np.empty(len(values))
    ranks[np.argsort(values)] = np.arange(1, len(values) + 1)
    positives, negatives = labels.sum(), (~labels).sum()
    return float((ranks[labels].sum() - positives * (positives + 1) / 2) / (positives * negatives))
