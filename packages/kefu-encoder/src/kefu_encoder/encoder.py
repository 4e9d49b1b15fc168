"""Sentences to unit vectors."""

import json
from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from kefu_encoder.folder import ModelFolder, Precision, default_folder
from kefu_encoder.session import open_network
from kefu_encoder.table import DIMENSION
from kefu_encoder.tokeniser import Tokeniser, to_batch

_BATCH: Mapping[Precision, int] = {"fp32": 32, "int8": 1}
"""Sentences in one run. In int8 those of a batch would share a scale, and a vector would depend on its neighbours; one
at a time is as fast."""
_SHOWN = 8


class Encoder:
    """all-MiniLM-L6-v2 with Chinese rows, on the processor. An English sentence gets MiniLM's own vector. Safe to share between threads; holds no state between calls.

    ``threads``: processor threads for one call. ``precision``: README.md has the measured difference.
    Raises ModelNotBuiltError when the folder is not built.
    """

    languages: ClassVar[frozenset[str]] = frozenset({"en", "zh"})
    dimension: ClassVar[int] = DIMENSION
    name: ClassVar[str] = "minilm-l6-v2-zh"

    def __init__(self, *, folder: ModelFolder | None = None, precision: Precision = "int8", threads: int = 1) -> None:
        place = folder or default_folder()
        network = place.network(precision)
        place.require(network)
        made = json.loads(place.manifest.read_text(encoding="utf-8"))
        self.version = f"{made['builder']}-{made['rows_sha256'][:_SHOWN]}-{precision}"
        self._tokeniser = Tokeniser.of(place)
        self._batch = _BATCH[precision]
        self._session = open_network(network, threads=threads)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return float32 [len(texts), 384] of length 1, in the order given. Texts past 256 tokens are cut."""
        rows = self._tokeniser.encode(texts)
        vectors = np.empty((len(rows), DIMENSION), dtype=np.float32)
        by_length = sorted(range(len(rows)), key=lambda index: len(rows[index]))
        for start in range(0, len(by_length), self._batch):
            picked = by_length[start : start + self._batch]
            batch = to_batch([rows[index] for index in picked])
            feed = {"input_ids": batch.ids, "attention_mask": batch.mask}
            vectors[picked] = self._session.run(None, feed)[0]
        return vectors

    def warm_up(self) -> None:
        """Run once, so that the first customer does not pay for memory arenas."""
        self.encode(["warm up", "\u9884\u70ed"])
