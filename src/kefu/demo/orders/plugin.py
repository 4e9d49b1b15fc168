"""The plugin: tools over the order book, and the flows in ``flows/``."""

from collections.abc import Awaitable, Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import Field

from kefu.demo.orders.book import Deed, Item, Order, OrderBook
from kefu.plugins import (
    Arguments,
    Manifest,
    Plugin,
    PluginSettings,
    Preview,
    Result,
    Tool,
    ToolContext,
    ToolError,
    tool,
)

NAME = "demo-orders"
APPROVE_ABOVE = Decimal(300)
"""Yuan: a dearer return waits for an agent, so that the demo shows an approval."""
_HERE = Path(__file__).parent


class DemoSettings(PluginSettings):
    """What flows read as ``policy.NAME``."""

    return_days: int = Field(15, ge=0, description="Days after delivery within which an article may be sent back.")


class NoArguments(Arguments):
    pass


class OfOrder(Arguments):
    order_id: str


class CreateReturn(Arguments):
    order_id: str
    item_ids: list[str]
    reason: str


class Orders(Result):
    orders: list[Order]


class OrderResult(Result):
    id: str
    status: str
    delivered_at: str | None
    items: list[Item]
    total: Decimal


class Returned(Result):
    id: str
    refund_amount: Decimal


class Cancelled(Result):
    id: str
    refund_amount: Decimal


def make_plugin(file: Path) -> Plugin:
    """``file``: where the deeds of the demo's visitors are kept."""
    book = OrderBook(file)
    manifest = Manifest(NAME, "1.0.0", {"zh": "演示订单", "en": "Demo orders"})
    return Plugin(
        manifest,
        tools=(*_reads(book), _returning(book), _cancelling(book)),
        flows=_HERE / "flows",
        strings=_HERE / "strings",
        settings=DemoSettings,
    )


def _get(book: OrderBook, order_id: str, ctx: ToolContext) -> Order:
    """Raises ToolError: visitors see their own orders only."""
    found = book.find_order(ctx.contact.id, order_id, ctx.now)
    if found is None:
        raise ToolError("not_found")
    return found


def _reads(book: OrderBook) -> tuple[Tool, ...]:
    @tool(effect="read", auth="anonymous", facts=["orders"])
    async def demo_list_orders(args: NoArguments, ctx: ToolContext) -> Orders:
        """The visitor's orders."""
        del args
        return Orders(orders=book.list_orders(ctx.contact.id, ctx.now))

    @tool(
        effect="read", auth="anonymous", codes=["not_found"], facts=["id", "status", "delivered_at", "items", "total"]
    )
    async def demo_get_order(args: OfOrder, ctx: ToolContext) -> OrderResult:
        """One order with its articles; those that were sent back already are left out."""
        order = _get(book, args.order_id, ctx)
        gone = book.returned_items(order.id)
        delivered = None if order.delivered_at is None else order.delivered_at.isoformat()
        items = [item for item in order.items if item.item_id not in gone]
        return OrderResult(id=order.id, status=order.status, delivered_at=delivered, items=items, total=order.total)

    return demo_list_orders, demo_get_order


def _returning(book: OrderBook) -> Tool:
    async def preview_return(args: CreateReturn, ctx: ToolContext) -> Preview:
        order = _get(book, args.order_id, ctx)
        chosen = [item for item in order.items if item.item_id in args.item_ids]
        names = "、".join(item.name[ctx.language] for item in chosen)
        return Preview("return_preview", {"order": order.id, "items": names, "amount": str(_sum(chosen))})

    async def must_be_delivered(args: CreateReturn, ctx: ToolContext) -> str | None:
        return None if _get(book, args.order_id, ctx).status == "delivered" else "not_delivered"

    async def refunded(args: CreateReturn, ctx: ToolContext) -> Decimal:
        return _sum([item for item in _get(book, args.order_id, ctx).items if item.item_id in args.item_ids])

    @tool(
        auth="anonymous",
        pre=[must_be_delivered],
        preview=preview_return,
        amount=refunded,
        approve_above=APPROVE_ABOVE,
        find=_finder(book, Returned),
        codes=["not_delivered", "not_found"],
        facts=["id", "refund_amount"],
    )
    async def demo_create_return(args: CreateReturn, ctx: ToolContext) -> Returned:
        """Open a return."""
        order = _get(book, args.order_id, ctx)
        chosen = [item for item in order.items if item.item_id in args.item_ids]
        value = {
            "id": f"R{ctx.idempotency_key[-6:].upper()}",
            "refund_amount": str(_sum(chosen)),
            "item_ids": [item.item_id for item in chosen],
            "reason": args.reason,
        }
        done = book.write(Deed(ctx.idempotency_key, "return", order.id, value))
        return Returned.model_validate(done.value)

    return demo_create_return


def _cancelling(book: OrderBook) -> Tool:
    async def preview_cancel(args: OfOrder, ctx: ToolContext) -> Preview:
        order = _get(book, args.order_id, ctx)
        return Preview("cancel_preview", {"order": order.id, "amount": str(order.total)})

    async def must_be_packing(args: OfOrder, ctx: ToolContext) -> str | None:
        return None if _get(book, args.order_id, ctx).status == "packing" else "already_sent"

    @tool(
        auth="anonymous",
        pre=[must_be_packing],
        preview=preview_cancel,
        find=_finder(book, Cancelled),
        codes=["already_sent", "not_found"],
        facts=["id", "refund_amount"],
    )
    async def demo_cancel_order(args: OfOrder, ctx: ToolContext) -> Cancelled:
        """Cancel an order that has not been sent."""
        order = _get(book, args.order_id, ctx)
        value = {"id": order.id, "refund_amount": str(order.total)}
        done = book.write(Deed(ctx.idempotency_key, "cancel", order.id, value))
        return Cancelled.model_validate(done.value)

    return demo_cancel_order


def _finder(book: OrderBook, result: type[Result]) -> Callable[[Any, ToolContext], Awaitable[Result | None]]:
    async def find(args: Arguments, ctx: ToolContext) -> Result | None:
        del args
        deed = book.find_deed(ctx.idempotency_key)
        return None if deed is None else result.model_validate(deed.value)

    return find


def _sum(items: list[Item]) -> Decimal:
    return sum((item.price for item in items), Decimal(0))
