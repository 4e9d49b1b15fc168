"""The environment's reference sequences through our rules: do they end in the same state, and fail where they must?"""

import json
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evals.shop.environment import Environment, Json, comparable, to_address, to_line_ids
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
from kefu_shop.errors import ShopError

_SETS = ("tasks", "v1_tasks_test", "v1_tasks_train", "v1_tasks_dev")
_SPOKEN = frozenset({"transfer_to_human_agents", "calculate", "think"})
"""Calls that touch no data."""


@dataclass(frozen=True, slots=True)
class Sequence:
    """``failing``: how often a call to each of the environment's tools must fail."""

    id: str
    calls: tuple[tuple[str, Json], ...]
    changed: Json
    hash: str | None
    failing: Counter[str]
    is_corrected: bool
    """The environment's own end state is wrong here (SOURCE.md), and ``changed`` is the right one."""


@dataclass(slots=True)
class Outcome:
    """What became of the sequences of one set."""

    name: str
    total: int = 0
    equal: int = 0
    corrected: int = 0
    hashes: int = 0
    different: list[str] = field(default_factory=list)
    wrong_failures: list[str] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)


async def replay(folder: Path) -> list[Outcome]:
    environment = Environment.load(folder)
    outcomes = []
    for name in _SETS:
        outcome = Outcome(name)
        for sequence in _read(folder, name):
            await _play(environment, sequence, outcome)
        outcomes.append(outcome)
    return outcomes


async def _play(environment: Environment, sequence: Sequence, outcome: Outcome) -> None:
    shop = environment.open_shop()
    failed: Counter[str] = Counter()
    for number, (tool, arguments) in enumerate(sequence.calls):
        before = await environment.changed(shop)
        try:
            await call(shop, tool, arguments, key=f"{sequence.id}:{number}")
        except ShopError as error:
            failed[tool] += 1
            outcome.reasons[f"{tool}: {error.problem.value}"] += 1
            if await environment.changed(shop) != before:
                outcome.wrong_failures.append(f"{sequence.id}: {tool} failed and changed something")
    if failed != sequence.failing:
        outcome.wrong_failures.append(f"{sequence.id}: {dict(failed)} failed, not {dict(sequence.failing)}")
    changed = await environment.changed(shop)
    outcome.total += 1
    if comparable(changed) == comparable(sequence.changed):
        outcome.equal += not sequence.is_corrected
        outcome.corrected += sequence.is_corrected
    else:
        outcome.different.append(sequence.id)
    if sequence.hash is not None:
        outcome.hashes += environment.hash_of(changed) == sequence.hash


async def call(shop: ShopBackend, tool: str, arguments: Json, *, key: str) -> None:
    """One call of the environment's as ours. Raises ShopError where ours says no."""
    if tool in _SPOKEN:
        return
    if tool in _READS:
        await _READS[tool](shop, arguments)
        return
    await shop.write(await to_write(shop, tool, arguments), key=key)


async def to_write(shop: ShopBackend, tool: str, arguments: Json) -> Write:
    """Raises ShopError when there is no such order."""
    if tool == "modify_user_address":
        return ChangeDefaultAddress(arguments["user_id"], to_address(arguments))
    order = await shop.get_order(arguments["order_id"])
    line_ids = to_line_ids(order, arguments.get("item_ids", ()))
    exchanges = tuple(Exchange(*pair) for pair in zip(line_ids, arguments.get("new_item_ids", ()), strict=False))
    return _WRITES[tool](order.id, arguments, line_ids, exchanges)


_ToWrite = Callable[[str, Json, tuple[str, ...], tuple[Exchange, ...]], Write]
_WRITES: dict[str, _ToWrite] = {
    "cancel_pending_order": lambda order, raw, _lines, _new: CancelOrder(order, raw["reason"]),
    "return_delivered_order_items": lambda order, raw, lines, _new: RequestReturn(
        order, lines, raw["payment_method_id"]
    ),
    "exchange_delivered_order_items": lambda order, raw, _, new: RequestExchange(order, new, raw["payment_method_id"]),
    "modify_pending_order_items": lambda order, raw, _, new: ChangeArticles(order, new, raw["payment_method_id"]),
    "modify_pending_order_payment": lambda order, raw, _lines, _new: ChangePayment(order, raw["payment_method_id"]),
    "modify_pending_order_address": lambda order, raw, _lines, _new: ChangeAddress(order, to_address(raw)),
}


async def _find_by_name(shop: ShopBackend, raw: Json) -> object:
    return await shop.find_customer(name=f"{raw['first_name']} {raw['last_name']}", postcode=raw["zip"])


_READS: dict[str, Callable[[ShopBackend, Json], Awaitable[object]]] = {
    "find_user_id_by_email": lambda shop, raw: shop.find_customer(email=raw["email"]),
    "find_user_id_by_name_zip": _find_by_name,
    "get_user_details": lambda shop, raw: shop.get_customer(raw["user_id"]),
    "get_order_details": lambda shop, raw: shop.get_order(raw["order_id"]),
    "get_product_details": lambda shop, raw: shop.get_product(raw["product_id"]),
    "get_item_details": lambda shop, raw: shop.get_variant(raw["item_id"]),
    "list_all_product_types": lambda shop, _: shop.list_products(),
}


def _read(folder: Path, name: str) -> Iterator[Sequence]:
    if name == "tasks":
        expected = json.loads((folder / "expected_final_state.json").read_text())["tasks"]
        for task in json.loads((folder / "tasks.json").read_text()):
            actions = task["evaluation_criteria"]["actions"]
            yield _sequence(task["id"], [(one["name"], one["arguments"]) for one in actions], expected[task["id"]])
        return
    for task in json.loads((folder / f"{name}.json").read_text())["tasks"]:
        yield _sequence(task["id"], [(one["name"], one["kwargs"]) for one in task["actions"]], task, is_hashed=False)


def _sequence(id_: str, calls: list[tuple[str, Json]], end: dict[str, Any], *, is_hashed: bool = True) -> Sequence:
    """The older environment's own hash depends on how numbers were spelled and is not compared."""
    failing = Counter(error[-2] for error in end["gold_action_errors"])
    return Sequence(
        id_,
        tuple(calls),
        end.get("changed_corrected", end["changed"]),
        end["official_db_sha256"] if is_hashed else None,
        failing,
        "changed_corrected" in end,
    )
