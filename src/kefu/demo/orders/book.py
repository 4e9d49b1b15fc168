"""The orders of the demo shop. Every visitor has the same three, dated by today; what was done with them is kept in a file."""

import fcntl
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import BaseModel

_CATALOGUE = (
    ("delivered", 5, (("shoes", "云步跑鞋", "Cloudstep running shoes", "42", "299.00"), ("socks", "羊毛袜三双装", "Wool socks, 3 pairs", "M", "59.00"))),
    ("packing", 1, (("jacket", "山岚防风外套", "Mountain windbreaker", "L", "459.00"),)),
    ("delivered", 48, (("kettle", "青瓷电热壶", "Celadon kettle", "1.5 L", "189.00"),)),
)  # fmt: skip


class Item(BaseModel):
    item_id: str
    name: dict[str, str]
    size: str
    price: Decimal


class Order(BaseModel):
    """``delivered_at`` is None until the parcel has arrived."""

    id: str
    status: str
    title: dict[str, str]
    ordered_at: datetime
    delivered_at: datetime | None
    items: list[Item]
    total: Decimal


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that was done, under the key that it was done with."""

    key: str
    kind: str
    order_id: str
    value: dict[str, Any]


class OrderBook:
    """``file``: one line of JSON for each deed, so that several processes may append to it."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def list_orders(self, contact_id: str, now: datetime) -> list[Order]:
        done = [deed for deed in self._deeds() if deed.kind == "cancel"]
        cancelled = {deed.order_id for deed in done}
        orders = [_order(contact_id, number, now) for number in range(len(_CATALOGUE))]
        return [one.model_copy(update={"status": "cancelled"}) if one.id in cancelled else one for one in orders]

    def find_order(self, contact_id: str, order_id: str, now: datetime) -> Order | None:
        wanted = order_id.lstrip("#").upper()
        return next((order for order in self.list_orders(contact_id, now) if order.id == wanted), None)

    def find_deed(self, key: str) -> Deed | None:
        return next((deed for deed in self._deeds() if deed.key == key), None)

    def returned_items(self, order_id: str) -> set[str]:
        deeds = [deed for deed in self._deeds() if deed.kind == "return" and deed.order_id == order_id]
        return {item for deed in deeds for item in deed.value["item_ids"]}

    def write(self, deed: Deed) -> Deed:
        """Append it, once for its key; what is there under the key."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with self._file.open("a+", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            known = self.find_deed(deed.key)
            if known is not None:
                return known
            file.write(json.dumps([deed.key, deed.kind, deed.order_id, deed.value]) + "\n")
        return deed

    def _deeds(self) -> Iterator[Deed]:
        if not self._file.is_file():
            return
        for line in self._file.read_text(encoding="utf-8").splitlines():
            yield Deed(*json.loads(line))


def _order(contact_id: str, number: int, now: datetime) -> Order:
    status, days, goods = _CATALOGUE[number]
    digest = int(hashlib.sha256(f"{contact_id}:{number}".encode()).hexdigest(), 16)
    items = [
        Item(item_id=id_, name={"zh": zh, "en": en}, size=size, price=Decimal(price))
        for id_, zh, en, size, price in goods
    ]
    return Order(
        id=f"Q{digest % 10_000_000:07d}",
        status=status,
        title=items[0].name,
        ordered_at=now - timedelta(days=days + 3),
        delivered_at=now - timedelta(days=days) if status == "delivered" else None,
        items=items,
        total=sum((item.price for item in items), Decimal(0)),
    )
