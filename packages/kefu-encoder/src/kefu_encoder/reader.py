"""Whether a text answers a question: both are read together, word by word, which two vectors cannot do."""

import json
from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from kefu_encoder.folder import ModelFolder, default_folder
from kefu_encoder.pairing import Pairer, Pairing
from kefu_encoder.session import open_network
from kefu_encoder.tokeniser import Tokeniser

_SHOWN = 8


class Reader:
    """A cross-encoder (Nogueira and Cho 2019, arXiv 1901.04085) on the encoder's body. Safe to share between threads.

    ``threads``: processor threads of one call. Raises ModelNotBuiltError when the folder is not built.
    """

    languages: ClassVar[frozenset[str]] = frozenset({"en", "zh"})

    def __init__(self, *, folder: ModelFolder | None = None, threads: int = 1) -> None:
        place = folder or default_folder()
        place.require(place.reader)
        made = json.loads(place.manifest.read_text(encoding="utf-8"))
        self.version = f"{made['builder']}-{made['reader_sha256'][:_SHOWN]}"
        self._pairer = Pairer(Tokeniser.of(place))
        self._session = open_network(place.reader, threads=threads)

    def read(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """Log odds [texts] that a text answers, against "nothing here does". Both languages, also across them.

        A text is best a statement, a row or a step, with its heading on a line above. More than 80 tokens of it (48 of the
        question) are not read. One pair takes about 4 ms on one core.
        """
        return np.array([self._read(pairing) for pairing in self._pairer.pair(question, texts)], dtype=np.float32)

    def warm_up(self) -> None:
        """Run once, so that the first customer does not pay for memory arenas."""
        self.read("warm up", ["\u9884\u70ed"])

    def _read(self, pairing: Pairing) -> float:
        """One at a time: in int8 those of a batch would share a scale, and a number would depend on its neighbours."""
        ids = np.array([pairing.ids], dtype=np.int64)
        segments = np.zeros_like(ids)
        segments[0, pairing.question :] = 1
        feed = {"input_ids": ids, "attention_mask": np.ones_like(ids), "segments": segments}
        return float(self._session.run(None, feed)[0][0, 0])
