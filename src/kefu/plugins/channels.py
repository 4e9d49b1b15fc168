"""A channel: how messages come in from another system by webhook, and how replies leave to it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from kefu.domain.conversation import Attachment, Language
from kefu.domain.turn import QuickReply
from kefu.kit.jsonvalue import JsonObject
from kefu.plugins.context import WorkContext

CHANNEL_SECONDS = 5.0
MOST_CHANNEL_SECONDS = 30.0


class ChannelError(Exception):
    """The other system did not take a message. ``is_final``: it never will (the peer is gone, the text is refused)."""

    def __init__(self, detail: str, *, is_final: bool = False) -> None:
        super().__init__(detail)
        self.detail = detail
        self.is_final = is_final


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """A call of the other system, as it came. Names of headers are lower-case."""

    method: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class WebhookAnswer:
    """What the other system is told, once all messages are stored."""

    status: int = 200
    body: str = ""
    content_type: str = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """A message of a customer. ``id`` is the other system's: the same one is stored once.

    ``peer`` is who writes, by the other system's name. ``external_id`` only when the other system vouches for whose
    customer that is. ``choice`` is what a pressed quick reply sends.
    """

    id: str
    peer: str
    text: str
    choice: str | None = None
    attachments: tuple[Attachment, ...] = ()
    external_id: str | None = None


@dataclass(frozen=True, slots=True)
class Inbound:
    """What a call brings: messages in their order, none for a greeting between systems."""

    messages: Sequence[InboundMessage] = ()
    answer: WebhookAnswer = field(default_factory=WebhookAnswer)


@dataclass(frozen=True, slots=True)
class OutboundMessage:
    """What is delivered. ``id`` stays the same when it is tried again. ``cards`` may be left to ``text``, which says it too."""

    id: str
    peer: str
    text: str
    author: str
    """``assistant`` or ``agent``."""
    language: Language | None = None
    quick_replies: tuple[QuickReply, ...] = ()
    cards: tuple[JsonObject, ...] = ()


VerifyCall = Callable[[WebhookRequest, WorkContext], Awaitable[bool]]
"""Whether a call really comes from the other system: its signature over the whole body."""
ReadCall = Callable[[WebhookRequest, WorkContext], Awaitable[Inbound]]
Deliver = Callable[[OutboundMessage, WorkContext], Awaitable[None]]
"""Hand a message over. Raises ChannelError; whatever else it raises is tried again like that."""


@dataclass(frozen=True, slots=True)
class Channel:
    """A kind of inbox. Its webhook is ``/api/v1/channels/PLUGIN/INBOX``."""

    name: str
    verify: VerifyCall
    receive: ReadCall
    deliver: Deliver
    seconds: float = CHANNEL_SECONDS
