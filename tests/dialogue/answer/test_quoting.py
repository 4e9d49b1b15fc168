"""What is said without a model: quotes, and the words without which a quote would say something else."""

import pytest

from kefu.dialogue.answer.citations import CitationList
from kefu.dialogue.answer.finding import Finding
from kefu.dialogue.answer.quotes import Quote
from kefu.dialogue.answer.quoting import say_quotes
from kefu.domain.conversation import Language
from kefu.domain.knowledge import Passage
from kefu.kit.strings import Strings
from tests.dialogue.answer.passages import passage

ITEMS = "- Underwear and swimwear\n- Articles that were made to order"
INTRODUCED = "以下商品不能退：\n- 内裤\n- 定制商品"


def said(*quoted: tuple[Passage, str], language: Language = "en") -> str:
    """What is said of these passages, each with the piece of it that is quoted."""
    quotes = []
    for found, text in quoted:
        start = found.chunk.start + found.chunk.text.index(text)
        quotes.append(Quote(found, text, start, start + len(text)))
    passages = tuple(found for found, _ in quoted)
    finding = Finding("?", language, passages, tuple(quotes), None, 0.9, 0.5)
    strings = Strings.load("kefu.dialogue")
    return "".join(one.text for one in say_quotes(finding, citations=CitationList("turn_1"), strings=strings))


def test_a_list_item_is_said_with_the_heading_that_it_stands_under() -> None:
    found = passage(ITEMS, title="Returns", language="en", heading=("Exceptions", "Not returnable"))

    assert said((found, "Underwear and swimwear")) == ("From “Returns › Not returnable”: Underwear and swimwear [1]")


def test_and_with_the_line_that_introduces_it() -> None:
    found = passage(INTRODUCED, title="退货政策")

    assert said((found, "内裤"), language="zh") == "根据《退货政策 › 以下商品不能退》：内裤 [1]"


def test_items_of_two_headings_are_not_said_as_of_one() -> None:
    free = passage("- Gloves", key="returns", title="Returns", language="en", heading=("Returnable",))
    never = passage("- Swimwear", key="returns", title="Returns", language="en", heading=("Not returnable",))

    assert said((free, "Gloves"), (never, "Swimwear")) == (
        "From “Returns › Returnable”: Gloves [1]\n\nFrom “Returns › Not returnable”: Swimwear [2]"
    )


@pytest.mark.parametrize("text", ["We pay the postage.", "1. Open the order.\n2. Choose Return."])
def test_what_says_by_itself_what_it_says_has_the_title_alone(text: str) -> None:
    found = passage(text, title="Returns", language="en", heading=("Who pays",))

    assert said((found, text)).startswith("From “Returns”: ")


def test_a_heading_that_is_the_title_is_said_once() -> None:
    found = passage(ITEMS, title="Not returnable", language="en", heading=("Not returnable",))

    assert said((found, "Underwear and swimwear")).startswith("From “Not returnable”: ")
