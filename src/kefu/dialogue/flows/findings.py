"""What the linter finds, and what it may know beyond a flow's own file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from kefu.dialogue.flows.port import ToolFacts

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong. An error stops loading."""

    file: str
    line: int
    severity: Severity
    code: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.severity} {self.code}: {self.message}"


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The tools, texts and policy values of a workspace. What is None is not known, and is not checked."""

    tools: Mapping[str, ToolFacts] | None = None
    texts: frozenset[str] | None = None
    policy: frozenset[str] | None = None
    slot_types: frozenset[str] = frozenset()
    """Types of slots that plugins bring."""


@dataclass(slots=True)
class Report:
    """Collects the findings of one file."""

    file: str
    findings: list[Finding] = field(default_factory=list)

    def error(self, line: int, code: str, message: str) -> None:
        self.findings.append(Finding(self.file, line, "error", code, message))

    def warn(self, line: int, code: str, message: str) -> None:
        self.findings.append(Finding(self.file, line, "warning", code, message))
