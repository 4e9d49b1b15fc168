"""Files as they lie on the disk: what a name means, and opening nothing but a regular file."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from kefu.domain.conversation import Language
from kefu.knowledge.errors import DocumentInvalidError, Problem

_LONGEST_KEY = 250
"""Leaves room for what the parts of a file add to it: a sheet's name, an entry's id."""


@dataclass(frozen=True, slots=True)
class FileName:
    """What a path says: how it is shown, the key of its document, and its language if it is part of the name."""

    shown: str
    key: str
    language: Language | None


def name_of(path: Path, *, root: Path) -> FileName:
    """``shop/faq.zh.jsonl`` → key shop/faq, language zh. A long path's key is its beginning and a hash of it."""
    stem = show(path.relative_to(root).with_suffix("").as_posix())
    language: Language | None = "zh" if stem.endswith(".zh") else "en" if stem.endswith(".en") else None
    key = stem if language is None else stem[:-3]
    return FileName(shown=show(path), key=to_key(key), language=language)


def to_key(text: str) -> str:
    """A path or an address as a key: of a long one its beginning and a hash of it."""
    if len(text) <= _LONGEST_KEY:
        return text
    return f"{text[: _LONGEST_KEY - 13]}~{sha256(text.encode()).hexdigest()[:12]}"


@contextmanager
def open_file(path: Path, *, max_bytes: int) -> Iterator[BinaryIO]:
    """The bytes of a regular file. Raises DocumentInvalidError: unreadable, not_a_file, too_large."""
    shown = show(path)
    try:
        # Without O_NONBLOCK, opening a pipe would wait for its writer.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        reason = f"cannot be read: {error.strerror}"
        raise DocumentInvalidError(file=shown, reason=reason, problem=Problem.UNREADABLE) from error
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise DocumentInvalidError(file=shown, reason="not a file with content", problem=Problem.NOT_A_FILE)
        if status.st_size > max_bytes:
            reason = f"{status.st_size} bytes; the limit is {max_bytes}"
            raise DocumentInvalidError(file=shown, reason=reason, problem=Problem.TOO_LARGE)
        yield file


def show(path: str | Path) -> str:
    """A path as text. Bytes that are no text become question marks: it must be printable and storable."""
    return os.fsencode(path).decode("utf-8", "replace").replace("\ufffd", "?")
