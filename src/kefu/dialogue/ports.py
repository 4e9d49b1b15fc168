"""What a turn may ask beside the knowledge and the flows: a model, a reader, the queue, the clock."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from kefu.dialogue.context import TurnContext
from kefu.dialogue.outlook import Outlook
from kefu.domain.conversation import Language
from kefu.kit.clock import Clock
from kefu.knowledge.reader import Reader
from kefu.models.port import ChatModel
from kefu.models.tokens import Meter

Look = Callable[[TurnContext, Language], Awaitable[Outlook]]
"""Where a conversation stands in the queue, or would stand; asked by turns that hand off or that are waited in."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Those of one process; each turn has its own, which write down what was answered."""

    model: ChatModel
    reader: Reader
    meter: Meter
    look: Look
    clock: Clock
