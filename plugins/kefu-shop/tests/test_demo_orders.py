"""The demo shop's people and orders: enough of each kind, and the same at every set-up."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from kefu_shop.demo.catalogue import load_articles
from kefu_shop.demo.orders import make_customers, make_orders
from kefu_shop.domain import OrderStatus, ParcelStage, PaymentKind, PaymentType

NOW = datetime(2026, 3, 20, 9, 30, tzinfo=UTC)
ORDERS = list(make_orders(NOW))
CUSTOMERS = {customer.id: customer for customer in make_customers()}


def test_there_are_enough_and_each_belongs_to_somebody() -> None:
    assert (len(CUSTOMERS), len(ORDERS), len({order.id for order in ORDERS})) == (300, 900, 900)
    assert {order.customer_id for order in ORDERS} == CUSTOMERS.keys()
    assert len({customer.email for customer in CUSTOMERS.values()}) == 300


def test_every_stage_of_an_order_s_life_is_there() -> None:
    kinds = Counter(order.status for order in ORDERS)
    assert all(kinds[status] >= 20 for status in OrderStatus), kinds
    last = Counter(order.parcels[0].events[-1].stage for order in ORDERS if order.parcels and order.parcels[0].events)
    assert last.keys() >= {ParcelStage.PICKED_UP, ParcelStage.IN_TRANSIT, ParcelStage.DELIVERED}, last
    reasons = Counter(request.reason for order in ORDERS for request in order.requests)
    assert reasons.keys() == {"too_small", "too_large", "defect", "mind"}


def test_nothing_lies_in_the_future_and_everything_in_its_order() -> None:
    for order in ORDERS:
        assert order.ordered_at is not None
        moments = [order.ordered_at, *(event.at for parcel in order.parcels for event in parcel.events)]
        moments += [request.at for request in order.requests if request.at is not None]
        assert moments == sorted(moments)
        assert moments[-1] <= NOW
        assert (order.delivered_at is not None) == (order.status is OrderStatus.DELIVERED)


def test_what_was_paid_is_what_the_articles_cost() -> None:
    known = {variant.id: variant for article in load_articles() for variant in article.product.variants}
    for order in ORDERS:
        assert all(line.price == known[line.variant_id].price for line in order.lines)
        assert order.payments[0].amount == order.total
        assert CUSTOMERS[order.customer_id].find_method(order.payments[0].method_id) is not None
        refunds = [payment.amount for payment in order.payments if payment.type is PaymentType.REFUND]
        assert refunds == ([order.total] if order.status is OrderStatus.CANCELLED else [])


def test_it_is_the_same_shop_at_every_set_up_and_moves_with_the_day() -> None:
    assert list(make_orders(NOW)) == ORDERS
    later = {order.id: order for order in make_orders(NOW + timedelta(days=30))}
    assert [later[order.id].lines for order in ORDERS] == [order.lines for order in ORDERS]
    assert later[ORDERS[0].id].ordered_at != ORDERS[0].ordered_at


def test_people_pay_in_several_ways() -> None:
    kinds = Counter(method.kind for customer in CUSTOMERS.values() for method in customer.payment_methods)
    assert kinds.keys() == set(PaymentKind)
    assert all(
        (method.balance is None) == (method.kind is not PaymentKind.GIFT_CARD)
        for customer in CUSTOMERS.values()
        for method in customer.payment_methods
    )
