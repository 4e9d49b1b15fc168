"""Step 4: blocking checks on what came in. Deterministic; they end before anything is proposed.

Size and rate are refused at the edge before a message is stored; here only the content is judged.
"""

import re
import tomllib
from dataclasses import dataclass
from importlib.resources import files

from kefu.dialogue.hearing import Heard
from kefu.kit.text import normalise

_INVISIBLE = re.compile("[\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]")


@dataclass(frozen=True, slots=True)
class InputVerdict:
    """``is_trusted`` False keeps the text away from every model; ``markers`` says why, ``rules`` by which patterns."""

    is_trusted: bool
    markers: tuple[str, ...]
    rules: tuple[str, ...] = ()


class InputGuard:
    """Looks for instructions hidden in a customer's text.

    A second wall only (public detectors catch 11-67 % of attacks): the first is that no model has any power.
    """

    def __init__(self, patterns: tuple[re.Pattern[str], ...]) -> None:
        self._patterns = patterns

    @classmethod
    def load(cls) -> "InputGuard":
        text = (files("kefu.dialogue.guard") / "markers.toml").read_text(encoding="utf-8")
        return cls(tuple(re.compile(pattern) for pattern in tomllib.loads(text)["patterns"]))

    def check(self, heard: Heard) -> InputVerdict:
        hits = self._find("\n".join(message.text.text for message in heard.messages))
        rules = tuple(f"marker_{number}" for number in hits)
        return InputVerdict(is_trusted=not hits, markers=tuple(hits.values()), rules=rules)

    def is_clean(self, text: str) -> bool:
        """Whether a text of an earlier turn may reach a model."""
        return not self._find(normalise(text).text)

    def _find(self, plain: str) -> dict[int, str]:
        """What each pattern has found, by the pattern's number in ``markers.toml``."""
        text = _INVISIBLE.sub("", plain)
        matches = ((number, pattern.search(text)) for number, pattern in enumerate(self._patterns, start=1))
        return {number: match.group()[:80] for number, match in matches if match}
