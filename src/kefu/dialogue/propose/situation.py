"""What a message falls into: the open question of a flow, the flows that are open, and how a wish is recognised."""

from collections.abc import Mapping
from dataclasses import dataclass

from kefu.dialogue.flows.definition import Flow, SlotSpec
from kefu.dialogue.flows.expectation import Expectation
from kefu.dialogue.flows.state import Done, Shown
from kefu.dialogue.intents.port import IntentClassifier
from kefu.dialogue.slots import SlotContext
from kefu.kit.jsonvalue import JsonValue


@dataclass(frozen=True, slots=True)
class Situation:
    """``flows`` are all that a message may start, ``open_flows`` those that run, the uppermost first.

    ``values`` are those of the slots of open flows, and ``shown`` their choices where a tool has given them, by slot.
    """

    flows: Mapping[str, Flow]
    open_flows: tuple[Flow, ...]
    expectation: Expectation | None
    values: Mapping[str, JsonValue]
    shown: Mapping[str, tuple[Shown, ...]]
    context: SlotContext
    classifier: IntentClassifier | None = None
    done: Done | None = None
    """What was submitted last, where a message may speak of it."""

    @property
    def is_busy(self) -> bool:
        """Whether a flow is open or a question of one waits for its answer."""
        return bool(self.open_flows) or self.expectation is not None

    @property
    def asks_text(self) -> bool:
        """Whether the open question asks for words of the customer's own."""
        return (
            self.expectation is not None and self.expectation.spec is not None and self.expectation.spec.type == "text"
        )

    @property
    def is_strict(self) -> bool:
        """Whether the uppermost flow lets no other one begin."""
        return bool(self.open_flows) and self.open_flows[0].mode.digressions == "answer_then_resume"

    def is_open(self, flow: str) -> bool:
        return any(one.name == flow for one in self.open_flows)

    def slots(self) -> tuple[SlotSpec, ...]:
        """The slots of the uppermost flow."""
        return tuple(self.open_flows[0].slots.values()) if self.open_flows else ()
