"""One little shop for tests: a jacket, boots, two customers, four orders."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from kefu_shop.backend import ShopBackend
from kefu_shop.domain import (
    Address,
    Customer,
    Order,
    OrderLine,
    OrderStatus,
    Payment,
    PaymentKind,
    PaymentMethod,
    PaymentType,
    Product,
    Stock,
    Variant,
)
from kefu_shop.memory import MemoryShop
from kefu_shop.rules import Rules

NOW = datetime(2026, 3, 20, 9, tzinfo=UTC)
HOME = Address("90 Wensan Road", "Hangzhou", "310012", region="Zhejiang", country="CN", recipient="Lin Lan")


def _variant(id_: str, product: str, price: str, **options: str) -> Variant:
    return Variant(id_, product, options, Decimal(price))


PRODUCTS = (
    Product(
        "jacket",
        "Windbreaker",
        (
            _variant("jacket-m", "jacket", "459.00", size="M", color="grey"),
            _variant("jacket-l", "jacket", "459.00", size="L", color="grey"),
            _variant("jacket-xl", "jacket", "489.00", size="XL", color="grey"),
            _variant("jacket-s", "jacket", "399.50", size="S", color="grey"),
        ),
    ),
    Product("boots", "Hiking boots", (_variant("boots-42", "boots", "640.00", size="42"),)),
)
STOCK = (
    Stock("jacket-m", "east", 2),
    Stock("jacket-m", "west", 1),
    Stock("jacket-l", "east", 1),
    Stock("jacket-xl", "east", 3),
    Stock("jacket-s", "east", 1),
    Stock("boots-42", "east", 0, expected=6, expected_at=NOW + timedelta(days=4)),
)
CUSTOMERS = (
    Customer(
        "lan",
        "Lan",
        "Lin",
        "lan@example.com",
        HOME,
        (
            PaymentMethod("card", PaymentKind.CARD, "Visa 4402"),
            PaymentMethod("gift", PaymentKind.GIFT_CARD, "Gift card", Decimal("50.00")),
            PaymentMethod("wallet", PaymentKind.WALLET, "Alipay"),
        ),
    ),
    Customer("bo", "Bo", "Wang", "bo@example.com", HOME, (PaymentMethod("bo-card", PaymentKind.CARD),)),
)


def _line(id_: str, variant_id: str, name: str) -> OrderLine:
    product = next(one for one in PRODUCTS if one.find_variant(variant_id))
    variant = product.find_variant(variant_id)
    assert variant is not None
    return OrderLine(id_, variant.id, product.id, name, variant.options, variant.price)


def _order(id_: str, status: OrderStatus, lines: tuple[OrderLine, ...], *, days: int, method: str = "card") -> Order:
    total = sum((line.price for line in lines), Decimal(0))
    placed = NOW - timedelta(days=days + 3)
    return Order(
        id_,
        "lan",
        status,
        HOME,
        lines,
        (Payment(PaymentType.PAYMENT, total, method, placed),),
        ordered_at=placed,
        delivered_at=NOW - timedelta(days=days) if status is OrderStatus.DELIVERED else None,
    )


def orders() -> tuple[Order, ...]:
    two = (
        _line("1", "jacket-m", "Windbreaker"),
        _line("2", "jacket-m", "Windbreaker"),
        _line("3", "boots-42", "Boots"),
    )
    return (
        _order("P1", OrderStatus.PENDING, (_line("1", "jacket-m", "Windbreaker"),), days=0),
        _order("P2", OrderStatus.PENDING, (_line("1", "jacket-s", "Windbreaker"),), days=1, method="gift"),
        _order("D1", OrderStatus.DELIVERED, two, days=5),
        _order("D2", OrderStatus.DELIVERED, (_line("1", "jacket-m", "Windbreaker"),), days=40),
    )


def open_shop(**rules: Any) -> ShopBackend:
    """The little shop in memory, with a policy: the fields of ``Rules``."""
    return MemoryShop(
        customers=CUSTOMERS, products=PRODUCTS, orders=orders(), stock=STOCK, rules=Rules(**rules), now=lambda: NOW
    )
