"""YAML as nodes that know their line, so that an error can name it. Only what a flow needs of YAML is accepted:
no anchors, no tags, no duplicate keys; ``yes``, ``no``, ``on`` and ``off`` are words.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import yaml

from kefu.dialogue.flows.errors import FlowInvalidError
from kefu.kit.jsonvalue import JsonValue

MAX_BYTES, MAX_DEPTH = 256 * 1024, 24
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"-?[0-9]{1,18}\.[0-9]{1,18}")
_TAGS = frozenset({"str", "int", "float", "bool", "null", "timestamp", "seq", "map", "value"})
"""What a plain value may look like to YAML; what it is to us is decided here."""


@dataclass(frozen=True, slots=True)
class Node:
    """A value of the file: a scalar (with its source ``text``), a list, or a mapping."""

    file: str
    line: int
    text: str = ""
    is_quoted: bool = False
    entries: tuple["Node", ...] | None = None
    fields: Mapping[str, "Node"] | None = None

    def error(self, reason: str) -> FlowInvalidError:
        return FlowInvalidError(file=self.file, line=self.line, reason=reason)

    def mapping(self, what: str, *allowed: str) -> Mapping[str, "Node"]:
        """The fields. Raises FlowInvalidError when this is no mapping or a key is not one of those allowed, if any."""
        if self.fields is None:
            raise self.error(f"{what} must be a mapping")
        for key, node in self.fields.items():
            if allowed and key not in allowed:
                raise node.error(f"{what} has no key `{key}`; it knows {', '.join(allowed)}")
        return self.fields

    def list(self, what: str) -> tuple["Node", ...]:
        if self.entries is None:
            raise self.error(f"{what} must be a list")
        return self.entries

    def string(self, what: str) -> str:
        """The text as it is written. Raises FlowInvalidError when it is empty or no scalar."""
        if not self.is_scalar or not self.text:
            raise self.error(f"{what} must be a text")
        return self.text

    def one_of(self, what: str, *allowed: str) -> str:
        found = self.string(what)
        if found not in allowed:
            raise self.error(f"{what} must be one of {', '.join(allowed)}, not `{found}`")
        return found

    def integer(self, what: str) -> int:
        found = self.scalar
        if isinstance(found, bool) or not isinstance(found, int):
            raise self.error(f"{what} must be a whole number")
        return found

    def boolean(self, what: str) -> bool:
        found = self.scalar
        if not isinstance(found, bool):
            raise self.error(f"{what} must be true or false")
        return found

    @property
    def is_scalar(self) -> bool:
        return self.entries is None and self.fields is None

    @property
    def scalar(self) -> JsonValue:
        """A quoted scalar is a text; else true, false, null and numbers are what they look like."""
        if self.is_quoted or not self.is_scalar:
            return self.text
        if self.text in {"true", "false"}:
            return self.text == "true"
        if self.text in {"", "null", "~"}:
            return None
        if _INTEGER.fullmatch(self.text):
            return int(self.text)
        return float(self.text) if _DECIMAL.fullmatch(self.text) else self.text

    def plain(self) -> JsonValue:
        """The value as JSON."""
        if self.fields is not None:
            return {key: node.plain() for key, node in self.fields.items()}
        if self.entries is not None:
            return [node.plain() for node in self.entries]
        return self.scalar

    def source(self) -> JsonValue:
        """The value with each scalar as it is written: what a content hash is made of."""
        if self.fields is not None:
            return {key: node.source() for key, node in self.fields.items()}
        if self.entries is not None:
            return [node.source() for node in self.entries]
        return self.text


def read(text: str, *, file: str) -> Node:
    """Read one YAML document. Raises FlowInvalidError with the line."""
    if len(text.encode()) > MAX_BYTES:
        raise FlowInvalidError(file=file, line=1, reason=f"is larger than {MAX_BYTES // 1024} kB")
    try:
        found = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark is not None else 1
        raise FlowInvalidError(file=file, line=line, reason=f"is not YAML: {error.problem}") from error
    except (yaml.YAMLError, RecursionError) as error:
        raise FlowInvalidError(file=file, line=1, reason="is not YAML") from error
    if found is None:
        raise FlowInvalidError(file=file, line=1, reason="is empty")
    return _Reading(file).node(found, 0)


class _Reading:
    """A node that is met twice was named by an anchor."""

    def __init__(self, file: str) -> None:
        self.file = file
        self._seen: set[int] = set()

    def node(self, found: yaml.Node, depth: int) -> Node:
        line = found.start_mark.line + 1
        if id(found) in self._seen:
            raise FlowInvalidError(file=self.file, line=line, reason="anchors are not used here")
        self._seen.add(id(found))
        if depth > MAX_DEPTH:
            raise FlowInvalidError(file=self.file, line=line, reason="is nested too deeply")
        if found.tag.removeprefix("tag:yaml.org,2002:") not in _TAGS:
            raise FlowInvalidError(file=self.file, line=line, reason=f"the tag {found.tag} is not used here")
        if isinstance(found, yaml.SequenceNode):
            return Node(self.file, line, entries=tuple(self.node(entry, depth + 1) for entry in found.value))
        if isinstance(found, yaml.MappingNode):
            return Node(self.file, line, fields=dict(self._fields(found, depth + 1)))
        is_quoted = isinstance(found, yaml.ScalarNode) and found.style is not None
        return Node(self.file, line, text=str(found.value), is_quoted=is_quoted)

    def _fields(self, found: yaml.MappingNode, depth: int) -> Iterator[tuple[str, Node]]:
        seen: set[str] = set()
        for key, value in found.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise FlowInvalidError(file=self.file, line=line, reason="a key must be a text")
            if key.value in seen:
                raise FlowInvalidError(file=self.file, line=line, reason=f"the key `{key.value}` is there twice")
            seen.add(key.value)
            node = self.node(value, depth)
            yield key.value, node
