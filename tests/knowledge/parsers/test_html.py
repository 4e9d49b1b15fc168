"""HTML: what a reader sees of the main part, and nothing else."""

from kefu.knowledge.blocks import ParsedDocument
from kefu.knowledge.documents import parse
from kefu.knowledge.parsers.source import SourceFile


def read(page: str) -> ParsedDocument:
    (parsed,) = parse(SourceFile(name="a.html", key="a", data=page.encode())).documents
    return parsed


def texts(parsed: ParsedDocument) -> list[str]:
    return [parsed.draft.text[block.start : block.end] for block in parsed.blocks]


def test_structure_is_kept() -> None:
    parsed = read(
        "<h1>尺码</h1><h2>上衣</h2><p>请先 <b>测量</b>，见<a href='https://a.com/r'>规则</a>。<br>谢谢。</p>"
        "<ul><li>一<ul><li>内</li></ul></li><li><p>二</p><p>续</p></li></ul><ol start=3><li>三</ol>"
        "<table><tr><th rowspan=2>尺码<th colspan=2>身高<tr><th>最小<th>最大<tr><td>M<td>165<td>170</table>"
    )
    assert parsed.draft.title == "尺码"
    assert texts(parsed) == [
        "请先 测量，见规则（https://a.com/r）。\n谢谢。", "- 一", "  - 内", "- 二", "  续", "3. 三",
        "尺码：M；身高 最小：165；身高 最大：170",
    ]  # fmt: skip
    assert {block.heading_path for block in parsed.blocks} == {("上衣",)}


def test_what_no_reader_sees_is_left_out() -> None:
    parsed = read(
        "<head><title>Shop</title><style>.x{display:none} @media print{.p{display:none}} .y:hover{display:none}</style>"
        "<body><header>Home</header><nav>Menu</nav><div class=breadcrumb>A</div><p>One.</p><p class=x>two</p>"
        "<p hidden>three</p><p style='DISPLAY : none'>four</p><p style='opacity:0'>five</p><p aria-hidden=true>six</p>"
        "<div style='position:absolute;left:-9999px'>seven</div><script>eight</script><template>nine</template>"
        "<noscript>ten</noscript><!-- eleven --><p class=p>Twelve.</p><p class=y>Thirteen.</p><footer>Imprint</footer>"
    )
    assert (parsed.draft.title, texts(parsed)) == ("Shop", ["One.", "Twelve.", "Thirteen."])


def test_answers_that_fold_out_are_read() -> None:
    parsed = read(
        "<style>.panel{display:none}</style><button aria-controls=a1>x</button><h2>Can I return it?</h2>"
        "<div id=a1 class=panel>Within seven days.</div><details><summary>Who pays?</summary><p>You do.</p></details>"
    )
    assert texts(parsed) == ["Within seven days.", "Who pays?", "You do."]


def test_the_main_part_is_preferred() -> None:
    text = "Parcels leave our warehouse on the day after payment, except on Sundays and on public holidays."
    assert texts(read(f"<div>Offers</div><main><p>{text}</p></main><div>More offers</div>")) == [text]


def test_tables_that_only_arrange_a_page_are_no_tables() -> None:
    parsed = read("<table><tr><td><h2>A</h2><p>One.</p></td><td><p>Two.</p></td></tr></table>")
    assert texts(parsed) == ["One.", "Two."]
