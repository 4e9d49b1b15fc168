"""What a shop knows: frozen values, amounts as Decimal in the shop's one currency."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Address:
    line1: str
    city: str
    postcode: str
    line2: str = ""
    region: str = ""
    """Province or state."""
    country: str = ""
    recipient: str = ""
    phone: str = ""


class PaymentKind(StrEnum):
    CARD = "card"
    WALLET = "wallet"
    """Alipay, WeChat Pay, PayPal and their like."""
    GIFT_CARD = "gift_card"


@dataclass(frozen=True, slots=True)
class PaymentMethod:
    """``label`` is what may be shown, such as a brand with the last four digits. A gift card alone has a ``balance``."""

    id: str
    kind: PaymentKind
    label: str = ""
    balance: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Customer:
    id: str
    given_name: str
    family_name: str
    email: str
    address: Address
    payment_methods: tuple[PaymentMethod, ...] = ()
    phone: str = ""

    def find_method(self, method_id: str) -> PaymentMethod | None:
        return next((method for method in self.payment_methods if method.id == method_id), None)


@dataclass(frozen=True, slots=True)
class Variant:
    """One thing that can be bought: a product in one size, one colour …"""

    id: str
    product_id: str
    options: Mapping[str, str]
    price: Decimal


@dataclass(frozen=True, slots=True)
class Product:
    id: str
    name: str
    variants: tuple[Variant, ...]
    category: str = ""

    def find_variant(self, variant_id: str) -> Variant | None:
        return next((variant for variant in self.variants if variant.id == variant_id), None)


@dataclass(frozen=True, slots=True)
class Stock:
    """Pieces of a variant that can be sold now, at one location."""

    variant_id: str
    location: str
    quantity: int
    expected: int = 0
    """Pieces that are on their way to the location."""
    expected_at: datetime | None = None


class OrderStatus(StrEnum):
    PENDING = "pending"
    """Accepted, not packed yet: it can still be changed or cancelled."""
    PROCESSED = "processed"
    """Packed or on its way."""
    DELIVERED = "delivered"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One piece. Two pieces of one variant are two lines, so that one of them can be sent back."""

    id: str
    """Unique in its order."""
    variant_id: str
    product_id: str
    name: str
    options: Mapping[str, str]
    price: Decimal
    """What was paid for it."""


class PaymentType(StrEnum):
    PAYMENT = "payment"
    REFUND = "refund"


@dataclass(frozen=True, slots=True)
class Payment:
    """Money that went one way or the other; ``amount`` is never negative."""

    type: PaymentType
    amount: Decimal
    method_id: str
    at: datetime | None = None


class ParcelStage(StrEnum):
    PICKED_UP = "picked_up"
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    DELIVERED = "delivered"
    PROBLEM = "problem"
    """Held, refused, damaged: ``text`` says what."""


@dataclass(frozen=True, slots=True)
class ParcelEvent:
    """``text`` is the carrier's own, in its language; often empty."""

    at: datetime
    stage: ParcelStage
    place: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Parcel:
    tracking_id: str
    line_ids: tuple[str, ...]
    carrier: str = ""
    events: tuple[ParcelEvent, ...] = ()
    """The oldest first."""


class RequestKind(StrEnum):
    RETURN = "return"
    EXCHANGE = "exchange"


@dataclass(frozen=True, slots=True)
class ServiceRequest:
    """A return or an exchange that a customer has asked for; ``id`` is the RMA number."""

    id: str
    kind: RequestKind
    line_ids: tuple[str, ...]
    method_id: str
    """Where the refund goes to, or a price difference is taken from."""
    amount: Decimal
    """Return: what is refunded. Exchange: what the new pieces cost more; negative when the customer gets money back."""
    reason: str = ""
    replacements: tuple[str, ...] = ()
    """Exchange: the new variant of each line, in the order of ``line_ids``."""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Order:
    id: str
    customer_id: str
    status: OrderStatus
    address: Address
    lines: tuple[OrderLine, ...]
    payments: tuple[Payment, ...]
    parcels: tuple[Parcel, ...] = ()
    requests: tuple[ServiceRequest, ...] = ()
    ordered_at: datetime | None = None
    delivered_at: datetime | None = None
    cancel_reason: str = ""
    is_changed: bool = False
    """Its articles were changed once; a shop may allow no second time."""

    @property
    def total(self) -> Decimal:
        return sum((line.price for line in self.lines), Decimal(0))

    def find_line(self, line_id: str) -> OrderLine | None:
        return next((line for line in self.lines if line.id == line_id), None)

    @property
    def requested_lines(self) -> frozenset[str]:
        """Lines that are being returned or exchanged."""
        return frozenset(line_id for request in self.requests for line_id in request.line_ids)
