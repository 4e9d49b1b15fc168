"""How the evaluation of a flow leaves the steps it is in. None of these leaves the package."""

from kefu.dialogue.flows.definition import Wording


class StoppedError(Exception):
    """The turn ends here: a question is open, or a person is wanted."""


class RestartError(Exception):
    """Answers were forgotten: begin again from the top."""


class FlowEndedError(Exception):
    def __init__(self, outcome: str, farewell: Wording | None = None) -> None:
        super().__init__(outcome)
        self.outcome = outcome
        self.farewell = farewell


class NeedsSlotError(Exception):
    """An expression read a slot that is not settled in this pass."""

    def __init__(self, slot: str) -> None:
        super().__init__(slot)
        self.slot = slot
