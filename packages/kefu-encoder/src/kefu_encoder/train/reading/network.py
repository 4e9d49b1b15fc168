"""The reader in torch: MiniLM's body with low-rank changes that are learned, and a head that says how surely a text answers.

Low-rank changes: Hu et al. 2021, LoRA (arXiv 2106.09685). The question is segment 0, the text segment 1, as BERT was trained.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kefu_encoder.artefact import ROWS
from kefu_encoder.graph import LAYERS
from kefu_encoder.pairing import Pairing
from kefu_encoder.table import DIMENSION
from kefu_encoder.train.body import Body
from kefu_encoder.train.torch_door import torch

Floats = NDArray[np.float32]
RANK = 32
HIDDEN = 192
_GROUP = 16
"""Pairings of like length go through the body together, so that little is padded."""
_SCALE = 2.0 / math.sqrt(RANK)
_linear = torch.nn.functional.linear
CHANGED = (
    "attention.self.query",
    "attention.self.key",
    "attention.self.value",
    "attention.output.dense",
    "intermediate.dense",
    "output.dense",
)


class ReaderNetwork(Body):
    """``learned`` are the parameters; everything else stays the encoder's."""

    def __init__(self, weights: Mapping[str, Floats], chinese: Mapping[str, Floats], *, seed: int) -> None:
        given = {name: torch.from_numpy(np.array(value)) for name, value in chinese.items()}
        super().__init__(weights, given.pop(ROWS), given)
        torch.manual_seed(seed)
        self.learned: dict[str, Any] = {}
        for layer in range(LAYERS):
            for part in CHANGED:
                self._add_change(f"encoder.layer.{layer}.{part}")
        self._add("head.inner.weight", torch.randn(HIDDEN, 2 * DIMENSION) * 0.02)
        self._add("head.inner.bias", torch.zeros(HIDDEN))
        self._add("head.outer.weight", torch.randn(1, HIDDEN) * 0.02)
        self._add("head.outer.bias", torch.full((1,), -1.0))

    def __call__(self, pairings: Sequence[Pairing]) -> Any:
        """Logits [pairings]: how surely the text answers, against "nothing here answers"."""
        order = sorted(range(len(pairings)), key=lambda place: len(pairings[place].ids))
        groups = [order[start : start + _GROUP] for start in range(0, len(order), _GROUP)]
        logits = torch.cat([self._read([pairings[place] for place in group]) for group in groups])
        return logits[torch.tensor(np.argsort(order))]

    def _read(self, pairings: Sequence[Pairing]) -> Any:
        tokens, segments, mask = _padded(pairings)
        hidden = self.hidden(tokens, mask, segments=segments)
        mean = (hidden * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True)
        pooled = torch.cat([hidden[:, 0], mean], dim=-1)
        learned = self.learned
        inner = torch.nn.functional.gelu(_linear(pooled, learned["head.inner.weight"], learned["head.inner.bias"]))
        return _linear(inner, learned["head.outer.weight"], learned["head.outer.bias"])[:, 0]

    def apply(self, x: Any, name: str) -> Any:
        change = _linear(_linear(x, self.learned[f"{name}.down"]), self.learned[f"{name}.up"])
        return super().apply(x, name) + change * _SCALE

    def parameters(self) -> Iterable[Any]:
        return self.learned.values()

    def tensors(self) -> dict[str, NDArray[np.float16]]:
        """What an artefact holds: the low-rank factors, with their scale folded in, and the head."""
        found = {}
        for name, value in self.learned.items():
            scale = _SCALE if name.endswith(".up") else 1.0
            found[name] = (value.detach() * scale).numpy().astype(np.float16)
        return found

    def _add(self, name: str, value: Any) -> None:
        self.learned[name] = torch.nn.Parameter(value)

    def _add_change(self, name: str) -> None:
        outputs, inputs = self.shape_of(name)
        self._add(f"{name}.down", torch.randn(RANK, inputs) / math.sqrt(inputs))
        self._add(f"{name}.up", torch.zeros(outputs, RANK))


def _padded(pairings: Sequence[Pairing]) -> tuple[Any, Any, Any]:
    longest = max(len(pairing.ids) for pairing in pairings)
    tokens = torch.zeros((len(pairings), longest), dtype=torch.long)
    kinds = torch.zeros_like(tokens)
    mask = torch.zeros((len(pairings), longest))
    for row, pairing in enumerate(pairings):
        size = len(pairing.ids)
        tokens[row, :size] = torch.tensor(pairing.ids)
        kinds[row, pairing.question : size] = 1
        mask[row, :size] = 1.0
    return tokens, kinds, mask
