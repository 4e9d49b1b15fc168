"""Each write: what it changes, what it refuses, and that a refusal changes nothing."""

from dataclasses import replace
from decimal import Decimal

import pytest

from kefu_shop.backend import (
    CancelOrder,
    ChangeAddress,
    ChangeArticles,
    ChangeDefaultAddress,
    ChangePayment,
    Exchange,
    RequestExchange,
    RequestReturn,
    ShopBackend,
    Write,
)
from kefu_shop.domain import Address, Order, OrderStatus, Payment, PaymentType, RequestKind
from kefu_shop.errors import Problem, ShopError
from kefu_shop.testing import open_shop

ELSEWHERE = Address("Bund 1", "Shanghai", "200002")


async def _order(shop: ShopBackend, wish: Write) -> Order:
    done = await shop.write(wish, key="k")
    assert done.order is not None
    assert await shop.get_order(done.order.id) == done.order
    return done.order


async def _gift(shop: ShopBackend) -> Decimal | None:
    method = (await shop.get_customer("lan")).find_method("gift")
    assert method is not None
    return method.balance


def _flows(order: Order) -> list[tuple[PaymentType, str, str]]:
    return [(payment.type, str(payment.amount), payment.method_id) for payment in order.payments]


async def test_cancelling_gives_back_what_was_paid() -> None:
    shop = open_shop()
    order = await _order(shop, CancelOrder("P1", "no longer needed"))
    assert (order.status, order.cancel_reason) == (OrderStatus.CANCELLED, "no longer needed")
    assert _flows(order) == [(PaymentType.PAYMENT, "459.00", "card"), (PaymentType.REFUND, "459.00", "card")]


async def test_a_gift_card_has_its_money_back_at_once() -> None:
    shop = open_shop()
    await _order(shop, CancelOrder("P2", ""))
    assert await _gift(shop) == Decimal("449.50")


async def test_what_another_method_paid_in_the_end_is_what_goes_back() -> None:
    """Not the first payment and its refund once more."""
    shop = open_shop()
    await shop.write(ChangePayment("P1", "wallet"), key="a")
    order = await _order(shop, CancelOrder("P1", ""))
    assert _flows(order)[3:] == [(PaymentType.REFUND, "459.00", "wallet")]


async def test_a_return_promises_a_refund_and_pays_nothing_yet() -> None:
    shop = open_shop()
    order = await _order(shop, RequestReturn("D1", ("2", "3"), "card", "size"))
    (request,) = order.requests
    assert (request.kind, request.amount, request.line_ids) == (RequestKind.RETURN, Decimal("1099.00"), ("2", "3"))
    assert len(order.payments) == 1
    assert order.status is OrderStatus.DELIVERED


async def test_an_exchange_knows_its_difference() -> None:
    shop = open_shop()
    wish = RequestExchange("D1", (Exchange("1", "jacket-xl"), Exchange("2", "jacket-s")), "card")
    (request,) = (await _order(shop, wish)).requests
    assert (request.amount, request.replacements) == (Decimal("-29.50"), ("jacket-xl", "jacket-s"))


async def test_other_articles_are_paid_for_at_once() -> None:
    shop = open_shop()
    order = await _order(shop, ChangeArticles("P1", (Exchange("1", "jacket-xl"),), "gift"))
    assert [(line.variant_id, line.price) for line in order.lines] == [("jacket-xl", Decimal("489.00"))]
    assert _flows(order)[1:] == [(PaymentType.PAYMENT, "30.00", "gift")]
    assert await _gift(shop) == Decimal("20.00")


async def test_each_article_gets_its_own_replacement() -> None:
    shop = open_shop()
    wish = RequestExchange("D1", (Exchange("2", "jacket-s"), Exchange("1", "jacket-l")), "card")
    (request,) = (await _order(shop, wish)).requests
    assert dict(zip(request.line_ids, request.replacements, strict=True)) == {"2": "jacket-s", "1": "jacket-l"}


async def test_addresses_change() -> None:
    shop = open_shop()
    assert (await _order(shop, ChangeAddress("P1", ELSEWHERE))).address == ELSEWHERE
    await shop.write(ChangeDefaultAddress("bo", ELSEWHERE), key="b")
    assert (await shop.get_customer("bo")).address == ELSEWHERE


REFUSED: list[tuple[Write, Problem]] = [
    (CancelOrder("D1", ""), Problem.NOT_PENDING),
    (CancelOrder("no", ""), Problem.ORDER_NOT_FOUND),
    (RequestReturn("P1", ("1",), "card"), Problem.NOT_DELIVERED),
    (RequestReturn("D1", (), "card"), Problem.NOTHING_CHOSEN),
    (RequestReturn("D1", ("9",), "card"), Problem.LINE_NOT_FOUND),
    (RequestReturn("D1", ("1", "1"), "card"), Problem.LINE_NOT_FOUND),
    (RequestReturn("D1", ("1",), "bo-card"), Problem.METHOD_NOT_FOUND),
    (RequestReturn("D1", ("1",), "wallet"), Problem.REFUND_ELSEWHERE),
    (RequestReturn("D2", ("1",), "card", "mind"), Problem.RETURN_WINDOW_OVER),
    (RequestExchange("D1", (Exchange("1", "boots-42"),), "card"), Problem.OTHER_PRODUCT),
    (RequestExchange("D1", (Exchange("3", "boots-42"),), "card"), Problem.OUT_OF_STOCK),
    (RequestExchange("D1", (Exchange("1", "no"),), "card"), Problem.VARIANT_NOT_FOUND),
    (ChangeArticles("D1", (Exchange("1", "jacket-l"),), "card"), Problem.NOT_PENDING),
    (ChangePayment("P1", "card"), Problem.SAME_METHOD),
    (ChangePayment("P1", "gift"), Problem.BALANCE_TOO_LOW),
    (ChangeAddress("D1", ELSEWHERE), Problem.NOT_PENDING),
    (ChangeDefaultAddress("nobody", ELSEWHERE), Problem.CUSTOMER_NOT_FOUND),
]


@pytest.mark.parametrize(("wish", "problem"), REFUSED)
async def test_a_refusal_says_why_and_changes_nothing(wish: Write, problem: Problem) -> None:
    shop = open_shop(return_days=15, fault_reasons=frozenset({"defect"}))
    before = await shop.list_orders("lan"), await shop.get_customer("lan"), await shop.get_customer("bo")
    with pytest.raises(ShopError) as caught:
        await shop.write(wish, key="k")
    assert caught.value.problem is problem
    assert (await shop.list_orders("lan"), await shop.get_customer("lan"), await shop.get_customer("bo")) == before
    assert await shop.find_write("k") is None


async def test_a_fault_has_no_last_day() -> None:
    shop = open_shop(return_days=15, fault_reasons=frozenset({"defect"}))
    assert (await _order(shop, RequestReturn("D2", ("1",), "card", "defect"))).requests


async def test_a_piece_comes_back_once() -> None:
    shop = open_shop()
    await shop.write(RequestReturn("D1", ("1",), "card"), key="a")
    with pytest.raises(ShopError, match=Problem.ALREADY_REQUESTED):
        await shop.write(RequestExchange("D1", (Exchange("1", "jacket-l"),), "card"), key="b")
    second = await shop.write(RequestReturn("D1", ("2",), "card"), key="c")
    assert second.request is not None
    assert second.request.id != "RMA-D1-1"


async def test_a_strict_shop_takes_one_request_and_one_change() -> None:
    shop = open_shop(one_request_per_order=True, is_final_after_change=True)
    await shop.write(RequestReturn("D1", ("1",), "card"), key="a")
    with pytest.raises(ShopError, match=Problem.ALREADY_REQUESTED):
        await shop.write(RequestReturn("D1", ("2",), "card"), key="b")
    await shop.write(ChangeArticles("P1", (Exchange("1", "jacket-l"),), "card"), key="c")
    for wish in (CancelOrder("P1", ""), ChangeArticles("P1", (Exchange("1", "jacket-m"),), "card")):
        with pytest.raises(ShopError, match=Problem.NOT_PENDING):
            await shop.write(wish, key=repr(wish))


async def test_only_accepted_reasons_cancel() -> None:
    shop = open_shop(cancel_reasons=frozenset({"mind"}))
    with pytest.raises(ShopError, match=Problem.REASON_NOT_ACCEPTED):
        await shop.write(CancelOrder("P1", "bored"), key="k")


async def test_one_key_is_one_write() -> None:
    shop = open_shop()
    wish = RequestReturn("D1", ("1",), "card")
    first = await shop.write(wish, key="k")
    assert await shop.write(wish, key="k") == first == await shop.find_write("k")
    with pytest.raises(ShopError, match=Problem.KEY_REUSED):
        await shop.write(replace(wish, line_ids=("2",)), key="k")
    assert len((await shop.get_order("D1")).requests) == 1


async def test_no_cent_is_made_or_lost() -> None:
    """Whatever is done with an order that is not packed: payments less refunds are its articles, or nothing."""
    shop = open_shop()
    await shop.write(ChangeArticles("P1", (Exchange("1", "jacket-xl"),), "gift"), key="a")
    await shop.write(ChangeArticles("P1", (Exchange("1", "jacket-s"),), "card"), key="b")
    assert _paid((order := await shop.get_order("P1")).payments) == order.total == Decimal("399.50")
    await shop.write(CancelOrder("P1", ""), key="c")
    assert _paid((await shop.get_order("P1")).payments) == 0


def _paid(payments: tuple[Payment, ...]) -> Decimal:
    return sum((one.amount if one.type is PaymentType.PAYMENT else -one.amount for one in payments), Decimal(0))
