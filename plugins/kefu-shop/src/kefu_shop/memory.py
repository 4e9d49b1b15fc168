"""A shop in memory: for trying dialogues where nothing shall stay, and for tests of the rules."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from kefu_shop.backend import ChangeDefaultAddress, Done, OrderWrite, ShopBackend, Write
from kefu_shop.domain import Customer, Order, Product, Stock, Variant
from kefu_shop.errors import Problem, ShopError
from kefu_shop.rules import Case, Offer, Rules, apply, new_variants

ALL_WRITES: frozenset[type[Write]] = frozenset({*OrderWrite.__args__, ChangeDefaultAddress})


class MemoryShop(ShopBackend):
    """One process, one event loop; no method waits, so each is whole. ``now`` gives the moment of a write."""

    def __init__(
        self,
        *,
        customers: Iterable[Customer],
        products: Iterable[Product],
        orders: Iterable[Order],
        stock: Iterable[Stock],
        rules: Rules,
        now: Callable[[], datetime | None] = lambda: None,
    ) -> None:
        self._customers = {customer.id: customer for customer in customers}
        self._products = {product.id: product for product in products}
        self._orders = {order.id: order for order in orders}
        self._stock = list(stock)
        self._product_of = {variant.id: product for product in self._products.values() for variant in product.variants}
        self._rules = rules
        self._now = now
        self._done: dict[str, tuple[Write, Done]] = {}

    @property
    def writes(self) -> frozenset[type[Write]]:
        return ALL_WRITES

    async def find_customer(self, *, email: str = "", name: str = "", postcode: str = "", phone: str = "") -> Customer:
        is_enough = bool(email or phone or (name and postcode))
        wanted = {"email": email.casefold(), "name": name.casefold(), "postcode": postcode, "phone": phone}
        found = [one for one in self._customers.values() if is_enough and _fits(one, wanted)]
        if len(found) != 1:
            raise ShopError(Problem.CUSTOMER_NOT_FOUND)
        return found[0]

    async def get_customer(self, customer_id: str) -> Customer:
        if customer_id not in self._customers:
            raise ShopError(Problem.CUSTOMER_NOT_FOUND, customer_id)
        return self._customers[customer_id]

    async def list_orders(self, customer_id: str) -> list[Order]:
        found = [order for order in self._orders.values() if order.customer_id == customer_id]
        return sorted(found, key=lambda order: order.ordered_at.timestamp() if order.ordered_at else 0, reverse=True)

    async def get_order(self, order_id: str) -> Order:
        if order_id not in self._orders:
            raise ShopError(Problem.ORDER_NOT_FOUND, order_id)
        return self._orders[order_id]

    async def list_products(self) -> list[Product]:
        return list(self._products.values())

    async def get_product(self, product_id: str) -> Product:
        if product_id not in self._products:
            raise ShopError(Problem.PRODUCT_NOT_FOUND, product_id)
        return self._products[product_id]

    async def get_variant(self, variant_id: str) -> Variant:
        product = self._product_of.get(variant_id)
        variant = None if product is None else product.find_variant(variant_id)
        if variant is None:
            raise ShopError(Problem.VARIANT_NOT_FOUND, variant_id)
        return variant

    async def list_stock(self, variant_ids: Sequence[str]) -> list[Stock]:
        wanted = frozenset(variant_ids)
        return [stock for stock in self._stock if stock.variant_id in wanted]

    async def write(self, wish: Write, *, key: str) -> Done:
        if key in self._done:
            before, done = self._done[key]
            if before != wish:
                raise ShopError(Problem.KEY_REUSED, key)
            return done
        done = await self._write(wish)
        self._done[key] = wish, done
        return done

    async def find_write(self, key: str) -> Done | None:
        return self._done[key][1] if key in self._done else None

    async def _write(self, wish: Write) -> Done:
        if isinstance(wish, ChangeDefaultAddress):
            customer = replace(await self.get_customer(wish.customer_id), address=wish.address)
            self._customers[customer.id] = customer
            return Done(customer)
        order = await self.get_order(wish.order_id)
        case = Case(
            order,
            await self.get_customer(order.customer_id),
            self._rules,
            await self._offers(new_variants(wish)),
            request_id=f"RMA-{order.id.lstrip('#')}-{len(order.requests) + 1}",
            at=self._now(),
        )
        change = apply(wish, case)
        self._orders[order.id] = change.order
        self._customers[change.customer.id] = change.customer
        return Done(change.customer, change.order, change.request)

    async def _offers(self, variant_ids: Sequence[str]) -> dict[str, Offer]:
        there = Counter[str]()
        for stock in await self.list_stock(variant_ids):
            there[stock.variant_id] += stock.quantity
        known = [await self.get_variant(id_) for id_ in variant_ids if id_ in self._product_of]
        return {variant.id: Offer(variant, is_available=there[variant.id] > 0) for variant in known}


def _fits(customer: Customer, wanted: dict[str, str]) -> bool:
    known = {
        "email": customer.email.casefold(),
        "name": f"{customer.given_name} {customer.family_name}".casefold(),
        "postcode": customer.address.postcode,
        "phone": customer.phone,
    }
    return all(not value or known[name] == value for name, value in wanted.items())
