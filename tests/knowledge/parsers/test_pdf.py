"""PDF: headings by size, tables by row, the page in the heading path, and a citation that is the document's own text."""

import pytest

from kefu.knowledge.blocks import ParsedDocument
from kefu.knowledge.chunking import cut
from kefu.knowledge.documents import parse
from kefu.knowledge.errors import DocumentInvalidError, Problem
from kefu.knowledge.parsers.ocr import is_installed
from kefu.knowledge.parsers.settings import ParserSettings
from kefu.knowledge.parsers.source import SourceFile
from tests.support import office

TEXT = "请在下单之前仔细测量身高和胸围，我们的尺码与其他品牌可能不同，如果介于两个尺码之间，建议选择较大的尺码，这样穿着更加舒适自然。"


def read(data: bytes, *, limits: ParserSettings | None = None) -> ParsedDocument:
    source = SourceFile(name="a.pdf", key="a", data=data, limits=limits or ParserSettings())
    (parsed,) = parse(source).documents
    return parsed


def texts(parsed: ParsedDocument) -> list[str]:
    return [parsed.draft.text[block.start : block.end] for block in parsed.blocks]


def test_headings_paragraphs_and_tables() -> None:
    rows = [["尺码", "身高", "", "备注"], ["", "最小", "最大", ""], ["M", "165", "170", "常规"]]
    spans = [("SPAN", (0, 0), (0, 1)), ("SPAN", (1, 0), (2, 0)), ("SPAN", (3, 0), (3, 1))]
    parsed = read(office.pdf("# 尺码说明", TEXT, rows, "1. 打开订单", spans=spans))
    assert parsed.draft.title == "尺码说明"
    assert texts(parsed) == [TEXT, "尺码：M；身高 最小：165；身高 最大：170；备注：常规", "1. 打开订单"]
    assert {block.heading_path for block in parsed.blocks} == {("第 1 页",)}


def test_a_table_over_two_pages_keeps_its_column_names() -> None:
    rows = [["Zone", "Fee"], *([f"Z{number}", str(number)] for number in range(70))]
    parsed = read(office.pdf(rows))
    assert texts(parsed) == [f"Zone: Z{number}; Fee: {number}" for number in range(70)]
    assert parsed.blocks[-1].heading_path == ("p. 2",)


def test_running_titles_and_page_numbers_are_no_text() -> None:
    parsed = read(office.pages(300))
    assert texts(parsed)[299] == "Rule 300 says that parcel class 300 ships within 300 days."
    assert len(parsed.blocks) == 300
    pieces = cut(parsed)
    assert all(parsed.draft.text[piece.start : piece.end].startswith("Rule ") for piece in pieces)
    assert pieces[122].heading_path == ("p. 123",)


def test_too_many_pages() -> None:
    with pytest.raises(DocumentInvalidError, match="limit is 2") as caught:
        read(office.pages(3), limits=ParserSettings(max_pages=2))
    assert caught.value.problem is Problem.TOO_MANY_PAGES


@pytest.mark.skipif(not is_installed(), reason="MISSING SERVICE: OCR. Install the extra: pip install 'kefu[ocr]'")
def test_a_scan_is_recognised() -> None:
    assert "RETURN" in read(office.scan(office.picture_of("RETURN WITHIN 7 DAYS"))).draft.text.upper()


@pytest.mark.skipif(is_installed(), reason="OCR is installed here")
def test_a_scan_without_ocr_says_what_to_install() -> None:
    with pytest.raises(DocumentInvalidError, match=r"kefu\[ocr\]") as caught:
        read(office.scan(office.png()))
    assert caught.value.problem is Problem.NEEDS_OCR
