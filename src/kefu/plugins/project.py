"""A plugin's project on the disk: a new one that works, and whether one can be used."""

import re
import sys
import tomllib
from importlib.metadata import EntryPoint
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from kefu.domain.errors import InvalidInputError
from kefu.plugins.errors import PluginError
from kefu.plugins.host import GROUP, load
from kefu.plugins.manifest import Plugin
from kefu.plugins.validation import problems_of

_NAME = re.compile(r"[a-z][a-z0-9-]{1,30}")
_ENDING = ".tmpl"


def write_project(name: str, folder: Path) -> list[Path]:
    """A small plugin with a tool, a flow, texts and tests that pass; the files. Raises InvalidInputError."""
    if _NAME.fullmatch(name) is None:
        raise InvalidInputError("A name is lower-case letters, digits and hyphens, 2 to 31.", field="name")
    if folder.exists() and any(folder.iterdir()):
        raise InvalidInputError(f"{folder} is not empty.", field="folder")
    flow = name.replace("-", "_")
    words = {"@NAME@": name, "@PACKAGE@": f"kefu_{flow}", "@FLOW@": f"{flow}_callback"}
    return sorted(_write(files("kefu.plugins") / "template", folder, words))


def check_project(folder: Path) -> tuple[Plugin | None, list[str]]:
    """The plugin of a project, and one sentence for each thing that is wrong with it. Its code is run."""
    try:
        project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        points = project["entry-points"][GROUP].items()
        name, value = next(iter(points))
    except (OSError, KeyError, StopIteration, tomllib.TOMLDecodeError):
        return None, [f'{folder / "pyproject.toml"} names no entry point of the group "{GROUP}".']
    place = folder / "src" if (folder / "src").is_dir() else folder
    _forget(value.partition(":")[0].partition(".")[0])
    sys.path.insert(0, str(place.resolve()))
    try:
        plugin = load(EntryPoint(name, value, GROUP))
    except PluginError as error:
        return None, [error.detail]
    finally:
        sys.path.remove(str(place.resolve()))
    return plugin, problems_of(plugin)


def _forget(package: str) -> None:
    """What of it was imported before, from wherever, so that what is on the disk now is checked."""
    for name in [name for name in sys.modules if name == package or name.startswith(f"{package}.")]:
        del sys.modules[name]


def _write(source: Traversable, target: Path, words: dict[str, str]) -> list[Path]:
    if source.is_dir():
        made = [_write(child, target / _place(child.name, words), words) for child in source.iterdir()]
        return [path for paths in made for path in paths]
    text = source.read_text(encoding="utf-8")
    for mark, word in words.items():
        text = text.replace(mark, word)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")
    return [target]


def _place(name: str, words: dict[str, str]) -> str:
    return f"src/{words['@PACKAGE@']}" if name == "package" else name.removesuffix(_ENDING)
