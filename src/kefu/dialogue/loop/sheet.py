"""What tools gave, as lines that may be quoted and that sentences are verified against."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from kefu.dialogue.flows.speaking import ToolTexts
from kefu.dialogue.flows.templates import show
from kefu.domain.conversation import Language
from kefu.kit.jsonvalue import JsonObject, JsonValue

MOST_LINES = 40
_LONGEST_LINE = 200
_DEEPEST = 6
_MOST_WORDS, _MOST_HAN = 4, 12
_HAN = re.compile(r"[\u4e00-\u9fff]")


@dataclass(slots=True)
class FactSheet:
    """The calls of one loop that gave something, numbered from 1, each with its facts as lines."""

    language: Language
    texts: ToolTexts | None = None
    calls: list[tuple[str, ...]] = field(default_factory=list)

    def add(self, tool: str, facts: JsonObject) -> int:
        """Take what a tool gave; its number."""
        lines = tuple(line[:_LONGEST_LINE] for line in self._lines(tool, facts, depth=0))
        self.calls.append(lines[:MOST_LINES])
        return len(self.calls)

    @property
    def sources(self) -> dict[int, str]:
        """What sentences may rest on. Free text (a remark) is anybody's words: it is quoted with its label, never asserted."""
        return {
            number: "\n".join(line for line in lines if not _is_free_text(line.partition(": ")[2]))
            for number, lines in enumerate(self.calls, start=1)
        }

    def _lines(self, tool: str, value: JsonValue, *, depth: int, name: str = "") -> Iterator[str]:
        inner = _entries(value, name, self.language) if depth < _DEEPEST else None
        if inner is not None:
            for key, entry in inner:
                yield from self._lines(tool, entry, depth=depth + 1, name=key)
        elif value not in (None, ""):
            yield self._line(tool, name, self._text(tool, f"value_{value}") or show(value, self.language))

    def _line(self, tool: str, name: str, shown: str) -> str:
        label = self._text(tool, f"fact_{name}") or name.replace("_", " ")
        return f"{label}: {' '.join(shown.split())}"

    def _text(self, tool: str, key: str) -> str:
        """The plugin's own words for a name or a value; empty when it has none."""
        return "" if self.texts is None else self.texts.text(tool, key, language=self.language, fields={})


def _is_free_text(value: str) -> bool:
    """Whether a value is a sentence rather than a name, a number or a status."""
    return len(value.split()) > _MOST_WORDS or len(_HAN.findall(value)) > _MOST_HAN


def _entries(value: JsonValue, name: str, language: Language) -> list[tuple[str, JsonValue]] | None:
    """What is inside a list, an object or a text in two languages; None for a single value."""
    if isinstance(value, list):
        return [(name, entry) for entry in value]
    if not isinstance(value, dict):
        return None
    return [(name, value[language])] if set(value) == {"zh", "en"} else list(value.items())
