"""DOCX, XLSX and CSV: headings, lists, tables with merged cells, sheets of questions and answers."""

import datetime as dt
from typing import Any

import pytest
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from kefu.domain.knowledge import DocumentKind
from kefu.knowledge.blocks import BlockKind, ParsedDocument
from kefu.knowledge.documents import parse
from kefu.knowledge.errors import DocumentInvalidError
from kefu.knowledge.parsers.source import SourceFile
from tests.support import office


def read(name: str, data: bytes) -> list[ParsedDocument]:
    return list(parse(SourceFile(name=name, key=name.rsplit(".", 1)[0], data=data)).documents)


def texts(parsed: ParsedDocument) -> list[str]:
    return [parsed.draft.text[block.start : block.end] for block in parsed.blocks]


def test_a_document_keeps_its_structure() -> None:
    parts = (
        "# 退货政策",
        "## 期限",
        "七天内可以退货。",
        "- 打开订单",
        "- 点退货",
        "1. 寄出",
        "1. 等待",
        [["尺码", "身高"], ["M", "165"]],
    )
    (parsed,) = read("a.docx", office.saved(office.word(*parts)))
    assert (parsed.draft.title, parsed.draft.language) == ("退货政策", "zh")
    assert texts(parsed) == ["七天内可以退货。", "- 打开订单", "- 点退货", "1. 寄出", "2. 等待", "尺码：M；身高：165"]
    assert {block.heading_path for block in parsed.blocks} == {("期限",)}
    assert "- 打开订单\n- 点退货" in parsed.draft.text


def test_merged_cells_count_for_every_row_and_column_they_cover() -> None:
    rows = [["尺码", "身高", ""], ["", "最小", "最大"], ["M", "165", "170"], ["L", "170", "175"], ["男装", "", ""]]
    document = office.word(rows)
    table = document.tables[0]
    table.cell(0, 0).merge(table.cell(1, 0))
    table.cell(0, 1).merge(table.cell(0, 2))
    table.cell(4, 0).merge(table.cell(4, 2))
    (parsed,) = read("a.docx", office.saved(document))
    assert texts(parsed) == [
        "尺码：M；身高 最小：165；身高 最大：170",
        "尺码：L；身高 最小：170；身高 最大：175",
        "男装",
    ]


def test_deleted_and_hidden_words_are_not_read_and_inserted_ones_are() -> None:
    document = office.word("We ship ")
    paragraph = document.paragraphs[0]._p
    for tag, text in (("w:ins", "today"), ("w:del", "never")):
        change = OxmlElement(tag)
        change.append(_run(text))
        paragraph.append(change)
    document.paragraphs[0].add_run(" secretly").font.hidden = True
    (parsed,) = read("a.docx", office.saved(document))
    assert parsed.draft.text == "We ship today"


def _run(text: str) -> Any:
    run, words = OxmlElement("w:r"), OxmlElement("w:t")
    words.text = text
    words.set(qn("xml:space"), "preserve")
    run.append(words)
    return run


@pytest.mark.parametrize("header", [["问题", "答案", "相似问"], ["Question", "Answer", "Alternatives"]])
def test_a_sheet_of_questions_is_known_by_its_header(header: list[str]) -> None:
    rows: list[list[object]] = [
        [*header],
        ["能退吗？", "七天内可以退。", "可以退货么|能不能退"],
        ["运费谁出？", "买家承担。", None],
    ]
    first, second = read("faq.xlsx", office.saved(office.workbook({"a": rows})))
    assert first.draft.kind is DocumentKind.FAQ
    assert first.draft.questions == ("能退吗？", "可以退货么", "能不能退")
    assert (second.draft.text, second.draft.title) == ("买家承担。", "运费谁出？")
    assert first.draft.key != second.draft.key
    again = read("faq.xlsx", office.saved(office.workbook({"a": [rows[0], rows[2], rows[1]]})))
    assert {one.draft.key for one in again} == {first.draft.key, second.draft.key}


def test_sheets_read_as_they_show() -> None:
    book = office.workbook(
        {
            "价目": [["2026 年价目"], ["地区", "首重", "折扣", "自"], ["日本", 75.0, 0.85, dt.date(2026, 5, 1)]],
            "内部": [["a", "b"], [1, 2]],
            "说明": [["只收现金。"], ["不送货上门。"]],
        }
    )
    book["价目"]["C3"].number_format = "0%"
    book["内部"].sheet_state = "hidden"
    prices, notes = read("a.xlsx", office.saved(book))
    assert (prices.draft.key, prices.draft.title) == ("a/价目", "价目")
    assert texts(prices) == ["2026 年价目", "地区：日本；首重：75；折扣：85%；自：2026-05-01"]
    assert texts(notes) == ["只收现金。", "不送货上门。"]


def test_merged_cells_of_a_sheet() -> None:
    rows: list[list[object]] = [["尺码", "身高", None], [None, "最小", "最大"], ["M", 165, 170], [None, 166, 171]]
    book = office.workbook({"a": rows})
    for area in ("A1:A2", "B1:C1", "A3:A4"):
        book["a"].merge_cells(area)
    (parsed,) = read("a.xlsx", office.saved(book))
    assert texts(parsed) == ["尺码：M；身高 最小：165；身高 最大：170", "尺码：M；身高 最小：166；身高 最大：171"]


def test_a_long_table_becomes_several_documents() -> None:
    lines = "".join(f"M{number},{number}\n" for number in range(2_500))
    parsed = read("a.csv", f"size,height\n{lines}".encode())
    assert [(one.draft.key, len(one.blocks)) for one in parsed] == [("a", 1_000), ("a/2", 1_000), ("a/3", 500)]
    assert texts(parsed[2])[-1] == "size: M2499; height: 2499"
    assert {block.kind for one in parsed for block in one.blocks} == {BlockKind.ROW}


def test_a_csv_that_lacks_an_answer_is_half_a_sheet_of_questions() -> None:
    with pytest.raises(DocumentInvalidError, match="answer"):
        read("a.csv", b"id,question\n1,q")
