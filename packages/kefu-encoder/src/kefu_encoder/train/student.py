"""The network of graph.py in torch: MiniLM frozen, the Chinese rows and adapters learned."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from kefu_encoder.graph import LAYERS
from kefu_encoder.table import DIMENSION
from kefu_encoder.tokeniser import to_batch
from kefu_encoder.train.body import Body
from kefu_encoder.train.torch_door import torch

ADAPTER_SIZE = 64
_SPREAD = 0.02
_EVALUATED = 64

Floats = NDArray[np.float32]


def new_adapters(size: int, *, seed: int) -> dict[str, Floats]:
    """Adapters that change nothing yet: what they add is zero."""
    random = np.random.default_rng(seed)
    made: dict[str, Floats] = {}
    for layer in range(LAYERS if size else 0):
        made[f"adapter.{layer}.down"] = random.normal(0, _SPREAD, (DIMENSION, size)).astype(np.float32)
        made[f"adapter.{layer}.bias"] = np.zeros(size, dtype=np.float32)
        made[f"adapter.{layer}.up"] = np.zeros((size, DIMENSION), dtype=np.float32)
    return made


class Student(Body):
    """``rows`` and ``adapters`` are what is learned; everything else stays MiniLM's."""

    def __init__(self, weights: Mapping[str, Floats], rows: Floats, adapters: Mapping[str, Floats]) -> None:
        learned = {name: torch.nn.Parameter(torch.from_numpy(np.array(value))) for name, value in adapters.items()}
        super().__init__(weights, torch.nn.Parameter(torch.from_numpy(rows.astype(np.float32))), learned)

    def __call__(self, ids: Sequence[Sequence[int]]) -> torch.Tensor:
        """Unit vectors [sentences, 384] of token ids with their marks."""
        batch = to_batch(ids)
        mask = torch.from_numpy(batch.mask).float()
        hidden = self.hidden(torch.from_numpy(batch.ids), mask)
        pooled = (hidden * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True)
        return torch.nn.functional.normalize(pooled, dim=-1)

    def encode(self, ids: Sequence[Sequence[int]]) -> Floats:
        """Vectors without gradients, sentences of like length together, in the order given."""
        vectors = np.empty((len(ids), DIMENSION), dtype=np.float32)
        by_length = sorted(range(len(ids)), key=lambda index: len(ids[index]))
        with torch.no_grad():
            for start in range(0, len(by_length), _EVALUATED):
                picked = by_length[start : start + _EVALUATED]
                vectors[picked] = self([ids[index] for index in picked]).numpy()
        return vectors

    def tensors(self) -> dict[str, NDArray[np.float16]]:
        """What an artefact holds."""
        learned = {"rows": self.rows, **self.adapters}
        return {name: value.detach().numpy().astype(np.float16) for name, value in learned.items()}
