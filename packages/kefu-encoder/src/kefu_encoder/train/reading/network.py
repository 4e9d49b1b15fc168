"""The reader in torch: MiniLM's body with low-rank changes that are learned, and a head that says how surely a text answers.

Low-rank changes: Hu et al. 2021, LoRA (arXiv 2106.09685). The question is segment 0, the text segment 1, as BERT was trained.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kefu_encoder.graph import HEAD_SIZE, HEADS, LAYERS
from kefu_encoder.pairing import Pairing
from kefu_encoder.table import DIMENSION, WORDS
from kefu_encoder.tokeniser import FIRST_ROW
from kefu_encoder.train.torch_door import torch

Floats = NDArray[np.float32]
RANK = 32
HIDDEN = 192
_SCALE = 2.0
_EPSILON = 1e-12
_linear = torch.nn.functional.linear
CHANGED = (
    "attention.self.query",
    "attention.self.key",
    "attention.self.value",
    "attention.output.dense",
    "intermediate.dense",
    "output.dense",
)


class ReaderNetwork:
    """``learned`` are the parameters; everything else stays the encoder's."""

    def __init__(self, weights: Mapping[str, Floats], chinese: Mapping[str, Floats], *, seed: int) -> None:
        self._weights = {name: torch.from_numpy(np.array(value)) for name, value in weights.items()}
        self._chinese = {name: torch.from_numpy(np.array(value)) for name, value in chinese.items()}
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
        tokens, kinds, mask = _padded(pairings)
        is_row = tokens >= FIRST_ROW
        gate = is_row.any(1).float()[:, None, None]
        bias = ((1.0 - mask) * -1e9)[:, None, None, :]
        hidden = self._embed(tokens, kinds, is_row)
        for layer in range(LAYERS):
            hidden = self._layer(hidden, bias, gate, layer=layer)
        mean = (hidden * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True)
        pooled = torch.cat([hidden[:, 0], mean], dim=-1)
        inner = torch.nn.functional.gelu(
            _linear(pooled, self.learned["head.inner.weight"], self.learned["head.inner.bias"])
        )
        return _linear(inner, self.learned["head.outer.weight"], self.learned["head.outer.bias"])[:, 0]

    def parameters(self) -> Iterable[Any]:
        return self.learned.values()

    def tensors(self) -> dict[str, NDArray[np.float16]]:
        """What an artefact holds: the low-rank factors, with their scale folded in, and the head."""
        found = {}
        for name, value in self.learned.items():
            scale = _SCALE / math.sqrt(RANK) if name.endswith(".up") else 1.0
            found[name] = (value.detach() * scale).numpy().astype(np.float16)
        return found

    def load(self, tensors: Mapping[str, NDArray[np.float16]]) -> None:
        with torch.no_grad():
            for name, value in tensors.items():
                scale = _SCALE / math.sqrt(RANK) if name.endswith(".up") else 1.0
                self.learned[name].copy_(torch.from_numpy(value.astype(np.float32)) / scale)

    def _add(self, name: str, value: Any) -> None:
        self.learned[name] = torch.nn.Parameter(value)

    def _add_change(self, name: str) -> None:
        outputs, inputs = self._weights[f"{name}.weight"].shape
        self._add(f"{name}.down", torch.randn(RANK, inputs) / math.sqrt(inputs))
        self._add(f"{name}.up", torch.zeros(outputs, RANK))

    def _embed(self, tokens: Any, kinds: Any, is_row: Any) -> Any:
        pieces = torch.nn.functional.embedding(tokens.masked_fill(is_row, 0), self._weights[WORDS])
        rows = torch.nn.functional.embedding((tokens - FIRST_ROW).masked_fill(~is_row, 0), self._chinese["rows"])
        words = torch.where(is_row[:, :, None], rows, pieces)
        positions = self._weights["embeddings.position_embeddings.weight"][: tokens.shape[1]]
        types = torch.nn.functional.embedding(kinds, self._weights["embeddings.token_type_embeddings.weight"])
        return self._norm(words + positions + types, "embeddings.LayerNorm")

    def _layer(self, hidden: Any, bias: Any, gate: Any, *, layer: int) -> Any:
        prefix = f"encoder.layer.{layer}."
        attended = self._attention(hidden, bias, prefix)
        hidden = self._norm(attended + hidden, f"{prefix}attention.output.LayerNorm")
        wide = torch.nn.functional.gelu(self._apply(hidden, f"{prefix}intermediate.dense"))
        narrow = self._apply(wide, f"{prefix}output.dense") + hidden
        if f"adapter.{layer}.down" in self._chinese:
            narrow = narrow + gate * self._adapter(hidden, layer)
        return self._norm(narrow, f"{prefix}output.LayerNorm")

    def _adapter(self, hidden: Any, layer: int) -> Any:
        down, bias, up = (self._chinese[f"adapter.{layer}.{part}"] for part in ("down", "bias", "up"))
        return torch.nn.functional.gelu(hidden @ down + bias) @ up

    def _attention(self, hidden: Any, bias: Any, prefix: str) -> Any:
        shape = (*hidden.shape[:2], HEADS, HEAD_SIZE)
        query, key, value = (
            self._apply(hidden, f"{prefix}attention.self.{part}").view(shape).transpose(1, 2)
            for part in ("query", "key", "value")
        )
        mixed = torch.nn.functional.scaled_dot_product_attention(query, key, value, attn_mask=bias.to(query.dtype))
        return self._apply(mixed.transpose(1, 2).flatten(2), f"{prefix}attention.output.dense")

    def _apply(self, x: Any, name: str) -> Any:
        plain = _linear(x, self._weights[f"{name}.weight"], self._weights[f"{name}.bias"])
        change = _linear(_linear(x, self.learned[f"{name}.down"]), self.learned[f"{name}.up"])
        return plain + change * (_SCALE / math.sqrt(RANK))

    def _norm(self, x: Any, name: str) -> Any:
        weight, bias = self._weights[f"{name}.weight"], self._weights[f"{name}.bias"]
        return torch.nn.functional.layer_norm(x.float(), (DIMENSION,), weight, bias, _EPSILON)


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
