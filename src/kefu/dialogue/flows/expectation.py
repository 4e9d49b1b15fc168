"""What the next message may be answering: which slot, confirmation or offer is open, with the choices shown."""

from collections.abc import Mapping
from dataclasses import dataclass

from kefu.dialogue.flows.definition import Flow, SlotSpec
from kefu.dialogue.flows.slot_types import ReadAs, to_read_as
from kefu.dialogue.flows.state import DialogueState, OpenKind, Shown


@dataclass(frozen=True, slots=True)
class Expectation:
    """``slot`` is the name to use in a command, with the round in it inside a loop; ``spec`` says how it is read.

    ``questions`` are all questions of a questionnaire in their order, so that "the second" finds one.
    ``is_understand_only``: a model may read the answer but not word anything.
    """

    kind: OpenKind
    flow: str
    slot: str = ""
    spec: SlotSpec | None = None
    read_as: tuple[ReadAs, ...] = ()
    """How the answer is read, the first way first."""
    choices: tuple[Shown, ...] = ()
    target: str = ""
    questions: tuple[str, ...] = ()
    can_skip: bool = False
    min_confidence: float = 0.0
    is_understand_only: bool = False
    said: str = ""
    """The words that made it necessary to ask which flow is meant."""


def expectation(state: DialogueState, flows: Mapping[str, Flow]) -> Expectation | None:
    """None: no question of a flow is open."""
    question = state.open
    if question is None:
        return None
    frame = next((frame for frame in state.stack if frame.id == question.frame_id), None)
    flow = flows.get(frame.flow) if frame is not None else None
    if flow is None:
        return Expectation(question.kind, "", choices=question.choices, target=question.target, said=question.said)
    spec = flow.slots.get(question.slot.partition("[")[0]) if question.slot else None
    return Expectation(
        kind=question.kind,
        flow=flow.name,
        slot=question.slot,
        spec=spec,
        read_as=to_read_as(spec, question.choices) if spec is not None else (),
        choices=question.choices,
        target=question.target,
        questions=flow.questions,
        can_skip=spec is not None and spec.skip is not None and flow.mode.skip == "allow",
        min_confidence=flow.mode.min_confidence,
        is_understand_only=flow.mode.llm != "full",
    )
