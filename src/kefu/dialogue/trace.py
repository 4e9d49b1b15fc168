"""Why a turn did what it did: one entry a stage, kept with the turn's last event."""

from collections.abc import Mapping
from dataclasses import dataclass

from kefu.domain.trace import Stage
from kefu.kit.clock import Clock
from kefu.kit.jsonvalue import JsonObject, JsonValue

FORMAT = 2


@dataclass(frozen=True, slots=True)
class Choice:
    """An alternative that was weighed, with its probability or score in [0, 1]."""

    name: str
    score: float


class Trace:
    """Collects the decisions of one turn. ``ms`` is the time since the previous entry.

    ``versions``: of everything that is not among the inputs and might change what is decided, by name.
    """

    def __init__(self, clock: Clock, versions: Mapping[str, str] | None = None) -> None:
        self._clock = clock
        self._versions = dict(versions or {})
        self._last = clock.monotonic()
        self._steps: list[JsonValue] = []
        self._mentioned: set[str] = set()
        self.titles: Mapping[str, JsonObject] = {}
        """Of the flows, by name and language: those that are mentioned are kept, to be read by people."""

    def add(
        self,
        stage: Stage,
        chosen: str,
        *,
        reason: str,
        alternatives: tuple[Choice, ...] = (),
        threshold: float | None = None,
        inputs: JsonObject | None = None,
        facts: JsonObject | None = None,
    ) -> None:
        """``reason``: the rule that decided, a stable code. ``inputs``: what was looked at, or the hash of it.
        ``facts``: what else is to be known of it.
        """
        now = self._clock.monotonic()
        self._steps.append(
            {
                "stage": stage.value,
                "chosen": chosen,
                "reason": reason,
                "alternatives": [{"name": choice.name, "score": round(choice.score, 4)} for choice in alternatives],
                "threshold": threshold,
                "inputs": inputs or {},
                "facts": facts or {},
                "ms": round((now - self._last) * 1000, 2),
            }
        )
        self._last = now
        self._mentioned |= {one.name for one in alternatives}
        for value in (facts or {}).values():
            self._mentioned |= {one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)}

    def to_json(self) -> JsonObject:
        mentioned: JsonObject = {name: title for name, title in self.titles.items() if name in self._mentioned}
        data: JsonObject = {"version": FORMAT, "versions": {**self._versions}, "steps": [*self._steps]}
        return {**data, "titles": mentioned} if mentioned else data
