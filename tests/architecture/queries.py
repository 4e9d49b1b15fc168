"""Every query is bound to one workspace: only ``Repository``, ``Platform`` and its ``DueWork`` can begin a statement.

A repository gets its statements from ``Repository.select`` and its sisters, which add the workspace. These rules
close the other ways to begin one: SQLAlchemy's functions, a table's own methods, and SQL as text.
"""

import ast

from tests.architecture.rules import Found, Rule, Source

STORAGE = "src/kefu/storage/"
BEGINNERS = frozenset({"select", "insert", "update", "delete", "Select", "union", "union_all", "exists", "lambda_stmt"})
TABLE_METHODS = frozenset({"select", "insert", "update", "delete"})
MAY_BEGIN = frozenset({f"{STORAGE}repository.py", f"{STORAGE}platform.py", f"{STORAGE}due.py"})
CONNECTIONS = frozenset({f"{STORAGE}sqlite.py", f"{STORAGE}postgres.py"})
MAY_WRITE_SQL = CONNECTIONS | {f"{STORAGE}database.py", f"{STORAGE}schema.py"}
SQL_TEXT = frozenset({"text", "literal_column", "TextClause"})
DRIVER_CALLS = frozenset({"exec_driver_sql", "executescript"})


def _is_storage(source: Source) -> bool:
    return source.is_shipped and "/migrations/" not in source.path


def _names_from_sqlalchemy(source: Source) -> list[tuple[int, str]]:
    return [
        (node.lineno, alias.name)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "sqlalchemy"
        for alias in node.names
    ]


def _statements(source: Source) -> Found:
    if source.path in MAY_BEGIN:
        return
    for line, name in _names_from_sqlalchemy(source):
        if name in BEGINNERS and not (name == "Select" and source.path.startswith(STORAGE)):
            yield line, f"`{name}` begins a statement without a workspace: use Repository.{name.lower()}"
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import) and any(alias.name.split(".")[0] == "sqlalchemy" for alias in node.names):
            yield node.lineno, "import the names you need: `sqlalchemy.` reaches statements without a workspace"


def _table_methods(source: Source) -> Found:
    tables = {
        alias.asname or alias.name
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ImportFrom) and node.module == "kefu.storage.tables"
        for alias in node.names
    }
    for node in ast.walk(source.tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in TABLE_METHODS
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id in tables
        ):
            yield node.lineno, f"`{ast.unparse(node.func)}()` begins a statement without a workspace"


def _sql_text(source: Source) -> Found:
    if source.path in MAY_WRITE_SQL:
        return
    for line, name in _names_from_sqlalchemy(source):
        if name in SQL_TEXT:
            yield line, f"`{name}`: SQL as text is bound to no workspace"
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute) and node.attr in DRIVER_CALLS:
            yield node.lineno, f"`{node.attr}`: SQL as text is bound to no workspace"


def _unbound_repositories(source: Source) -> Found:
    """A class that executes statements is a Repository, or one of the few that may see all workspaces."""
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.ClassDef) or any(ast.unparse(base) == "Repository" for base in node.bases):
            continue
        for inner in ast.walk(node):
            if isinstance(inner, ast.Attribute) and ast.unparse(inner) == "self._connection.execute":
                yield inner.lineno, f"{node.name} executes statements and is no Repository"
                break


def _repository(body: str, *, path: str = "events.py") -> Source:
    return Source(f"{STORAGE}{path}", body)


RULES = (
    Rule(
        "only Repository and Platform begin a statement",
        _statements,
        planted=(
            _repository("from sqlalchemy import Row, select\n"),
            _repository("from sqlalchemy.sql import delete\n"),
            _repository("from sqlalchemy.dialects.postgresql import insert\n"),
            _repository("import sqlalchemy as sa\nsa.select(1)\n"),
            Source("src/kefu/services/turn.py", "from sqlalchemy import update as change\n"),
        ),
        allowed=(
            _repository("from sqlalchemy import Row, Update, or_\n"),
            _repository("from sqlalchemy import select\n", path="repository.py"),
            _repository("from sqlalchemy import select\n", path="migrations/versions/0002_fill.py"),
        ),
        applies=_is_storage,
    ),
    Rule(
        "no table begins a statement by itself",
        _table_methods,
        planted=(_repository("from kefu.storage.tables import events\nevents.select()\n"),),
        allowed=(_repository("from kefu.storage.tables import events\nseen = set()\nseen.update(events.c)\n"),),
        applies=lambda source: _is_storage(source) and source.path not in MAY_BEGIN,
    ),
    Rule(
        "no SQL as text outside the connection itself",
        _sql_text,
        planted=(
            _repository("from sqlalchemy import text\n"),
            _repository("def f(c): c.exec_driver_sql('DELETE FROM events')\n"),
        ),
        allowed=(_repository("from sqlalchemy import text\n", path="sqlite.py"),),
        applies=_is_storage,
    ),
    Rule(
        "what executes statements is bound to a workspace",
        _unbound_repositories,
        planted=(
            _repository("class EventLog:\n    async def all(self): return await self._connection.execute(self._all)\n"),
        ),
        allowed=(
            _repository(
                "class EventRepository(Repository):\n"
                "    async def all(self): return await self._execute(Repository.select(events))\n"
            ),
        ),
        applies=lambda source: _is_storage(source) and source.path not in MAY_BEGIN | CONNECTIONS,
    ),
)
