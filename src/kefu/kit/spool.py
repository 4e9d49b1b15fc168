"""A place on the disk for what is only passing through."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_ABANDONED_S = 24 * 3600


@contextmanager
def spool(folder: Path) -> Iterator[Path]:
    """An empty folder for its caller alone inside ``folder``, gone afterwards.

    What a process left that was killed goes a day later, with the next one.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    _sweep(folder)
    with tempfile.TemporaryDirectory(dir=folder, ignore_cleanup_errors=True) as own:
        yield Path(own)


def _sweep(folder: Path) -> None:
    for left in folder.iterdir():
        try:
            is_abandoned = time.time() - left.stat().st_mtime > _ABANDONED_S
        except FileNotFoundError:
            continue  # its owner was done with it
        if is_abandoned:
            shutil.rmtree(left, ignore_errors=True)
