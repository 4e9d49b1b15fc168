"""What a message falls into: the open question of a flow, the flows that are open, and how a wish is recognised."""

from collections.abc import Mapping
from dataclasses import dataclass

from kefu.dialogue.flows.definition import Flow, SlotSpec
from kefu.dialogue.flows.expectation import Expectation
from kefu.dialogue.intents.port import IntentClassifier
from kefu.dialogue.slots import SlotContext


@dataclass(frozen=True, slots=True)
class Situation:
    """``flows`` are all that a message may start, ``open_flows`` those that run, the uppermost first.

    ``filled``: names of the slots of open flows that have a value, so that naming another is a correction.
    """

    flows: Mapping[str, Flow]
    open_flows: tuple[Flow, ...]
    expectation: Expectation | None
    filled: frozenset[str]
    context: SlotContext
    classifier: IntentClassifier | None = None

    @property
    def is_busy(self) -> bool:
        """Whether a flow is open or a question of one waits for its answer."""
        return bool(self.open_flows) or self.expectation is not None

    def slots(self) -> tuple[SlotSpec, ...]:
        """The slots of the uppermost flow."""
        return tuple(self.open_flows[0].slots.values()) if self.open_flows else ()
