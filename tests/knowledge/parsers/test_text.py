"""Plain text is not Markdown: nothing in it is lost as markup."""

from kefu.knowledge.documents import parse
from kefu.knowledge.parsers.source import SourceFile


def read(text: str) -> list[str]:
    (parsed,) = parse(SourceFile(name="a.txt", key="a", data=text.encode())).documents
    return [parsed.draft.text[block.start : block.end] for block in parsed.blocks]


def test_signs_of_markup_are_text() -> None:
    assert read("The box is 5*3*2 dm and costs 3_000 <yuan>.") == ["The box is 5*3*2 dm and costs 3_000 <yuan>."]


def test_full_lines_are_joined_and_short_ones_are_not() -> None:
    wrapped = "Parcels leave our warehouse on the day after payment, except on\nSundays and on public holidays."
    assert read(wrapped) == [wrapped.replace("\n", " ")]
    assert read("运费：8 元。\n满 99 元包邮。") == ["运费：8 元。", "满 99 元包邮。"]


def test_chapters_are_headings_and_items_keep_their_numbers() -> None:
    text = "第一章 退货\n\n七天内可以退货。\n1、打开订单\n2、点退货\n3.5 公斤以内免费。"
    assert read(text) == ["七天内可以退货。", "1、打开订单", "2、点退货", "3.5 公斤以内免费。"]
