"""The demo shop's orders: dated by the day of the set-up, so that there is always one on its way."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from kefu_shop.demo.catalogue import Article, load_articles
from kefu_shop.demo.people import make_customer
from kefu_shop.domain import (
    Customer,
    Order,
    OrderLine,
    OrderStatus,
    Parcel,
    ParcelEvent,
    ParcelStage,
    Payment,
    PaymentType,
    RequestKind,
    ServiceRequest,
)

CUSTOMERS = 300
ORDERS = 900
_CARRIERS = ("青鸟速递 Bluebird Express", "顺达快运 Shunda Freight")
_LONGEST_AGO = 120
_CANCELLED = 0.05
_RETURNED = 0.18
_REASONS = ("too_small", "too_large", "defect", "mind")


def make_customers() -> list[Customer]:
    return [make_customer(number)[0] for number in range(CUSTOMERS)]


def make_orders(now: datetime) -> Iterator[Order]:
    """Ages spread over four months, more of them young: each stage of an order's life is there at any moment."""
    for number in range(ORDERS):
        dice = Random(f"order {number}")  # noqa: S311 - it shall be the same one each time
        customer, who = make_customer(number % CUSTOMERS if number < CUSTOMERS else dice.randrange(CUSTOMERS))
        days = number % 8 if number % 6 == 0 else int(_LONGEST_AGO * dice.random() ** 2)
        placed = (now - timedelta(days=days, hours=9 * dice.random())).replace(microsecond=0)
        lines = _make_lines(dice, who)
        method = dice.choice(customer.payment_methods)
        total = sum((line.price for line in lines), Decimal(0))
        order = Order(
            id=f"Q{7000000 + number * 1997:07d}",
            customer_id=customer.id,
            status=OrderStatus.PENDING,
            address=customer.address,
            lines=lines,
            payments=(Payment(PaymentType.PAYMENT, total, method.id, placed),),
            ordered_at=placed,
        )
        yield _aged(order, dice, now - placed)


def _make_lines(dice: Random, who: str) -> tuple[OrderLine, ...]:
    articles = [article for article in load_articles() if article.who in (who, "unisex", "home")]
    own = dice.choice(("S", "M", "L", "XL", "2XL", "37", "38", "41", "42"))
    chosen = dice.choices(articles, k=dice.choice((1, 1, 1, 2, 2, 3, 4)))
    return tuple(_make_line(dice, str(number), article, own) for number, article in enumerate(chosen, 1))


def _make_line(dice: Random, id_: str, article: Article, own_size: str) -> OrderLine:
    """Of the customer's own size where the article has it."""
    variants = article.product.variants
    fitting = [variant for variant in variants if variant.options.get("size") == own_size]
    variant = dice.choice(fitting or variants)
    return OrderLine(id_, variant.id, variant.product_id, article.product.name, variant.options, variant.price)


def _aged(order: Order, dice: Random, age: timedelta) -> Order:
    """The order as it is so long after it was placed."""
    if age < timedelta(days=1):
        return order
    if dice.random() < _CANCELLED:
        refund = replace(order.payments[0], type=PaymentType.REFUND)
        return replace(order, status=OrderStatus.CANCELLED, cancel_reason="mind", payments=(*order.payments, refund))
    assert order.ordered_at is not None
    travel = timedelta(days=2 + 2 * dice.random())
    events = [event for event in _events(order, order.ordered_at, travel) if event.at <= order.ordered_at + age]
    line_ids = tuple(line.id for line in order.lines)
    parcel = Parcel(f"BE{dice.randrange(10**11):011d}", line_ids, dice.choice(_CARRIERS), tuple(events))
    if not events or events[-1].stage is not ParcelStage.DELIVERED:
        return replace(order, status=OrderStatus.PROCESSED, parcels=(parcel,))
    order = replace(order, status=OrderStatus.DELIVERED, parcels=(parcel,), delivered_at=events[-1].at)
    if age > travel + timedelta(days=5) and dice.random() < _RETURNED:
        return replace(order, requests=(_make_return(order, dice, events[-1].at + timedelta(days=2)),))
    return order


def _events(order: Order, placed: datetime, travel: timedelta) -> Iterator[ParcelEvent]:
    at_home = order.address.city
    stages = (
        (0.25, ParcelStage.PICKED_UP, "杭州 Hangzhou"),
        (0.5, ParcelStage.IN_TRANSIT, "杭州 Hangzhou"),
        (0.75, ParcelStage.IN_TRANSIT, at_home),
        (0.93, ParcelStage.OUT_FOR_DELIVERY, at_home),
        (1.0, ParcelStage.DELIVERED, at_home),
    )
    for share, stage, place in stages:
        yield ParcelEvent((placed + travel * share).replace(microsecond=0), stage, place)


def _make_return(order: Order, dice: Random, at: datetime) -> ServiceRequest:
    line = dice.choice(order.lines)
    reason = dice.choice(_REASONS if "size" in line.options else _REASONS[2:])
    method_id = order.payments[0].method_id
    return ServiceRequest(f"RMA-{order.id}-1", RequestKind.RETURN, (line.id,), method_id, line.price, reason, at=at)
