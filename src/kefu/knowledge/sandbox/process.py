"""The parent's side: one reading process, replaced when it fails, has grown, or has read its number of files."""

import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import weakref
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, BinaryIO

from kefu.knowledge.blocks import ParsedDocument
from kefu.knowledge.errors import DocumentInvalidError, Problem
from kefu.knowledge.files import FileName, name_of, open_file
from kefu.knowledge.parsers.settings import ParserSettings
from kefu.knowledge.parsers.source import MEBI, Reading
from kefu.knowledge.sandbox.confinement import peak_of
from kefu.knowledge.sandbox.wire import (
    DocumentRead,
    FileFinished,
    FileRefused,
    OcrBegun,
    Request,
    WireError,
    read_reply,
    to_document,
    to_problem,
)

COMMAND = (sys.executable, "-P", "-m", "kefu.knowledge.sandbox.child")
_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR", "VIRTUAL_ENV")
"""What the reading process may know of ours: no setting, and so no key."""
_IN_MEMORY = 4 * MEBI
_CHUNK = MEBI
_SHAKEN = frozenset({Problem.NEEDED_TOO_MUCH_MEMORY, Problem.PARSER_FAILED})
"""After these a process lives, but is not trusted with another file."""
_START_S = 15.0
_STOP_S = 5.0
_POLL_S = 0.005
_NEARLY = 0.7
"""A process that died with so much of its memory in use died of that."""


class ParserProcess:
    """Reads files of others, one at a time. ``close`` ends the process.

    Beyond the limits of ``settings`` stands the clock of this side: a process that does not answer is killed.
    """

    def __init__(self, settings: ParserSettings | None = None, *, command: Sequence[str] = COMMAND) -> None:
        self._settings = settings or ParserSettings()
        self._command = command
        self._lock = threading.Lock()
        self._child: _Child | None = None

    def read(self, path: Path, *, root: Path | None = None, name: FileName | None = None) -> Reading:
        """The documents of one file, which may be gone through again and again, and lie on disk if they are many.

        Keys that a file does not give itself are its path under ``root`` (default: its folder), unless it has a
        ``name`` of its own that is not its path. Raises DocumentInvalidError, with ``problem`` set, for anything that
        is wrong with the file.
        """
        name = name or name_of(path, root=root or path.parent)
        with open_file(path, max_bytes=self._settings.max_file_mib * MEBI) as file, self._lock:
            if self._child is not None and not self._child.is_alive():  # it was ended while it waited
                self._child.close()
                self._child = None
            child = self._child = self._child or _Child(self._command, self._settings)
            try:
                return child.read(file, name)
            finally:
                if not child.is_good:
                    self._child = None
                    child.close()

    def close(self) -> None:
        with self._lock:
            if self._child is not None:
                self._child.close()
                self._child = None


class _Documents:
    """Replies that were kept as they came."""

    def __init__(self, lines: IO[bytes]) -> None:
        self._lines = lines
        weakref.finalize(self, lines.close)

    def __iter__(self) -> Iterator[ParsedDocument]:
        self._lines.seek(0)
        for line in self._lines:
            reply = read_reply(line)
            if isinstance(reply, DocumentRead):
                yield to_document(reply)


class _Child:
    """One process. ``is_good`` says whether it may read another file."""

    def __init__(self, command: Sequence[str], settings: ParserSettings) -> None:
        self._settings = settings
        self._files = 0
        self._peak = 0
        self._inherited = peak_of(resource.getrusage(resource.RUSAGE_SELF))
        self.is_good = True
        kept = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
        paths = os.pathsep.join(filter(None, sys.path))
        threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        self._process = subprocess.Popen(  # noqa: S603 - our own module, no shell
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**kept, **threads, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1", "OPENPYXL_LXML": "False"},
            start_new_session=True,  # a terminal's Ctrl-C is for us
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._requests, self._replies = self._process.stdin, self._process.stdout
        with suppress(OSError):  # whoever died at once is found by the first request
            self._requests.write(settings.model_dump_json().encode() + b"\n")

    def read(self, file: BinaryIO, name: FileName) -> Reading:
        self._files += 1
        self.is_good = False
        watch = _Watch(self._process, self._settings.seconds + (_START_S if self._files == 1 else 0))
        try:
            self._ask(file, name)
            return self._listen(name, watch)
        except (WireError, BrokenPipeError) as error:
            watch.stop()
            raise self._failure(name, is_over=watch.is_over) from error
        finally:
            watch.stop()

    def is_alive(self) -> bool:
        return os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None

    def close(self) -> None:
        """End the process and wait for it."""
        with suppress(OSError):
            self._requests.close()
        self._end()
        self._replies.close()

    def _ask(self, file: BinaryIO, name: FileName) -> None:
        size = os.fstat(file.fileno()).st_size
        self._requests.write(Request(name=name.shown, key=name.key, language=name.language, size=size).to_line())
        shutil.copyfileobj(file, self._requests, _CHUNK)
        missing = size - file.tell()
        if missing:  # it was cut short, or grew, while we read it
            raise DocumentInvalidError(file=name.shown, reason="changed while it was read", problem=Problem.UNREADABLE)
        self._requests.flush()

    def _listen(self, name: FileName, watch: "_Watch") -> Reading:
        kept = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - lives as long as the reading
        try:
            finished = self._keep(kept, name, watch)
        except BaseException:
            kept.close()
            raise
        is_grown = finished.memory > self._settings.memory_mib * MEBI // 2
        self.is_good = not is_grown and self._files < self._settings.files_per_process
        return Reading(_Documents(kept), tuple(finished.remarks))

    def _keep(self, kept: IO[bytes], name: FileName, watch: "_Watch") -> FileFinished:
        """Keep the documents as they come, each looked through: nothing is stored before all are known to be good."""
        left = self._settings.max_text_mib * MEBI
        while line := self._replies.readline(left + 1):
            left -= len(line)
            if left < 0:
                reason = f"more than {self._settings.max_text_mib} MiB of text; divide it"
                raise DocumentInvalidError(file=name.shown, reason=reason, problem=Problem.TOO_LARGE)
            match reply := read_reply(line):
                case OcrBegun():
                    watch.extend(self._settings.ocr_seconds)
                case DocumentRead():
                    to_document(reply)
                    kept.write(line)
                case FileFinished():
                    return reply
                case FileRefused(problem=problem, reason=reason, line=number):
                    why = to_problem(problem)
                    self.is_good = why not in _SHAKEN and self._files < self._settings.files_per_process
                    raise DocumentInvalidError(file=name.shown, reason=reason, line=number, problem=why)
        raise WireError("the process is gone")

    def _failure(self, name: FileName, *, is_over: bool) -> DocumentInvalidError:
        """What the end of the process means for its file."""
        code, peak = self._end()
        if is_over or code == -signal.SIGXCPU:
            problem, reason = Problem.TOOK_TOO_LONG, "reading it takes longer than is allowed; divide it"
        elif peak > max(_NEARLY * self._settings.memory_mib * MEBI, self._inherited):
            problem, reason = Problem.NEEDED_TOO_MUCH_MEMORY, "reading it needs more memory than is allowed; divide it"
        else:
            problem, reason = Problem.PARSER_FAILED, f"reading it ended the process that reads it ({code})"
        return DocumentInvalidError(file=name.shown, reason=reason, problem=problem)

    def _end(self) -> tuple[int, int]:
        """Kill the process if it lives. Its exit code, and the greatest size it had, in bytes."""
        if self._process.returncode is None:
            os.kill(self._process.pid, signal.SIGKILL)  # nobody else waits for it, so the number is still its own
            self._process.returncode, self._peak = _wait(self._process.pid)
        return self._process.returncode, self._peak


def _wait(pid: int) -> tuple[int, int]:
    until = time.monotonic() + _STOP_S
    while time.monotonic() < until:
        found, status, usage = os.wait4(pid, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status), peak_of(usage)
        time.sleep(_POLL_S)
    return -signal.SIGKILL, 0


class _Watch:
    """Kills a process that is not done in time."""

    def __init__(self, process: subprocess.Popen[bytes], seconds: float) -> None:
        self._process = process
        self._lock = threading.Lock()
        self._is_stopped = False
        self.is_over = False
        self._timer = self._start(seconds)

    def extend(self, seconds: float) -> None:
        self._timer.cancel()
        if not self.is_over:
            self._timer = self._start(seconds)

    def stop(self) -> None:
        """From here on the process is not killed, for its number may become another's."""
        with self._lock:
            self._is_stopped = True
        self._timer.cancel()

    def _start(self, seconds: float) -> threading.Timer:
        timer = threading.Timer(seconds, self._end)
        timer.daemon = True
        timer.start()
        return timer

    def _end(self) -> None:
        with self._lock:
            if not self._is_stopped:
                self.is_over = True
                os.kill(self._process.pid, signal.SIGKILL)
