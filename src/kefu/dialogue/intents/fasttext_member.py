"""The fastText classifier (Joulin et al. 2017) on words and their characters: trained in a process of its own.

``fasttext-community`` is the binding: of those that work with NumPy 2 it is the one that gives equal weights for equal
seeds and never "Encountered NaN" on twenty lines (another one failed in 4 of 48 runs and differed between the rest).
"""

import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Self

import fasttext  # type: ignore[import-untyped]
import numpy as np
import orjson
from numpy.typing import NDArray

from kefu.dialogue.intents.features import Reading
from kefu.dialogue.intents.linear_member import Scores
from kefu.domain.errors import KefuError

COMMAND = (sys.executable, "-P", "-m", "kefu.dialogue.intents.fasttext_child")
_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "TMPDIR", "VIRTUAL_ENV")
_TRIES = 3
_SECONDS = 1_800.0
"""For one training: 15,000 lines of 150 intents take twenty, and on a machine that fifteen others use as many times more."""
_LABEL = "__label__"
_LEAST = 1e-6
_SETTINGS = {"lr": 0.5, "dim": 64, "epoch": 40, "wordNgrams": 2, "minn": 2, "maxn": 5, "loss": "softmax"}
_BUCKETS, _FEWEST_BUCKETS = 50_000, 4_096
_BUCKETS_A_LINE = 40
"""Places for pairs of words and for characters. The file is not quantised: that takes sixty times as long as the training
of 300 lines, to save two megabytes."""


class FastTextError(KefuError):
    """The training process failed each time."""

    code = "fasttext_failed"
    status = 500
    title = "fastText could not be trained"


class FastTextMember:
    """A trained model, from the bytes of its file. Safe to share between threads: predicting changes nothing."""

    def __init__(self, content: bytes, *, intents: int) -> None:
        self.content = content
        self._intents = intents
        self._model = _load(content)

    def score(self, reading: Reading) -> Scores:
        """Log probabilities of one text, [intents]."""
        found: Scores = np.full(self._intents, np.log(_LEAST), dtype=np.float64)
        for probability, label in self._model.f.predict(to_line(reading), self._intents, 0.0, "strict"):
            found[int(label.removeprefix(_LABEL))] = np.log(max(float(probability), _LEAST))
        return found

    def score_all(self, readings: Sequence[Reading]) -> Scores:
        """[texts, intents]"""
        return np.stack([self.score(one) for one in readings])


class FastTextTrainer:
    """A context manager: one child serves several trainings. Blocking; call it in a thread."""

    def __init__(self, *, command: Sequence[str] = COMMAND) -> None:
        self._command = command
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def train(
        self, readings: Sequence[Reading], truth: NDArray[np.int64], *, intents: int, seed: int
    ) -> FastTextMember:
        """Equal examples and seeds give equal models. Raises FastTextError after three tries."""
        with TemporaryDirectory(prefix="kefu-fasttext-") as folder:
            source, target = Path(folder) / "lines.txt", Path(folder) / "model"
            source.write_text(_to_file(readings, truth, seed=seed), encoding="utf-8")
            buckets = min(_BUCKETS, max(_FEWEST_BUCKETS, _BUCKETS_A_LINE * len(readings)))
            request = {
                **_SETTINGS,
                "input": str(source),
                "output": str(target),
                "bucket": buckets,
                "seed": seed,
                "thread": 1,
                "verbose": 0,
            }
            self._ask(orjson.dumps(request))
            return FastTextMember(target.read_bytes(), intents=intents)

    def close(self) -> None:
        """End the process and wait for it."""
        if self._child is not None:
            self._child.kill()
            self._child.communicate()
            self._child = None

    def _ask(self, request: bytes) -> None:
        said = "it died"
        for _ in range(_TRIES):
            child = self._child = self._child or self._start()
            with suppress(OSError):
                reply = _exchange(child, request + b"\n")
                if reply == b"ok\n":
                    return
                said = reply.decode(errors="replace").strip() or said
            self.close()
        raise FastTextError(f"fastText could not be trained in {_TRIES} tries: {said}")

    def _start(self) -> "subprocess.Popen[bytes]":
        kept = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
        paths = os.pathsep.join(filter(None, sys.path))
        return subprocess.Popen(  # noqa: S603 - our own module, no shell
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**kept, "PYTHONPATH": paths, "OMP_NUM_THREADS": "1"},
            start_new_session=True,
        )


def to_line(reading: Reading) -> str:
    """A text as fastText reads it; the end of the line is its last word."""
    return " ".join(reading.tokens) + "\n"


def _to_file(readings: Sequence[Reading], truth: NDArray[np.int64], *, seed: int) -> str:
    """Shuffled: the examples of one intent in a row would be forgotten by the next ones."""
    order = np.random.default_rng(seed).permutation(len(truth))
    return "".join(f"{_LABEL}{truth[place]} {to_line(readings[place])}" for place in order)


def _exchange(child: "subprocess.Popen[bytes]", line: bytes) -> bytes:
    assert child.stdin is not None
    assert child.stdout is not None
    watch = threading.Timer(_SECONDS, child.kill)
    watch.daemon = True
    watch.start()
    try:
        child.stdin.write(line)
        child.stdin.flush()
        return child.stdout.readline(4_096)
    finally:
        watch.cancel()


def _load(content: bytes) -> Any:
    """The library reads files only."""
    with TemporaryDirectory(prefix="kefu-fasttext-") as folder:
        path = Path(folder) / "model"
        path.write_bytes(content)
        return fasttext.load_model(str(path))
