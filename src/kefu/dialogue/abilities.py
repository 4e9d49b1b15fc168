"""What the assistant of a workspace can do beside answering: its flows, its tools, and how wishes are recognised."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from kefu.dialogue.flows.engine import FlowEngine
from kefu.dialogue.flows.port import ToolPort
from kefu.dialogue.flows.speaking import ToolTexts
from kefu.dialogue.intents.port import IntentClassifier
from kefu.dialogue.tools.results import GateFact, ToolFacts
from kefu.dialogue.tools.turn import GateTurn
from kefu.kit.jsonvalue import JsonObject


class GatedTools(ToolPort, Protocol):
    """The tools of one turn; ``log`` is what the gate did, in order."""

    @property
    def log(self) -> tuple[GateFact, ...]: ...

    async def list_callable(self) -> tuple[ToolFacts, ...]:
        """The reading tools that the turn's caller may ask for in this workspace."""
        ...


class GatePort(Protocol):
    """``tools.gate.Gate``, or what it did in an earlier turn."""

    def describe(self, tool: str) -> ToolFacts | None:
        """What is known of a tool; None when no plugin brings it. Asks no other system."""
        ...

    def for_turn(self, turn: GateTurn) -> GatedTools: ...


@dataclass(frozen=True, slots=True)
class Abilities:
    """Of one workspace at one moment; a turn keeps the ones that it began with.

    ``policy`` are the workspace's own values, which flows read as ``policy.NAME``. ``versions``: of the flows, of these
    values and of what the classifier was trained on, by name.
    """

    flows: FlowEngine
    gate: GatePort
    classifier: IntentClassifier | None = None
    policy: JsonObject = field(default_factory=dict)
    texts: ToolTexts | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    is_open_to_models: bool = False
    """Whether a plugin of the workspace lets a model call its reading tools by itself."""
