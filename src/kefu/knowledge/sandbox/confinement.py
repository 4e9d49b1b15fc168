"""What the reading process takes from itself: network, other programs, writing, and more than its share."""

import os
import resource
import sys
from contextlib import suppress
from pathlib import Path

from kefu.knowledge.parsers.ocr import is_installed
from kefu.knowledge.parsers.settings import ParserSettings
from kefu.knowledge.parsers.source import MEBI

_REFUSED = frozenset(
    "os.chmod os.chown os.exec os.fork os.forkpty os.kill os.killpg os.link os.mkdir os.posix_spawn os.remove "
    "os.rename os.rmdir os.setxattr os.spawn os.startfile os.symlink os.system os.truncate os.utime pty.spawn "
    "signal.pthread_kill subprocess.Popen".split()
)
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_MOST_FILES = 256


class RefusedError(PermissionError):
    """Something was tried that reading a file does not need."""


def confine(settings: ParserSettings) -> None:
    """For the rest of this process's life: no socket, no program, no file written; bounded memory.

    The audit hook holds for Python's own calls and cannot be taken back. The limits of the kernel hold for native
    code too: no file grows (RLIMIT_FSIZE), addresses end (RLIMIT_AS, counted from what the process has now).
    """
    most = max(settings.memory_mib, settings.ocr_memory_mib) if is_installed() else settings.memory_mib
    size = _address_space()
    _limit(resource.RLIMIT_AS, size + settings.memory_mib * MEBI, hard=size + most * MEBI)
    _limit(resource.RLIMIT_FSIZE, 0, hard=0)
    _limit(resource.RLIMIT_CORE, 0, hard=0)
    _limit(resource.RLIMIT_NOFILE, _MOST_FILES, hard=_MOST_FILES)
    sys.addaudithook(_refuse)


def begin_file(settings: ParserSettings) -> None:
    """The memory and the processor time of one file. At the end of its time the kernel ends the process (SIGXCPU)."""
    _limit(resource.RLIMIT_AS, min(_address_space() + settings.memory_mib * MEBI, _hard(resource.RLIMIT_AS)))
    _limit_time(settings.seconds)


def begin_ocr(settings: ParserSettings) -> None:
    """Recognition may have more of both."""
    _limit(resource.RLIMIT_AS, _hard(resource.RLIMIT_AS))
    _limit_time(settings.ocr_seconds * (os.cpu_count() or 1))


def memory_in_use() -> int:
    """Bytes of memory that this process holds; where the kernel does not say, the most that it ever held."""
    return _statm(1) or peak_of(resource.getrusage(resource.RUSAGE_SELF))


def peak_of(usage: resource.struct_rusage) -> int:
    """The greatest size in bytes. On Linux it is never less than that of the process that started this one."""
    return usage.ru_maxrss if sys.platform == "darwin" else usage.ru_maxrss * 1024


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    if event == "open":
        path, _, flags = arguments
        if isinstance(flags, int) and flags & _WRITING and path != os.devnull:
            raise RefusedError("writing is refused here")
    elif event.startswith("socket.") or event in _REFUSED:
        raise RefusedError(f"{event} is refused here")


def _address_space() -> int:
    """Bytes of addresses in use; 0 where the kernel does not say."""
    return _statm(0)


def _statm(column: int) -> int:
    with suppress(OSError):
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[column]) * resource.getpagesize()
    return 0


def _hard(kind: int) -> int:
    return resource.getrlimit(kind)[1]


def _limit_time(seconds: float) -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    _limit(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime + seconds) + 1)


def _limit(kind: int, soft: int, *, hard: int | None = None) -> None:
    """Lower limits that are in force already stay."""
    least = _hard(kind) if hard is None else hard
    current = _hard(kind)
    ceiling = least if current == resource.RLIM_INFINITY else min(least, current)
    wanted = soft if ceiling == resource.RLIM_INFINITY else min(soft, ceiling)
    # macOS knows some of these by name only; time and the parent's clock then remain.
    with suppress(ValueError, OSError):
        resource.setrlimit(kind, (wanted, ceiling))
