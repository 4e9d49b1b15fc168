"""The port: what the assistant asks of a shop's own system. Adapters pass ``kefu_shop.contract``."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from kefu_shop.domain import Address, Customer, Order, Product, ServiceRequest, Stock, Variant


class Exchange(NamedTuple):
    """A piece, and the variant that shall come in its place."""

    line_id: str
    variant_id: str


@dataclass(frozen=True, slots=True)
class CancelOrder:
    order_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class RequestReturn:
    order_id: str
    line_ids: tuple[str, ...]
    method_id: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RequestExchange:
    order_id: str
    exchanges: tuple[Exchange, ...]
    method_id: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ChangeArticles:
    order_id: str
    exchanges: tuple[Exchange, ...]
    method_id: str


@dataclass(frozen=True, slots=True)
class ChangePayment:
    order_id: str
    method_id: str


@dataclass(frozen=True, slots=True)
class ChangeAddress:
    order_id: str
    address: Address


@dataclass(frozen=True, slots=True)
class ChangeDefaultAddress:
    customer_id: str
    address: Address


OrderWrite = CancelOrder | RequestReturn | RequestExchange | ChangeArticles | ChangePayment | ChangeAddress
Write = OrderWrite | ChangeDefaultAddress
"""What can be written, as data: frozen, compared, sent and kept like any value."""


@dataclass(frozen=True, slots=True)
class Done:
    """How a write ended: the two as the system has them now."""

    customer: Customer
    order: Order | None = None
    """None for a write on a customer alone."""
    request: ServiceRequest | None = None
    """The return or exchange that it opened."""


class ShopBackend(ABC):
    """Every method may raise ShopError; with UNAVAILABLE the system did not answer, and nothing was done."""

    @property
    @abstractmethod
    def writes(self) -> frozenset[type[Write]]:
        """What this system can do; anything else raises ShopError with NOT_SUPPORTED."""

    @abstractmethod
    async def find_customer(self, *, email: str = "", name: str = "", postcode: str = "", phone: str = "") -> Customer:
        """The one customer who fits all that is given: an e-mail, a phone number, or name and postcode.

        Raises ShopError with CUSTOMER_NOT_FOUND, also when several fit or too little is given.
        """

    @abstractmethod
    async def get_customer(self, customer_id: str) -> Customer: ...

    @abstractmethod
    async def list_orders(self, customer_id: str) -> list[Order]:
        """The newest first."""

    @abstractmethod
    async def get_order(self, order_id: str) -> Order: ...

    @abstractmethod
    async def list_products(self) -> list[Product]: ...

    @abstractmethod
    async def get_product(self, product_id: str) -> Product: ...

    @abstractmethod
    async def get_variant(self, variant_id: str) -> Variant: ...

    @abstractmethod
    async def list_stock(self, variant_ids: Sequence[str]) -> list[Stock]:
        """By variant and location; what is nowhere is left out."""

    @abstractmethod
    async def write(self, wish: Write, *, key: str) -> Done:
        """Do it once: the same key with the same wish does nothing a second time and tells the same end.

        After TimeoutError or ConnectionError nobody knows the end, and ``find_write`` asks. Raises ShopError with
        KEY_REUSED when the key was used for another wish.
        """

    @abstractmethod
    async def find_write(self, key: str) -> Done | None:
        """What became of the write with this key; None when the system has no trace of it."""
