"""The parent's side of the extraction: a process that lives as long as one job, killed when it does not answer."""

import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self

from pydantic import ValidationError

from kefu.domain.conversation import Language
from kefu.knowledge.errors import GraphReadingError
from kefu.knowledge.graph.drafts import EdgeDraft, Name, Text
from kefu.knowledge.graph.wire import DRAFTS, NAMES, READY, TEXTS

COMMAND = (sys.executable, "-P", "-m", "kefu.knowledge.graph.child")
_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "TMPDIR", "VIRTUAL_ENV")
_START_S = 60.0
_READ_S = 30.0
"""For one document; the largest that can be stored takes a few seconds."""
_LONGEST_REPLY = 16 * 2**20


class GraphProcess:
    """Reads documents where spaCy is loaded. A context manager: the process starts with it and ends with it."""

    def __init__(self, names: Mapping[Language, Sequence[Name]], *, command: Sequence[str] = COMMAND) -> None:
        self._names = names
        self._command = command
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def read(self, texts: Sequence[Text]) -> list[EdgeDraft]:
        """The edges of one document. Raises GraphReadingError; the next document has a new process."""
        child = self._child = self._child or self._start()
        try:
            return DRAFTS.validate_json(_ask(child, TEXTS.dump_json(list(texts)) + b"\n", seconds=_READ_S))
        except (ValidationError, OSError) as error:
            self.close()
            raise GraphReadingError("a document was not read: the process that reads it failed") from error

    def close(self) -> None:
        """End the process and wait for it."""
        if self._child is not None:
            self._child.kill()
            self._child.communicate()
            self._child = None

    def _start(self) -> "subprocess.Popen[bytes]":
        kept = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
        paths = os.pathsep.join(filter(None, sys.path))
        child = subprocess.Popen(  # noqa: S603 - our own module, no shell
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**kept, "PYTHONPATH": paths, "OMP_NUM_THREADS": "1"},
            start_new_session=True,
        )
        names = NAMES.dump_json({language: list(found) for language, found in self._names.items()})
        with suppress(OSError):
            if _ask(child, names + b"\n", seconds=_START_S) == READY:
                return child
        child.kill()
        child.communicate()
        raise GraphReadingError("the process that reads the graph did not start; is spaCy installed?")


def _ask(child: "subprocess.Popen[bytes]", line: bytes, *, seconds: float) -> bytes:
    """Send a line and wait for one; a process that takes too long is killed, and its line is empty then."""
    assert child.stdin is not None
    assert child.stdout is not None
    watch = threading.Timer(seconds, child.kill)
    watch.daemon = True
    watch.start()
    try:
        child.stdin.write(line)
        child.stdin.flush()
        return child.stdout.readline(_LONGEST_REPLY)
    finally:
        watch.cancel()
