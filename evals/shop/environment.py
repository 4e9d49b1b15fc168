"""The environment's database as a shop of ours, and back: what it holds, in its own spelling, for comparing."""

import copy
import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from kefu_shop.domain import (
    Address,
    Customer,
    Order,
    OrderLine,
    OrderStatus,
    Parcel,
    Payment,
    PaymentKind,
    PaymentMethod,
    PaymentType,
    Product,
    RequestKind,
    Stock,
    Variant,
)
from kefu_shop.memory import MemoryShop
from kefu_shop.rules import Rules

Json = dict[str, Any]
_MONEY = frozenset({"price", "amount", "balance", "exchange_price_difference"})
RULES = Rules(
    cancel_reasons=frozenset({"no longer needed", "ordered by mistake"}),
    one_request_per_order=True,
    is_final_after_change=True,
)
"""The policy of the environment; it has no dates, so nothing is ever too late."""
_KINDS = {"credit_card": PaymentKind.CARD, "paypal": PaymentKind.WALLET, "gift_card": PaymentKind.GIFT_CARD}
_OPTIONAL = (
    "cancel_reason",
    "exchange_items",
    "exchange_new_items",
    "exchange_payment_method_id",
    "exchange_price_difference",
    "return_items",
    "return_payment_method_id",
)


class Environment:
    """The database as it was at first; each ``open_shop`` begins there."""

    def __init__(self, raw: Json) -> None:
        self._raw = raw
        self._customers = [to_customer(user_id, user) for user_id, user in raw["users"].items()]
        self._products = [_to_product(product) for product in raw["products"].values()]
        self._orders = [_to_order(order) for order in raw["orders"].values()]
        variants = [variant for product in raw["products"].values() for variant in product["variants"].values()]
        self._stock = [Stock(one["item_id"], "warehouse", 1) for one in variants if one["available"]]

    @classmethod
    def load(cls, folder: Path) -> "Environment":
        return cls(json.loads((folder / "db.json").read_text()))

    def open_shop(self) -> MemoryShop:
        return MemoryShop(
            customers=self._customers, products=self._products, orders=self._orders, stock=self._stock, rules=RULES
        )

    async def changed(self, shop: MemoryShop) -> Json:
        """``{"orders": {id: record}, "users": {id: record}}`` of what is not as it was, in the environment's spelling."""
        found: dict[str, Json] = {"orders": {}, "users": {}}
        for before in self._orders:
            order = await shop.get_order(before.id)
            if order != before:
                found["orders"][order.id] = _from_order(order, self._raw["orders"][order.id])
        for known in self._customers:
            customer = await shop.get_customer(known.id)
            if customer != known:
                found["users"][customer.id] = _from_customer(customer, self._raw["users"][customer.id])
        return {kind: records for kind, records in found.items() if records}

    def hash_of(self, changed: Json) -> str:
        """The official SHA-256 of the whole database with these records changed (SOURCE.md of the data)."""
        raw = {kind: {**records, **changed.get(kind, {})} for kind, records in self._raw.items()}
        whole = {
            "products": raw["products"],
            "users": raw["users"],
            "orders": {id_: _official(order) for id_, order in raw["orders"].items()},
        }
        return hashlib.sha256(json.dumps(_with_money(whole, float), sort_keys=True, default=str).encode()).hexdigest()


def to_line_ids(order: Order, item_ids: Iterable[str]) -> tuple[str, ...]:
    """Our pieces of the environment's items; an item that is not there keeps its name, and nobody will find it."""
    free = list(order.lines)
    found = []
    for item_id in item_ids:
        line = next((line for line in free if line.variant_id == item_id), None)
        if line is not None:
            free.remove(line)
        found.append(item_id if line is None else line.id)
    return tuple(found)


def to_address(raw: Json) -> Address:
    return Address(
        line1=raw["address1"],
        line2=raw["address2"],
        city=raw["city"],
        region=raw["state"],
        country=raw["country"],
        postcode=raw["zip"],
    )


def to_customer(user_id: str, raw: Json) -> Customer:
    name, methods = raw["name"], raw["payment_methods"].values()
    return Customer(
        id=user_id,
        given_name=name["first_name"],
        family_name=name["last_name"],
        email=raw["email"],
        address=to_address(raw["address"]),
        payment_methods=tuple(
            PaymentMethod(
                method["id"],
                _KINDS[method["source"]],
                label=method.get("brand", ""),
                balance=_decimal(method["balance"]) if "balance" in method else None,
            )
            for method in methods
        ),
    )


def _to_product(raw: Json) -> Product:
    variants = raw["variants"].values()
    return Product(
        raw["product_id"],
        raw["name"],
        tuple(Variant(one["item_id"], raw["product_id"], one["options"], _decimal(one["price"])) for one in variants),
    )


def _to_order(raw: Json) -> Order:
    lines = tuple(
        OrderLine(str(n), one["item_id"], one["product_id"], one["name"], one["options"], _decimal(one["price"]))
        for n, one in enumerate(raw["items"], 1)
    )
    order = Order(
        id=raw["order_id"],
        customer_id=raw["user_id"],
        status=OrderStatus(raw["status"]),
        address=to_address(raw["address"]),
        lines=lines,
        payments=tuple(
            Payment(PaymentType(one["transaction_type"]), _decimal(one["amount"]), one["payment_method_id"])
            for one in raw["payment_history"]
        ),
    )
    sent = (
        (number, to_line_ids(order, one["item_ids"])) for one in raw["fulfillments"] for number in one["tracking_id"]
    )
    return replace(order, parcels=tuple(Parcel(number, line_ids) for number, line_ids in sent))


def _from_order(order: Order, raw: Json) -> Json:
    record = copy.deepcopy(raw)
    record["status"] = order.status.value
    record["address"] = _from_address(order.address)
    record["items"] = [
        {
            "name": line.name,
            "product_id": line.product_id,
            "item_id": line.variant_id,
            "price": float(line.price),
            "options": dict(line.options),
        }
        for line in order.lines
    ]
    record["payment_history"] = [
        {"transaction_type": one.type.value, "amount": float(one.amount), "payment_method_id": one.method_id}
        for one in order.payments
    ]
    if order.cancel_reason:
        record["cancel_reason"] = order.cancel_reason
    if order.is_changed:
        record["status"] = "pending (item modified)"
    for request in order.requests:
        items = sorted(line.variant_id for line_id in request.line_ids if (line := order.find_line(line_id)))
        if request.kind is RequestKind.RETURN:
            record |= {"return_items": items, "return_payment_method_id": request.method_id}
        else:
            record |= {
                "exchange_items": items,
                "exchange_new_items": sorted(request.replacements),
                "exchange_payment_method_id": request.method_id,
                "exchange_price_difference": float(request.amount),
            }
        record["status"] = f"{request.kind.value} requested"
    return record


def _from_customer(customer: Customer, raw: Json) -> Json:
    record = copy.deepcopy(raw)
    record["address"] = _from_address(customer.address)
    for method in customer.payment_methods:
        if method.balance is not None:
            record["payment_methods"][method.id]["balance"] = float(method.balance)
    return record


def _from_address(address: Address) -> Json:
    return {
        "address1": address.line1,
        "address2": address.line2,
        "city": address.city,
        "country": address.country,
        "state": address.region,
        "zip": address.postcode,
    }


def _official(order: Json) -> Json:
    return {**dict.fromkeys(_OPTIONAL), **order}


def comparable(changed: Json) -> Json:
    """Changed records with amounts in cents: the environment adds floats (0.04999999999999716), and notes refunds of
    nothing. Only its newer version names a user in the user's own record.
    """
    rounded: Json = _with_money(changed, lambda amount: round(float(amount), 2))
    for order in rounded.get("orders", {}).values():
        order["payment_history"] = [one for one in order["payment_history"] if one["amount"]]
    for user in rounded.get("users", {}).values():
        user.pop("user_id", None)
    return rounded


def _with_money(value: Any, change: Callable[[float], float], name: str = "") -> Any:
    """A copy in which each amount of money is another."""
    if isinstance(value, dict):
        return {key: _with_money(one, change, key) for key, one in value.items()}
    if isinstance(value, list):
        return [_with_money(one, change) for one in value]
    return change(value) if name in _MONEY and value is not None else value


def _decimal(value: float) -> Decimal:
    return Decimal(str(value))
