"""What the code of a plugin imports, read without running it."""

import ast
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from kefu.plugins.manifest import Use

_PUBLIC = ("kefu.plugins",)
_OWN = "kefu"
_MEANS = {
    Use.NETWORK: frozenset(
        "aiohttp asyncpg ftplib http.client httpx httpx2 requests smtplib socket urllib.request urllib3 websockets".split()
    ),
    Use.PROCESSES: frozenset({"multiprocessing", "subprocess", "pty"}),
}


def import_problems(module: str, *, uses: frozenset[Use]) -> list[str]:
    """One sentence for each import that goes past ``kefu.plugins``, or that the manifest does not ask for.

    This finds mistakes, not malice: a plugin runs in the server's process, so only install what you trust.
    """
    return [problem for file in _files_of(module) for problem in _problems_of(file, uses)]


def _files_of(module: str) -> list[Path]:
    spec = find_spec(module.partition(".")[0])
    if spec is None:
        return []
    if spec.submodule_search_locations:
        return sorted(file for place in spec.submodule_search_locations for file in Path(place).rglob("*.py"))
    return [] if spec.origin is None else [Path(spec.origin)]


def _problems_of(file: Path, uses: frozenset[Use]) -> Iterator[str]:
    for line, name in _imports(ast.parse(file.read_bytes())):
        if _is_within(name, _OWN) and not any(_is_within(name, public) for public in _PUBLIC):
            yield f"{file.name}:{line} imports {name}; only kefu.plugins is for plugins."
        for use, means in _MEANS.items():
            if use not in uses and any(_is_within(name, module) for module in means):
                yield f"{file.name}:{line} imports {name}; its manifest does not ask for {use}."


def _imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            # `from kefu import plugins` names its module only with the alias
            is_parent = node.module in {_OWN, "http", "urllib"}
            yield from (
                (node.lineno, f"{node.module}.{alias.name}" if is_parent else node.module) for alias in node.names
            )


def _is_within(name: str, module: str) -> bool:
    return name == module or name.startswith(f"{module}.")
