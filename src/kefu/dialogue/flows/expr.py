"""Expressions of flows: a small part of Python's grammar, interpreted by ourselves; nothing else is ever run.

Numbers are exact decimals. ``and`` and ``or`` stop early, and a name is read only when it is needed: reading a slot that
is not filled makes the evaluator ask for it. A missing key of an object is nothing (``null``).
"""

import ast
import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, DecimalException
from typing import Protocol

from kefu.dialogue.flows.errors import ExpressionError
from kefu.dialogue.flows.functions import FUNCTIONS
from kefu.dialogue.flows.values import (
    EXACT,
    LARGEST,
    ValueMismatchError,
    are_equal,
    comes_before,
    contains,
    describe,
    is_number,
    to_number,
)

MAX_SOURCE, MAX_NODES, MAX_DEPTH = 500, 100, 16
_WORDS: Mapping[str, object] = {"true": True, "false": False, "null": None}
_ARITHMETIC: Mapping[type[ast.operator], Callable[[Decimal, Decimal], Decimal]] = {
    ast.Add: EXACT.add,
    ast.Sub: EXACT.subtract,
    ast.Mult: EXACT.multiply,
    ast.Div: EXACT.divide,
    ast.Mod: EXACT.remainder,
}
_COMPARISONS: Mapping[type[ast.cmpop], Callable[[object, object], bool]] = {
    ast.Eq: are_equal,
    ast.NotEq: lambda left, right: not are_equal(left, right),
    ast.Lt: comes_before,
    ast.Gt: lambda left, right: comes_before(right, left),
    ast.LtE: lambda left, right: not comes_before(right, left),
    ast.GtE: lambda left, right: not comes_before(left, right),
    ast.In: lambda left, right: contains(right, left),
    ast.NotIn: lambda left, right: not contains(right, left),
}
_ALLOWED = (
    ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.BinOp, ast.Compare, ast.Constant, ast.Name,
    ast.Attribute, ast.Subscript, ast.Call, ast.List, ast.Tuple, ast.IfExp, ast.Load,
    *_ARITHMETIC, *_COMPARISONS,
)  # fmt: skip


class Scope(Protocol):
    """What an expression sees: names, and the turn's time."""

    @property
    def now(self) -> datetime: ...

    def read(self, name: str) -> object:
        """The value of a name. Raises KeyError when there is none; may raise what asks the customer."""
        ...


@dataclass(frozen=True, slots=True)
class Expression:
    """A checked expression. ``paths`` are the names that it may read, with their attributes: ``("o", "status")``."""

    source: str
    tree: ast.expr = field(compare=False, repr=False)
    paths: frozenset[tuple[str, ...]] = field(compare=False, repr=False)

    @property
    def names(self) -> frozenset[str]:
        return frozenset(path[0] for path in self.paths)

    def evaluate(self, scope: Scope) -> object:
        """Raises ExpressionError when a value is of the wrong kind."""
        try:
            return _Evaluation(scope).of(self.tree)
        except KeyError as error:
            raise ExpressionError(self.source, f"{error.args[0]} is not known here") from error
        except (ValueMismatchError, OverflowError) as error:
            raise ExpressionError(self.source, str(error)) from error
        except DecimalException as error:
            raise ExpressionError(self.source, "this cannot be calculated") from error


def parse(source: str) -> Expression:
    """Read an expression. Raises ExpressionError for anything outside the small language."""
    if len(source) > MAX_SOURCE:
        raise ExpressionError(source[:40] + "…", f"is longer than {MAX_SOURCE} characters")
    if "\\" in source:
        raise ExpressionError(source, "has a backslash")
    try:
        tree = ast.parse(source.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ExpressionError(source, "is not an expression") from error
    _check(tree, source)
    return Expression(source, tree, frozenset(_paths(tree)))


def _check(tree: ast.expr, source: str) -> None:
    level: list[ast.AST] = [tree]
    count = depth = 0
    while level:
        depth, count = depth + 1, count + len(level)
        for node in level:
            reason = _refuse(node)
            if reason:
                raise ExpressionError(source, reason)
        if depth > MAX_DEPTH or count > MAX_NODES:
            raise ExpressionError(source, "is too large: divide it")
        level = [child for node in level for child in _parts(node)]


def _parts(node: ast.AST) -> Iterator[ast.AST]:
    """The children of a node; a called name is no value and was checked with its call."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.expr_context) and not (isinstance(node, ast.Call) and child is node.func):
            yield child


def _refuse(node: ast.AST) -> str:  # noqa: PLR0911 - one line a kind of node
    """Why a node is not allowed; empty when it is."""
    if not isinstance(node, _ALLOWED):
        return f"{type(node).__name__} is not allowed"
    match node:
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name in FUNCTIONS:
            least, most = FUNCTIONS[name].least, FUNCTIONS[name].most
            fits = least <= len(arguments) <= most
            return "" if fits else f"{name} takes {least} to {most} arguments"
        case ast.Call():
            return "only registered functions can be called, without keywords"
        case ast.Constant(value=value) if value is not None and not isinstance(value, bool | str):
            fits = isinstance(value, int | float) and -LARGEST <= value <= LARGEST
            return "" if fits else "a number is too large or not real"
        case ast.Name(id=name) | ast.Attribute(attr=name) if name.startswith("_"):
            return f"{name} begins with an underscore"
        case ast.Subscript(slice=ast.Constant(value=key)) if isinstance(key, bool) or not isinstance(key, str | int):
            return "an index is a number or a text"
        case ast.Subscript(slice=index) if not isinstance(index, ast.Constant):
            return "an index is a number or a text"
    return ""


def _paths(tree: ast.AST) -> Iterator[tuple[str, ...]]:
    if isinstance(tree, ast.Name | ast.Attribute):
        path = _path_of(tree)
        if path:
            if path[0] not in _WORDS:
                yield path
            return
    for child in _parts(tree):
        yield from _paths(child)


def _path_of(node: ast.expr) -> tuple[str, ...]:
    match node:
        case ast.Name(id=name):
            return (name,)
        case ast.Attribute(value=value, attr=attribute):
            inner = _path_of(value)
            return (*inner, attribute) if inner else ()
    return ()


@dataclass(frozen=True, slots=True)
class _Evaluation:
    scope: Scope

    def of(self, node: ast.expr) -> object:  # noqa: PLR0911 - one line a kind of node
        match node:
            case ast.Constant(value=float() as value):
                return Decimal(repr(value))
            case ast.Constant(value=value):
                return value
            case ast.Name(id=name):
                return _WORDS[name] if name in _WORDS else self.scope.read(name)
            case ast.Attribute(value=inner, attr=name):
                return _entry(self.of(inner), name)
            case ast.Subscript(value=inner, slice=ast.Constant(value=key)):
                return _entry(self.of(inner), key)
            case ast.List(elts=entries) | ast.Tuple(elts=entries):
                return [self.of(entry) for entry in entries]
        return self._operation(node)

    def _operation(self, node: ast.expr) -> object:  # noqa: PLR0911 - one line a kind of node
        match node:
            case ast.BoolOp(op=ast.And(), values=values):
                return all(bool(self.of(value)) for value in values)
            case ast.BoolOp(values=values):
                return any(bool(self.of(value)) for value in values)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return not self.of(operand)
            case ast.UnaryOp(operand=operand):
                return operator.neg(to_number(self.of(operand)))
            case ast.BinOp(left=left, op=op, right=right):
                return self._calculated(self.of(left), op, self.of(right))
            case ast.IfExp(test=test, body=body, orelse=otherwise):
                return self.of(body if self.of(test) else otherwise)
            case ast.Compare():
                return self._compared(node)
            case ast.Call(func=ast.Name(id=name), args=arguments):
                return FUNCTIONS[name].call([self.of(argument) for argument in arguments], self.scope.now)
        raise ValueMismatchError(f"{type(node).__name__} is not allowed")

    def _compared(self, node: ast.Compare) -> bool:
        left = self.of(node.left)
        for op, comparator in zip(node.ops, node.comparators, strict=True):
            right = self.of(comparator)
            if not _COMPARISONS[type(op)](left, right):
                return False
            left = right
        return True

    def _calculated(self, left: object, op: ast.operator, right: object) -> object:
        """Only a number takes part in arithmetic: a text is neither added nor repeated."""
        for value in (left, right):
            if not is_number(value):
                raise ValueMismatchError(f"{describe(value)} is not a number")
        return to_number(_ARITHMETIC[type(op)](to_number(left), to_number(right)))


def _entry(container: object, key: object) -> object:
    """One entry of an object or a list; None when there is none. Raises ValueMismatchError on anything else."""
    if isinstance(container, dict):
        return container.get(key)
    if isinstance(container, list) and isinstance(key, int):
        return container[key] if -len(container) <= key < len(container) else None
    raise ValueMismatchError(f"{describe(container)} has no {key}")
