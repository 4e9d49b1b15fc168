"""Files become documents, or an error that says which line to change."""

from pathlib import Path

import pytest

from kefu.domain.knowledge import DocumentKind, Risk
from kefu.knowledge.documents import SUFFIXES, read_file, read_page
from kefu.knowledge.errors import DocumentInvalidError

PAGE = """---
key: shop/fees
title: 运费
lang: zh
owner: 小王
---
# 运费

首段第一行
接着第二行，见[规则](https://a.com/r)和[内部](/x)。

| 地区 | 首重 |
| --- | --- |
| 日本 | **75 元** |
| 台湾 | |

1. 打开订单
   - 点退货
2. 寄出
"""


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_markdown_becomes_reading_text() -> None:
    parsed = read_page(PAGE, file="fees.md", key="fees")
    draft = parsed.draft
    assert (draft.key, draft.title, draft.language, draft.kind) == ("shop/fees", "运费", "zh", DocumentKind.PAGE)
    texts = [draft.text[block.start : block.end] for block in parsed.blocks]
    assert texts == [
        "首段第一行接着第二行，见规则（https://a.com/r）和内部。",
        "地区：日本；首重：75 元",
        "地区：台湾",
        "1. 打开订单",
        "  - 点退货",
        "2. 寄出",
    ]


def test_english_lines_are_joined_with_a_space_and_headings_nest() -> None:
    parsed = read_page("# T\n\n## A\n\n### B\n\none\ntwo\n\n## C\n\nthree\n", file="t.md", key="t")
    assert [block.heading_path for block in parsed.blocks] == [("A", "B"), ("C",)]
    assert parsed.draft.text == "T\n\nA\n\nB\n\none two\n\nC\n\nthree"
    assert (parsed.draft.title, parsed.draft.language) == ("T", "en")


def test_html_comments_and_tags_are_not_quoted() -> None:
    parsed = read_page("<!-- secret -->\n\nHello <b>you</b>.\n", file="t.md", key="t")
    assert parsed.draft.text == "Hello you."


def test_faq_lines(tmp_path: Path) -> None:
    line = (
        '{"id": 7, "question": "能退吗？", "alternatives": ["可以退货么", "能退吗？"], "answer": " 能。\\r\\n七天。 "}'
    )
    path = write(
        tmp_path,
        "faq.zh.jsonl",
        "\ufeff" + line + '\n\n{"id":"b","question":"Q?","answer":"A","topic":"pay","lang":"en"}',
    )
    first, second = read_file(path)
    assert (first.draft.key, first.draft.language, first.draft.kind) == ("faq/7", "zh", DocumentKind.FAQ)
    assert first.draft.questions == ("能退吗？", "可以退货么")
    assert first.draft.text == "能。\n七天。"
    assert (second.draft.key, second.draft.language) == ("pay/b", "en")


def test_faq_table(tmp_path: Path) -> None:
    path = write(tmp_path, "faq.csv", 'id,question,alternatives,answer\n1,Where?,"how so| which way ","Here,\nthere"\n')
    (parsed,) = read_file(path)
    assert parsed.draft.questions == ("Where?", "how so", "which way")
    assert parsed.draft.text == "Here,\nthere"


@pytest.mark.parametrize(
    ("file", "line", "reason"),
    [
        (("a.md", "환불은 영업일 기준으로 합니다".encode("euc_kr")), 1, "no Chinese"),
        (("a.md", b"ok\nok\ncaf\xe9 x"), 3, "not UTF-8"),
        (("a.md", "退货".encode("utf-16-le")), 1, "not UTF-8"),
        (("a.md", b"a\nb\0b"), 2, "NUL"),
        (("a.md", "---\nkey: [\n---\nx"), 3, "front matter"),
        (("a.md", "---\ntitle: x\nlang: fr\n---\nx"), 3, "lang"),
        (("a.md", "# only a heading"), None, "no text"),
        (("a.jsonl", '{"id":"1","question":"q","answer":"a"}\n{oops'), 2, "not JSON"),
        (("a.jsonl", "[1]"), 1, "one JSON object"),
        (("a.jsonl", '{"id":"1","question":"q"}'), 1, "answer"),
        (("a.jsonl", '{"id":"1","question":"q","answer":"a","alternatives":"b"}'), 1, "alternatives"),
        (("a.jsonl", '{"id":"1","question":"q","answer":"a"}\n' * 2), 2, "second entry"),
        (("a.csv", "id,question\n1,q"), 1, "answer"),
        (("a.csv", "id,question,answer\n1,q"), 2, "columns"),
        (("a.exe", "x"), None, "unknown kind"),
        (("a.pdf", "x"), None, "named PDF"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(
    tmp_path: Path, file: tuple[str, str | bytes], line: int | None, reason: str
) -> None:
    with pytest.raises(DocumentInvalidError, match=reason) as caught:
        read_file(write(tmp_path, *file))
    assert (caught.value.line, caught.value.code) == (line, "document_invalid")


def test_a_missing_file_is_a_typed_error(tmp_path: Path) -> None:
    with pytest.raises(DocumentInvalidError, match="cannot be read"):
        read_file(tmp_path / "gone.md")


def test_the_demo_knowledge_loads() -> None:
    root = Path(__file__).parents[2] / "src/kefu/demo/knowledge"
    parsed = [one for path in sorted(root.rglob("*")) if path.suffix in SUFFIXES for one in read_file(path, root=root)]
    names = [(one.draft.key, one.draft.language) for one in parsed]
    assert len(names) == len(set(names)) > 100
    assert not [one.draft.key for one in parsed if "](" in one.draft.text or "**" in one.draft.text]


def test_a_page_may_be_strict_and_nothing_else() -> None:
    text = "# 退款\n\n三日内退款。"
    assert read_page(text, file="a.md", key="a").draft.attributes.risk is Risk.GENERAL
    strict = read_page(f"---\nrisk: strict\n---\n{text}", file="a.md", key="a").draft
    assert strict.attributes.risk is Risk.STRICT
    with pytest.raises(DocumentInvalidError, match=r"a.md:2: risk must be general or strict"):
        read_page("---\nrisk: high\n---\n# 退款\n\n三日内退款。", file="a.md", key="a")
