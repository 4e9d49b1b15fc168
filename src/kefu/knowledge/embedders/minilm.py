"""Adapter to packages/kefu-encoder, which needs no download and no network."""

import os
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import get_args

import numpy as np

from kefu.domain.conversation import Language
from kefu.knowledge.embedders.port import Embedder, Vectors
from kefu_encoder import Encoder

_WORTH_SHARING = 32
"""Texts from which on all processors encode; fewer are done before threads have started."""
_NICENESS = 10
"""A customer's question goes before an index (Linux knows a priority for each thread)."""


class MiniLmEmbedder(Embedder):
    """Questions and passages get the same vectors. Many texts are encoded on what the processors have to spare."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder

    @property
    def languages(self) -> frozenset[Language]:
        return frozenset(language for language in get_args(Language) if language in self._encoder.languages)

    @property
    def dimension(self) -> int:
        return self._encoder.dimension

    @property
    def name(self) -> str:
        return self._encoder.name

    @property
    def version(self) -> str:
        return self._encoder.version

    def embed(self, texts: Sequence[str]) -> Vectors:
        if len(texts) < _WORTH_SHARING:
            return self._encoder.encode(texts)
        workers = os.cpu_count() or 1
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        with ThreadPoolExecutor(workers, thread_name_prefix="embed", initializer=_stand_back) as pool:
            shares = [slice(first, None, workers) for first in range(workers)]
            for share, found in zip(
                shares, pool.map(self._encoder.encode, [texts[one] for one in shares]), strict=True
            ):
                vectors[share] = found
        return vectors


def _stand_back() -> None:
    """The thread that calls it yields to all others that want to run; its pool must not be kept for other work."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
