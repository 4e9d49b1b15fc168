"""Which code decided: the release, and the hash of what it decides by."""

import hashlib
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from kefu import __version__

_DECIDES = ("dialogue", "knowledge", "models", "plugins", "domain", "kit")
_READ = (".py", ".json", ".toml", ".md", ".txt", ".csv", ".yaml")
_SHOWN = 12


@cache
def versions_of() -> dict[str, str]:
    """``code``: the release with the hash of all that takes part in a decision; ``strings``: of the texts alone."""
    root = files("kefu")
    return {
        "code": f"{__version__}+{_hash(*(root / name for name in _DECIDES))}",
        "strings": _hash(root / "dialogue" / "strings"),
    }


def _hash(*folders: Traversable) -> str:
    digest = hashlib.sha256()
    for folder in folders:
        _add(folder, folder.name, digest)
    return digest.hexdigest()[:_SHOWN]


def _add(folder: Traversable, path: str, digest: "hashlib._Hash") -> None:
    for entry in sorted(folder.iterdir(), key=lambda one: one.name):
        name = f"{path}/{entry.name}"
        if entry.is_dir():
            _add(entry, name, digest)
        elif entry.name.endswith(_READ):
            digest.update(name.encode() + b"\0" + entry.read_bytes())
