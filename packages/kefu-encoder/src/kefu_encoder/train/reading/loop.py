"""Gradient steps of the reader, with validation, the best kept, and resume."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kefu_encoder.pairing import Pairer
from kefu_encoder.train.chance import seeded
from kefu_encoder.train.reading.examples import Example, ExampleMaker
from kefu_encoder.train.reading.judging import Figures
from kefu_encoder.train.reading.network import ReaderNetwork
from kefu_encoder.train.torch_door import torch

_LEAST_RATE = 0.02
_WARM_UP = 0.05
_SHOWN_EVERY = 20
_WINDOW = 16


@dataclass(frozen=True, slots=True)
class Recipe:
    """``batch``: questions in a step. ``stop_after``: minutes, 0 for no limit."""

    seed: int = 1
    steps: int = 2_000
    batch: int = 8
    rate: float = 1e-3
    decay: float = 0.01
    judged_every: int = 250
    stop_after: float = 0.0


@dataclass(slots=True)
class Run:
    history: list[dict[str, float]] = field(default_factory=list)
    best: Mapping[str, NDArray[np.float16]] = field(default_factory=dict)
    best_score: float = -1.0
    step: int = 0
    seconds: float = 0.0


class ReaderTrainer:
    """One run. ``judged`` gives the figures of the network as it is."""

    def __init__(
        self,
        network: ReaderNetwork,
        maker: ExampleMaker,
        *,
        pairer: Pairer,
        recipe: Recipe,
        judged: Callable[[ReaderNetwork], Figures],
    ) -> None:
        self._network = network
        self._maker = maker
        self._pairer = pairer
        self._recipe = recipe
        self._judged = judged
        self._optimiser = torch.optim.AdamW(network.parameters(), lr=recipe.rate, weight_decay=recipe.decay)
        self._run = Run()

    def run(self, *, state: Path, progress: Callable[[str], None]) -> Run:
        if state.is_file():
            self._resume(state)
            progress(f"resumed at step {self._run.step}")
        began, loss = time.monotonic() - self._run.seconds, 0.0
        for batch in self._batches():
            self._run.seconds = time.monotonic() - began
            if self._share_done() >= 1:
                break
            loss += (self._step(batch) - loss) / min(self._run.step + 1, 100)
            self._run.step += 1
            if self._run.step % _SHOWN_EVERY == 0:
                progress(self._bar(loss))
            if self._run.step % self._recipe.judged_every == 0:
                self._judge(progress)
                self._save(state)
        if not self._run.history or self._run.history[-1]["step"] != self._run.step:
            self._judge(progress)
        return self._run

    def _batches(self) -> Iterator[list[Example]]:
        """Questions of like length together. A resumed run draws other examples than one that was never stopped."""
        chance = seeded(self._recipe.seed + self._run.step)
        size = self._recipe.batch
        while True:
            examples = self._maker.one_pass(chance)
            while window := list(islice(examples, size * _WINDOW)):
                window.sort(key=lambda example: max(map(len, example.texts)))
                batches = [window[start : start + size] for start in range(0, len(window), size)]
                chance.shuffle(batches)
                yield from batches

    def _step(self, batch: Sequence[Example]) -> float:
        for group in self._optimiser.param_groups:
            group["lr"] = self._recipe.rate * self._rate()
        pairings = [pairing for example in batch for pairing in self._pairer.pair(example.question, example.texts)]
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = self._network(pairings)
        loss = _loss(logits.float(), batch)
        self._optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(list(self._network.parameters()), 1.0)
        self._optimiser.step()
        return float(loss.detach())

    def _share_done(self) -> float:
        by_time = self._run.seconds / (self._recipe.stop_after * 60) if self._recipe.stop_after else 0.0
        return max(self._run.step / self._recipe.steps, by_time)

    def _rate(self) -> float:
        done = self._share_done()
        return max(_LEAST_RATE, min(done / _WARM_UP, (1 - done) / (1 - _WARM_UP)))

    def _judge(self, progress: Callable[[str], None]) -> None:
        figures = self._judged(self._network)
        self._run.history.append({"step": self._run.step, "seconds": round(self._run.seconds, 1), **figures.to_json()})
        progress(f"\nvalidation {self._run.history[-1]}\n")
        if figures.score > self._run.best_score:
            self._run.best, self._run.best_score = self._network.tensors(), figures.score

    def _bar(self, loss: float) -> str:
        share = self._share_done()
        done = int(share * 30)
        pace = self._run.step * self._recipe.batch / max(self._run.seconds, 1e-9)
        return f"\r[{'#' * done}{'.' * (30 - done)}] {share:6.1%} step {self._run.step} loss {loss:.3f} {pace:.1f} questions/s"

    def _save(self, path: Path) -> None:
        draft = path.with_suffix(".part")
        learned = {name: value.detach() for name, value in self._network.learned.items()}
        torch.save({"learned": learned, "optimiser": self._optimiser.state_dict(), "run": self._run}, draft)
        draft.replace(path)

    def _resume(self, path: Path) -> None:
        saved: dict[str, Any] = torch.load(path, weights_only=False)
        with torch.no_grad():
            for name, value in saved["learned"].items():
                self._network.learned[name].copy_(value)
        self._optimiser.load_state_dict(saved["optimiser"])
        self._run = saved["run"]


def _loss(logits: torch.Tensor, batch: Sequence[Example]) -> torch.Tensor:
    """Cross entropy over a question's texts and "none of them" (logit 0); several right texts share the probability."""
    losses = []
    for example, own in zip(batch, torch.split(logits, [len(example.texts) for example in batch]), strict=True):
        everything = torch.logsumexp(torch.cat([own, own.new_zeros(1)]), 0)
        right = torch.logsumexp(own[: example.answers], 0) if example.answers else own.new_zeros(())
        losses.append(everything - right)
    return torch.stack(losses).mean()
