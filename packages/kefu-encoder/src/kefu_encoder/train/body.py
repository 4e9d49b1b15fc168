"""MiniLM's body in torch, as graph.py writes it for onnxruntime: what every network of ours that learns is built on."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kefu_encoder.graph import HEAD_SIZE, HEADS, LAYERS
from kefu_encoder.table import DIMENSION, WORDS
from kefu_encoder.tokeniser import FIRST_ROW
from kefu_encoder.train.torch_door import torch

_EPSILON = 1e-12
_layer_norm = torch.nn.functional.layer_norm
_linear = torch.nn.functional.linear

Floats = NDArray[np.float32]


class Body:
    """``weights`` stay MiniLM's. ``rows`` and ``adapters`` are the Chinese half: learned by one network, given to another."""

    def __init__(self, weights: Mapping[str, Floats], rows: Any, adapters: Mapping[str, Any]) -> None:
        self._weights = {name: torch.from_numpy(np.array(value)) for name, value in weights.items()}
        self.rows = rows
        self.adapters = dict(adapters)

    def hidden(self, tokens: Any, mask: Any, *, segments: Any | None = None) -> Any:
        """The last layer, [sentences, length, 384]. ``segments``: 0 or 1 a token; None for all 0."""
        bias = ((1.0 - mask) * -1e9)[:, None, None, :]
        is_row = tokens >= FIRST_ROW
        gate = is_row.any(1).float()[:, None, None]
        hidden = self._embed(tokens, is_row, segments)
        for layer in range(LAYERS):
            hidden = self._layer(hidden, bias, gate, layer=layer)
        return hidden

    def apply(self, x: Any, name: str) -> Any:
        """One linear step of the body; a network that changes its weights does it here."""
        return _linear(x, self._weights[f"{name}.weight"], self._weights[f"{name}.bias"])

    def shape_of(self, name: str) -> tuple[int, int]:
        """Outputs and inputs of a linear step."""
        outputs, inputs = self._weights[f"{name}.weight"].shape
        return int(outputs), int(inputs)

    def _embed(self, tokens: Any, is_row: Any, segments: Any | None) -> Any:
        pieces = torch.nn.functional.embedding(tokens.masked_fill(is_row, 0), self._weights[WORDS])
        places = (tokens - FIRST_ROW).masked_fill(~is_row, 0)
        rows = torch.nn.functional.embedding(places, self.rows, sparse=self.rows.requires_grad)
        words = torch.where(is_row[:, :, None], rows, pieces)
        positions = self._weights["embeddings.position_embeddings.weight"][: tokens.shape[1]]
        kinds = self._weights["embeddings.token_type_embeddings.weight"]
        kind = kinds[0] if segments is None else torch.nn.functional.embedding(segments, kinds)
        return self._norm(words + positions + kind, "embeddings.LayerNorm")

    def _layer(self, hidden: Any, bias: Any, gate: Any, *, layer: int) -> Any:
        prefix = f"encoder.layer.{layer}."
        attended = self._attention(hidden, bias, f"{prefix}attention.")
        hidden = self._norm(attended + hidden, f"{prefix}attention.output.LayerNorm")
        wide = torch.nn.functional.gelu(self.apply(hidden, f"{prefix}intermediate.dense"))
        narrow = self.apply(wide, f"{prefix}output.dense") + hidden
        if f"adapter.{layer}.down" in self.adapters:
            narrow = narrow + gate * self._adapter(hidden, layer)
        return self._norm(narrow, f"{prefix}output.LayerNorm")

    def _adapter(self, hidden: Any, layer: int) -> Any:
        down, bias, up = (self.adapters[f"adapter.{layer}.{part}"] for part in ("down", "bias", "up"))
        return torch.nn.functional.gelu(hidden @ down + bias) @ up

    def _attention(self, hidden: Any, bias: Any, prefix: str) -> Any:
        shape = (*hidden.shape[:2], HEADS, HEAD_SIZE)
        query, key, value = (
            self.apply(hidden, f"{prefix}self.{part}").view(shape).transpose(1, 2) for part in ("query", "key", "value")
        )
        # Written out: the fused step's gradient took half of a training step on a CPU (heads of 32, short texts).
        weights = torch.softmax((query @ key.transpose(2, 3)).float() * HEAD_SIZE**-0.5 + bias, -1)
        mixed = weights.to(value.dtype) @ value
        return self.apply(mixed.transpose(1, 2).flatten(2), f"{prefix}output.dense")

    def _norm(self, x: Any, name: str) -> Any:
        weight, bias = self._weights[f"{name}.weight"], self._weights[f"{name}.bias"]
        return _layer_norm(x.float(), (DIMENSION,), weight, bias, _EPSILON)
