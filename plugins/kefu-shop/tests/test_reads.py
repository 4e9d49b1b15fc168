"""Customers are found by what they can know, and by nothing less."""

import pytest

from kefu_shop.errors import Problem, ShopError
from kefu_shop.testing import open_shop

KNOWN = [
    {"email": "LAN@example.com"},
    {"name": "lan lin", "postcode": "310012"},
    {"name": "Lan Lin", "postcode": "310012", "email": "lan@example.com"},
]
UNKNOWN: list[dict[str, str]] = [
    {},
    {"name": "Lan Lin"},
    {"postcode": "310012"},
    {"name": "Lan Lin", "postcode": "310013"},
    {"email": "bo@example.com", "name": "Lan Lin"},
]


@pytest.mark.parametrize("known", KNOWN)
async def test_a_customer_is_found(known: dict[str, str]) -> None:
    assert (await open_shop().find_customer(**known)).id == "lan"


@pytest.mark.parametrize("known", UNKNOWN)
async def test_too_little_or_what_does_not_fit_finds_nobody(known: dict[str, str]) -> None:
    with pytest.raises(ShopError, match=Problem.CUSTOMER_NOT_FOUND):
        await open_shop().find_customer(**known)


async def test_orders_come_the_newest_first() -> None:
    assert [order.id for order in await open_shop().list_orders("lan")] == ["P1", "P2", "D1", "D2"]
    assert await open_shop().list_orders("bo") == []


async def test_stock_is_by_location() -> None:
    stock = await open_shop().list_stock(["jacket-m", "boots-42", "no"])
    assert {(one.variant_id, one.location): one.quantity for one in stock} == {
        ("jacket-m", "east"): 2,
        ("jacket-m", "west"): 1,
        ("boots-42", "east"): 0,
    }


async def test_what_is_not_there_says_what_it_is() -> None:
    shop = open_shop()
    for get, problem in (
        (shop.get_order, Problem.ORDER_NOT_FOUND),
        (shop.get_product, Problem.PRODUCT_NOT_FOUND),
        (shop.get_variant, Problem.VARIANT_NOT_FOUND),
        (shop.get_customer, Problem.CUSTOMER_NOT_FOUND),
    ):
        with pytest.raises(ShopError, match=problem):
            await get("no")
