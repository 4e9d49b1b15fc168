"""What is kept of a turn beside its events."""

from kefu.dialogue.context import TurnContext
from kefu.dialogue.taping.context_json import Begin, context_to_json
from kefu.dialogue.taping.tape import Tape
from kefu.kit.jsonvalue import JsonObject


class TurnNotes:
    """Context and tape of one turn; of one that did not finish, also what it had decided."""

    def __init__(self, context: TurnContext, begin: Begin, tape: Tape) -> None:
        self._context = context
        self._begin = begin
        self._tape = tape

    def to_json(self, *, is_finished: bool) -> JsonObject:
        data: JsonObject = {"context": context_to_json(self._context, self._begin), "tape": self._tape.to_json()}
        if not is_finished and self._tape.trace is not None:
            data["trace"] = self._tape.trace.to_json()
        return data
