"""Tables of cases: one line each, in files that a person can read, compared in a short way of writing values."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from kefu.dialogue.slots import Choice, SlotContext, SlotType
from kefu.domain.conversation import Language
from kefu.kit.jsonvalue import JsonValue
from kefu.kit.text import detect_language

NOW = datetime(2026, 5, 13, 15, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
FOLDER = Path(__file__).parent / "tables"

ITEMS = (
    Choice("shoes_black", "雪松徒步鞋 黑色 42码", ("Cedar hiking shoes black 42",)),
    Choice("shoes_red", "雪松徒步鞋 红色 41码", ("Cedar hiking shoes red 41",)),
    Choice("socks", "羊毛袜 灰色", ("wool socks grey",)),
    Choice("jacket", "山雀防风外套 红色 L", ("Titmouse windbreaker jacket red L",)),
)
ORDERS = (Choice("W2378156", "W2378156 · 雪松徒步鞋"), Choice("W6679257", "W6679257 · 保温杯"))
PAYMENT = (
    Choice("alipay_01", "支付宝"),
    Choice("card_02", "招商银行卡 尾号1234", ("Visa ending 1234",)),
    Choice("wx_03", "微信支付"),
)
REASON = (
    Choice("defect", "坏了", ("破洞", "质量问题", "开胶", "broken", "defective", "damaged", "stopped working")),
    Choice("size", "尺码不合适", ("太大", "太小", "不合身", "too big", "too small", "does not fit")),
    Choice("mind", "不想要了", ("买错了", "不喜欢", "changed my mind", "ordered by mistake")),
)
POOLS = {"items": ITEMS, "two": ITEMS[:2], "orders": ORDERS, "payment": PAYMENT, "reason": REASON}


@dataclass(frozen=True, slots=True)
class Row:
    table: str
    line: int
    cells: tuple[str, ...]

    def cell(self, index: int) -> str:
        return self.cells[index] if index < len(self.cells) else ""


def rows(table: str) -> list[object]:
    """One parameter a line; its id is the file, the line and the text, so that a failing line names itself."""
    return [pytest.param(row, id=f"{table}:{row.line}:{row.cells[0]}:{row.cell(1)[:40]}") for row in _rows(table)]


def _rows(table: str) -> Iterator[Row]:
    for number, line in enumerate((FOLDER / f"{table}.tsv").read_text(encoding="utf-8").splitlines(), start=1):
        if line and not line.startswith("# "):
            yield Row(table, number, tuple(line.split("\t")))


def context(text: str, *, shown: tuple[Choice, ...] = (), taken: tuple[str, ...] = ()) -> SlotContext:
    language: Language = detect_language(text, default="zh")
    return SlotContext(NOW, language, shown=shown, taken=taken)


def slot_type(written: str) -> SlotType:
    """``date/past``, ``time/exact``, ``order_id:PATTERN``, ``choices items``."""
    head, _, pattern = written.partition(":")
    head, _, pool = head.partition(" ")
    kind, _, flag = head.partition("/")
    minimum, maximum = _bounds(flag)
    return SlotType(
        kind,  # type: ignore[arg-type]
        pattern=pattern or None,
        choices=POOLS.get(pool, ()),
        direction=flag if flag in {"past", "future"} else "any",  # type: ignore[arg-type]
        is_exact=flag == "exact",
        minimum=minimum,
        maximum=maximum,
    )


def _bounds(flag: str) -> tuple[Decimal | None, Decimal | None]:
    low, joint, high = flag.partition("-")
    return (Decimal(low), Decimal(high)) if joint else (None, None)


def written(value: JsonValue) -> str:
    """A value in short: "..2026-09-30", "120 CNY", "socks+jacket", "[]"."""
    if isinstance(value, list):
        return "+".join(map(str, value)) or "[]"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return _parts(value) if isinstance(value, dict) else str(value)


def _parts(value: dict[str, JsonValue]) -> str:
    if "amount" in value:
        return f"{value['amount']} {value['currency']}"
    if "from" in value:
        low, high = value["from"], value["to"]
        return f"{'' if low is None else written(low)}..{'' if high is None else written(high)}"
    if "street" in value:
        return ", ".join(
            str(value[name]) for name in ("street", "city", "region", "postcode", "country") if name in value
        )
    if set(value) == {"detail"}:
        return f"detail={value['detail']}"
    return "/".join(str(value.get(name, "")) for name in ("province", "city", "district", "detail")).rstrip("/")
