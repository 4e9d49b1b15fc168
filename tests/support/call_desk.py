"""A plugin with every kind of tool on a little back end that can be made to fail, hang, and die."""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

from pydantic import Field

from kefu.plugins import (
    Arguments,
    Caller,
    CallRate,
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

TIMEOUT = 0.2


class OrderArguments(Arguments):
    order_id: str


class RefundArguments(OrderArguments):
    amount: Decimal
    account: str = "card-1"


class NoteArguments(Arguments):
    text: str


class OrderResult(Result):
    order_id: str
    status: str
    secret: str = "hidden"


class RefundResult(Result):
    refund_id: str
    amount: Decimal


class NoteResult(Result):
    text: str


class DeskSettings(PluginSettings):
    currency: str = Field(default="CNY", description="What amounts are in.")


@dataclass
class BackEnd:
    """Orders with owner and status, and every deed that was done, by idempotency key."""

    owners: dict[str, str] = field(default_factory=lambda: {"o1": "ann", "o2": "bob"})
    status: dict[str, str] = field(default_factory=lambda: {"o1": "paid", "o2": "paid"})
    done: list[tuple[str, str]] = field(default_factory=list)
    """(tool, order) of each deed."""
    keys: dict[str, Result] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    mode: str = "well"
    """``well``, or ``hangs``, ``blocks``, ``raises``, ``exits``, ``refuses``, ``lies``: before the deed; ``hangs_after``,
    ``raises_after``: after it.
    """
    on_done: Callable[[], object] = lambda: None
    released: threading.Event = field(default_factory=threading.Event)

    async def do(self, name: str, order: str, result: Result, ctx: ToolContext) -> Result:
        self.calls.append(name)
        await self.suffer("")
        if ctx.idempotency_key not in self.keys:
            self.done.append((name, order))
            self.keys[ctx.idempotency_key] = result
            self.on_done()
        await self.suffer("_after")
        return self.keys[ctx.idempotency_key]

    async def suffer(self, when: str) -> None:
        if self.mode == f"hangs{when}":
            await asyncio.sleep(60)
        if self.mode == f"raises{when}":
            raise RuntimeError("the back end's own secret words")
        if when:
            return
        if self.mode == "blocks":
            self.released.wait(20)
        if self.mode == "exits":
            raise SystemExit(3)
        if self.mode == "refuses":
            raise ToolError("closed_today")


def make_desk(back_end: BackEnd) -> Plugin:
    """The plugin on this back end."""
    hooks = Hooks(back_end)
    return Plugin(
        manifest=Manifest(name="desk", version="1.0", title={"zh": "柜台", "en": "Desk"}),
        tools=(*_order_tools(back_end, hooks), _refund(back_end, hooks), *_contact_tools(back_end)),
        settings=DeskSettings,
    )


@dataclass
class Hooks:
    """The questions around the tools."""

    back_end: BackEnd

    async def owner(self, args: OrderArguments, ctx: ToolContext) -> str | None:
        return self.back_end.owners.get(args.order_id)

    async def is_paid(self, args: OrderArguments, ctx: ToolContext) -> str | None:
        return None if self.back_end.status[args.order_id] == "paid" else "not_paid"

    async def preview_cancel(self, args: OrderArguments, ctx: ToolContext) -> Preview:
        facts: dict[str, Any] = {"order_id": args.order_id, "status": self.back_end.status[args.order_id]}
        return Preview("cancel_preview", facts)

    async def find_order(self, args: OrderArguments, ctx: ToolContext) -> Result | None:
        self.back_end.calls.append("find")
        return self.back_end.keys.get(ctx.idempotency_key)

    async def amount(self, args: RefundArguments, ctx: ToolContext) -> Decimal:
        return args.amount


def _order_tools(back_end: BackEnd, hooks: Hooks) -> tuple[Tool, ...]:
    @tool(effect="read", auth="owner:order", owner=hooks.owner, facts=["status"], hide=["secret"], retries=1)
    async def get_order(args: OrderArguments, ctx: ToolContext) -> OrderResult:
        """Show an order."""
        back_end.calls.append("get_order")
        await back_end.suffer("")
        return OrderResult(order_id=args.order_id, status=back_end.status[args.order_id])

    @tool(
        auth="owner:order",
        owner=hooks.owner,
        pre=[hooks.is_paid],
        preview=hooks.preview_cancel,
        find=hooks.find_order,
        compensate="reopen_order",
        undo=lambda args, result: {"order_id": args.order_id},
        codes=["not_paid", "closed_today"],
        facts=["status"],
        hide=["secret"],
        timeout=TIMEOUT,
    )
    async def cancel_order(args: OrderArguments, ctx: ToolContext) -> OrderResult:
        """Cancel a paid order."""
        result = OrderResult(order_id=args.order_id, status="cancelled")
        found = await back_end.do("cancel_order", args.order_id, result, ctx)
        return {"a": 1} if back_end.mode == "lies" else found  # type: ignore[return-value]

    @tool(auth="owner:order", owner=hooks.owner, timeout=TIMEOUT)
    async def reopen_order(args: OrderArguments, ctx: ToolContext) -> OrderResult:
        """Take back a cancellation."""
        result = OrderResult(order_id=args.order_id, status="paid")
        return await back_end.do("reopen_order", args.order_id, result, ctx)  # type: ignore[return-value]

    return get_order, cancel_order, reopen_order


def _refund(back_end: BackEnd, hooks: Hooks) -> Tool:
    @tool(
        auth="owner:order",
        owner=hooks.owner,
        amount=hooks.amount,
        approve_above=Decimal(500),
        rate=CallRate(2, timedelta(hours=1)),
        idempotency=lambda args, ctx: args.order_id,
        hide=["account"],
        timeout=TIMEOUT,
    )
    async def refund(args: RefundArguments, ctx: ToolContext) -> RefundResult:
        """Give money back."""
        result = RefundResult(refund_id=f"r-{args.order_id}", amount=args.amount)
        return await back_end.do("refund", args.order_id, result, ctx)  # type: ignore[return-value]

    return refund


def _contact_tools(back_end: BackEnd) -> tuple[Tool, ...]:
    @tool(auth="verified", timeout=TIMEOUT)
    async def close_account(args: NoteArguments, ctx: ToolContext) -> NoteResult:
        """Close the contact's account."""
        await back_end.do("close_account", "", NoteResult(text="closed"), ctx)
        return NoteResult(text="closed")

    @tool(
        auth="anonymous", confirm="never", rate=CallRate(3, timedelta(hours=1)), callers=[Caller.FLOW], timeout=TIMEOUT
    )
    async def leave_note(args: NoteArguments, ctx: ToolContext) -> NoteResult:
        """Leave a note for the team."""
        await back_end.do("leave_note", "", NoteResult(text=args.text), ctx)
        return NoteResult(text=args.text)

    return close_account, leave_note
