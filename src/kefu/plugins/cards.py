"""Cards: typed payloads beside a text that says the same. A channel or widget that knows a kind shows it; others leave it.

A tool gives a card in its result, and a flow shows it: ``say: {zh: …, en: …, card: found.card}``.
"""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

import orjson
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from kefu.kit.jsonvalue import JsonObject, JsonValue

Text = Annotated[str, Field(max_length=500)]
Short = Annotated[str, Field(max_length=120)]


def _is_https(address: str) -> str:
    if address and not address.startswith("https://"):
        raise ValueError("an address begins with https://")
    return address


Address = Annotated[str, Field(max_length=800), AfterValidator(_is_https)]


class Card(BaseModel):
    """The base of all cards: texts are in the conversation's language, addresses are https."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Price(Card):
    amount: Decimal
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "CNY"


class Product(Card):
    """One product."""

    kind: Literal["product"] = "product"
    id: Short
    title: Text
    price: Price | None = None
    image: Address = ""
    link: Address = ""
    note: Text = ""
    """Why it is shown: what fits, what differs."""


class Products(Card):
    """Several products side by side."""

    kind: Literal["products"] = "products"
    items: Annotated[list[Product], Field(min_length=1, max_length=10)]


class OrderLine(Card):
    title: Text
    count: Annotated[int, Field(ge=1)] = 1
    price: Price | None = None
    image: Address = ""


class OrderCard(Card):
    """An order with its articles."""

    kind: Literal["order"] = "order"
    id: Short
    status: Short
    lines: Annotated[list[OrderLine], Field(max_length=50)] = Field(default_factory=list)
    total: Price | None = None
    link: Address = ""


class ParcelStep(Card):
    at: datetime
    text: Text


class Parcel(Card):
    """Where a parcel is, the newest step first."""

    kind: Literal["parcel"] = "parcel"
    number: Short
    carrier: Short = ""
    status: Short
    steps: Annotated[list[ParcelStep], Field(max_length=50)] = Field(default_factory=list)
    link: Address = ""


class TableCard(Card):
    """A small table, such as sizes or a comparison."""

    kind: Literal["table"] = "table"
    title: Text = ""
    columns: Annotated[list[Short], Field(min_length=1, max_length=8)]
    rows: Annotated[list[Annotated[list[Text], Field(max_length=8)]], Field(max_length=50)]


AnyCard = Annotated[Product | Products | OrderCard | Parcel | TableCard, Field(discriminator="kind")]
_ADAPTER: TypeAdapter[AnyCard] = TypeAdapter(AnyCard)


def read_card(value: JsonValue) -> JsonObject:
    """A card as it is stored and sent. Raises ValueError, in a sentence, when it is none."""
    try:
        card = _ADAPTER.validate_json(orjson.dumps(value))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise ValueError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    found: JsonObject = card.model_dump(mode="json")
    return found


def texts_of(card: JsonValue) -> list[str]:
    """All texts that a card shows, for guards."""
    match card:
        case str():
            return [card]
        case list():
            return [text for entry in card for text in texts_of(entry)]
        case dict():
            return [text for name, entry in card.items() if name != "kind" for text in texts_of(entry)]
    return []
