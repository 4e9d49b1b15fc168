"""What the assistant of a workspace can do beside answering: its flows, its tools, and how wishes are recognised."""

from dataclasses import dataclass, field

from kefu.dialogue.flows.engine import FlowEngine
from kefu.dialogue.flows.speaking import ToolTexts
from kefu.dialogue.intents.port import IntentClassifier
from kefu.dialogue.tools.gate import Gate
from kefu.kit.jsonvalue import JsonObject


@dataclass(frozen=True, slots=True)
class Abilities:
    """Of one workspace at one moment; a turn keeps the ones that it began with.

    ``policy`` are the workspace's own values, which flows read as ``policy.NAME``.
    """

    flows: FlowEngine
    gate: Gate
    classifier: IntentClassifier | None = None
    policy: JsonObject = field(default_factory=dict)
    texts: ToolTexts | None = None
    is_open_to_models: bool = False
    """Whether a plugin of the workspace lets a model call its reading tools by itself."""
