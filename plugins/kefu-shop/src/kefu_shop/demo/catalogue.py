"""The demo shop's goods: ``products.csv``, in the sizes of ``charts.toml`` and a few of its own."""

import csv
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from hashlib import sha256
from importlib.resources import files

from kefu_shop.domain import Product, Stock, Variant
from kefu_shop.sizes import Fit, Measure, SizeChart, SizeRow, Span

WAREHOUSES = ("hangzhou", "chengdu")
_UNMEASURED = {
    "kettles": ("1.0 L", "1.5 L"),
    "flasks": ("350 ml", "500 ml"),
    "pans": ("20 cm", "24 cm", "28 cm"),
    "boards": ("36 × 26 cm", "40 × 28 cm"),
    "beds": ("150 × 200 cm", "180 × 200 cm", "180 × 220 cm"),
    "pillows": ("10 cm", "12 cm"),
    "vases": ("18 cm", "26 cm"),
    "boxes": ("S", "M", "L"),
    "one": (),
}
"""Sizes that no body decides."""
_DEARER = Decimal("0.10")
"""What each further size of something that no body wears costs more, as a share of the price."""


@dataclass(frozen=True, slots=True)
class Article:
    """A product with what only its catalogue page says."""

    product: Product
    names: Mapping[str, str]
    who: str
    """``women``, ``men``, ``unisex`` or ``home``."""
    chart: str
    """The size chart; empty when it has none."""
    cut: Fit
    material: str
    wash: str
    """``machine``, ``hand``, ``dry``, ``wipe`` or ``dishwasher``."""
    seasons: tuple[str, ...]
    tags: tuple[str, ...]


@cache
def load_charts() -> Mapping[str, SizeChart]:
    raw = tomllib.loads(_read("charts.toml"))
    return {
        name: SizeChart(
            name,
            tuple(
                SizeRow(size, {Measure(measure): Span(*span) for measure, span in spans.items()})
                for size, spans in sizes.items()
            ),
        )
        for name, sizes in raw.items()
    }


@cache
def load_articles() -> tuple[Article, ...]:
    return tuple(_to_article(row) for row in csv.DictReader(_read("products.csv").splitlines()))


def make_stock(variant: Variant) -> list[Stock]:
    """What lies in the two warehouses: the same at every start; about one variant in eight is nowhere."""
    found = []
    for warehouse in WAREHOUSES:
        number = int(sha256(f"{variant.id}@{warehouse}".encode()).hexdigest(), 16)
        quantity = 0 if number % 5 < 2 else 1 + number % 23  # noqa: PLR2004 - two in five
        expected = 12 + number % 30 if quantity == 0 and number % 3 == 0 else 0
        found.append(Stock(variant.id, warehouse, quantity, expected))
    return found


def _to_article(row: Mapping[str, str]) -> Article:
    sizes = load_charts()[row["sizes"]].sizes if row["sizes"] in load_charts() else _UNMEASURED[row["sizes"]]
    price, is_worn = Decimal(row["price"]), row["sizes"] in load_charts()
    variants = []
    for color in row["colors"].split():
        for number, size in enumerate(sizes or ("",)):
            options = {"color": color} | ({"size": size} if size else {})
            cost = price if is_worn else (price * (1 + _DEARER * number)).quantize(Decimal(1))
            variants.append(Variant(_sku(row["id"], options), row["id"], options, cost.quantize(Decimal("0.01"))))
    return Article(
        product=Product(row["id"], row["en"], tuple(variants), row["category"]),
        names={"zh": row["zh"], "en": row["en"]},
        who=row["who"],
        chart=row["sizes"] if is_worn else "",
        cut=Fit(row["fit"]),
        material=row["material"],
        wash=row["wash"],
        seasons=tuple(row["season"].split()),
        tags=tuple(row["tags"].split()),
    )


def _sku(product_id: str, options: Mapping[str, str]) -> str:
    """Such as ``w-tee-sage-m``: people read it on labels."""
    parts = (product_id, *options.values())
    return "-".join(parts).lower().replace(" × ", "x").replace(" ", "")


def _read(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")
