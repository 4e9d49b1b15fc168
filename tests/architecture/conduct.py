"""STYLE 7, 13 and 14: who builds objects, who swallows errors, who speaks to people."""

import ast
import re
from fnmatch import fnmatch

from tests.architecture.rules import Found, Rule, Source

HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")
OWN_NAME = "客服"  # kefu's own
READS_LANGUAGE = (
    "src/kefu/kit/*",  # character tables and sentence ends
    "src/kefu/dialogue/propose/*",  # the words by which a request is recognised
    "src/kefu/dialogue/guard/*",  # the words of an attack, and of a negation that must survive
    "src/kefu/dialogue/slots/*",  # the words in which dates, amounts and choices are said
    "src/kefu/dialogue/answer/asked.py",  # what kind of fact a question wants: units, times, places
    "src/kefu/dialogue/answer/verify.py",  # numbers and negations that a sentence must keep
    "src/kefu/knowledge/*",  # tokenising and splitting
    "src/kefu/models/fakes/*",  # a fake model's brain reads questions
    "src/kefu/demo/*",  # the demo shop's own texts
    "plugins/*/demo/*",  # and the trade plugins'
    "src/kefu/dialogue/strings/*",
    "packages/*",
)
LOG_METHODS = frozenset({"debug", "info", "warning", "warn", "error", "exception", "critical", "log", "print"})
BROAD = frozenset({"Exception", "BaseException"})
BUILT_BY_FACTORY = re.compile(r"^[A-Z]\w*(Service|Gateway|Factory)$|^(Database|MemoryBus|RedisBus)$")
BUILDERS = ("src/kefu/factory.py", "src/kefu/factory/*", "src/kefu/app.py")


def _is_broad(handler: ast.ExceptHandler) -> bool:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(kind is None or ast.unparse(kind) in BROAD for kind in kinds)


def _is_idle(statement: ast.stmt) -> bool:
    """Whether a statement does nothing about an error: passes, goes on, or only writes it down."""
    if isinstance(statement, ast.Pass | ast.Continue):
        return True
    if not isinstance(statement, ast.Expr):
        return False
    value = statement.value.value if isinstance(statement.value, ast.Await) else statement.value
    if isinstance(value, ast.Constant):
        return True
    if not isinstance(value, ast.Call):
        return False
    called = value.func.attr if isinstance(value.func, ast.Attribute) else ast.unparse(value.func)
    return called in LOG_METHODS


def _swallowed_errors(source: Source) -> Found:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ExceptHandler) and _is_broad(node) and all(map(_is_idle, node.body)):
            yield node.lineno, "any error is caught and nothing is done about it: catch the narrowest where you can act"
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("suppress"):
            for argument in node.args:
                if ast.unparse(argument) in BROAD:
                    yield node.lineno, "suppress(Exception) hides every bug: name the error"


def _docstrings(tree: ast.Module) -> set[int]:
    """The ids of string constants that stand alone: docstrings and the notes under attributes."""
    return {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }


def _chinese_in_code(source: Source) -> Found:
    notes = _docstrings(source.tree)
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or id(node) in notes:
            continue
        if HAN.search(node.value.replace(OWN_NAME, "")):
            yield node.lineno, f"a sentence for people belongs in strings/: {node.value[:20]!r}"


def _built_elsewhere(source: Source) -> Found:
    """A class may be built in its own file too: that is its constructor in other words."""
    own = {node.name for node in ast.walk(source.tree) if isinstance(node, ast.ClassDef)}
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            name = node.func.id
            if BUILT_BY_FACTORY.match(name) and name not in own:
                yield node.lineno, f"{name} is built in factory.py only: take it as a parameter"


def _unlimited_queues(source: Source) -> Found:
    """STYLE 18: every queue has a limit."""
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Call) or ast.unparse(node.func) not in {"asyncio.Queue", "queue.Queue", "Queue"}:
            continue
        if not node.args and not any(keyword.arg == "maxsize" for keyword in node.keywords):
            yield node.lineno, "a queue without a limit grows until the process dies: give it a size"


def _service(body: str) -> Source:
    return Source("src/kefu/services/a.py", body)


RULES = (
    Rule(
        "no error is caught and forgotten",
        _swallowed_errors,
        planted=(
            _service("try:\n    f()\nexcept Exception:\n    pass\n"),
            _service("for x in y:\n    try:\n        f()\n    except:\n        continue\n"),
            _service("try:\n    f()\nexcept (ValueError, Exception) as e:\n    log.exception('oh', e)\n"),
            _service(
                "async def g():\n    try:\n        f()\n    except BaseException:\n        await log.error('no')\n"
            ),
            _service("from contextlib import suppress\nwith suppress(Exception):\n    f()\n"),
        ),
        allowed=(
            _service("try:\n    f()\nexcept KeyError:\n    pass\n"),
            _service("try:\n    f()\nexcept Exception as error:\n    log.exception('x')\n    raise\n"),
            _service("try:\n    f()\nexcept Exception as error:\n    outcome = Failed(error)\n"),
        ),
    ),
    Rule(
        "what people read is in strings/",
        _chinese_in_code,
        planted=(_service("SORRY = '对不起'\n"), _service("def f(n): return f'还有{n}件'\n")),
        allowed=(
            _service('"""A docstring may say 退货."""\n'),
            _service("STOP = '。'\n"),
            Source("src/kefu/dialogue/propose/rules.py", "WORDS = ('人工',)\n"),
        ),
        applies=lambda source: (
            source.is_shipped and not any(fnmatch(source.path, pattern) for pattern in READS_LANGUAGE)
        ),
    ),
    Rule(
        "objects are built in the factory",
        _built_elsewhere,
        planted=(
            _service("turns = TurnService(database)\n"),
            Source("src/kefu/server/a.py", "def f(url): return Database(url, clock=clock)\n"),
        ),
        allowed=(
            Source("src/kefu/factory.py", "turns = TurnService(database)\n"),
            _service("class TurnService(Base): ...\ndef f(turns: TurnService) -> None: ...\n"),
        ),
        applies=lambda source: (
            source.path.startswith("src/kefu/") and not any(fnmatch(source.path, pattern) for pattern in BUILDERS)
        ),
    ),
    Rule(
        "every queue has a limit",
        _unlimited_queues,
        planted=(_service("import asyncio\nq = asyncio.Queue()\n"),),
        allowed=(_service("import asyncio\nq = asyncio.Queue(8)\nr = asyncio.Queue(maxsize=8)\n"),),
    ),
)
