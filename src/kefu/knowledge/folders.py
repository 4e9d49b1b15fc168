"""The files of a folder that may be knowledge."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kefu.knowledge.errors import Problem
from kefu.knowledge.parsers.kinds import IMAGES, KINDS, UNREAD
from kefu.knowledge.parsers.ocr import is_installed


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file and the folder that its key is relative to; ``problem`` and ``reason`` when it is not even opened."""

    path: Path
    root: Path
    problem: Problem | None = None
    reason: str = ""


def find_files(path: Path) -> Iterator[FoundFile]:
    """A file as it is named; of a folder all files of known kinds, without hidden ones, in a stable order.

    Links that lead out of the folder, links to folders, and folders that cannot be read are found with their problem.
    Kinds that hold knowledge but are not read are found too, so that they are reported; images only if OCR is there.
    """
    if not path.is_dir():
        yield FoundFile(path, path.parent)
        return
    root = path.resolve()
    waiting = [path]
    while waiting:
        current = waiting.pop()
        if current.is_dir() and (current == path or not current.is_symlink()):
            try:
                names = sorted(name for name in os.listdir(current) if not name.startswith("."))  # noqa: PTH208 - names
            except OSError as error:
                yield FoundFile(current, path, Problem.UNREADABLE, f"cannot be read: {error.strerror}")
                continue
            waiting.extend(current / name for name in reversed(names))
        else:
            yield from _judge(current, path, root)


def _judge(file: Path, folder: Path, root: Path) -> Iterator[FoundFile]:
    if file.is_symlink():
        target = file.resolve()
        if target.is_dir():
            yield FoundFile(file, folder, Problem.OUTSIDE_FOLDER, "a link to a folder is not followed")
            return
        if _is_wanted(file) and not target.is_relative_to(root):
            yield FoundFile(file, folder, Problem.OUTSIDE_FOLDER, "a link that leads out of the folder")
            return
    if _is_wanted(file):
        yield FoundFile(file, folder)


def _is_wanted(file: Path) -> bool:
    suffix = file.suffix.lower()
    return suffix in UNREAD or (suffix in KINDS and (suffix not in IMAGES or is_installed()))
