"""HTML: the main part of a page, with its headings, lists, tables by row and links with their address."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

from kefu.knowledge.errors import DocumentInvalidError
from kefu.knowledge.parsers.elements import Code, Element, Heading, Item, Paragraph
from kefu.knowledge.parsers.encodings import decode
from kefu.knowledge.parsers.html_parts import PageParts, find_main
from kefu.knowledge.parsers.source import SourceFile
from kefu.knowledge.parsers.tables import Cell, read_table
from kefu.knowledge.writing import with_address

_BLOCKS = frozenset(
    "address article aside blockquote body center dd details dialog div dl dt fieldset figcaption figure footer form "
    "h1 h2 h3 h4 h5 h6 header hgroup hr legend li main nav ol p pre search section summary table tbody td tfoot th "
    "thead tr ul".split()
)
_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]+)", re.IGNORECASE)
_CHINESE_CHARSETS = frozenset({"gb2312", "gbk", "gb18030", "x-gbk"})
_HEAD = 4_096
_MOST_SPAN = 1_000


@dataclass(frozen=True, slots=True)
class HtmlPage:
    """``title`` is that of the page's head, for a page without a heading of level 1."""

    elements: list[Element]
    title: str | None
    encoding: str | None


def read_html(source: SourceFile) -> HtmlPage:
    """Scripts, hidden elements, navigation, footers and the like are not part of it."""
    text, encoding = _decode(source)
    tree = LexborHTMLParser(text)
    title = tree.css_first("head > title")
    elements = list(read_tree(tree))
    has_heading = any(isinstance(element, Heading) and element.level == 1 for element in elements)
    name = None if has_heading or title is None else " ".join(title.text().split())
    return HtmlPage(elements, name or None, encoding)


def read_tree(tree: LexborHTMLParser) -> Iterator[Element]:
    """The visible elements of the main part of a page."""
    parts = PageParts.of(tree)
    main = find_main(tree, parts)
    if main is not None:
        reader = _Reader(parts)
        reader.walk(main)
        yield from reader.elements


def _decode(source: SourceFile) -> tuple[str, str | None]:
    """As any text; a page that declares a Chinese character set is believed when its bytes agree."""
    declared = _CHARSET.search(source.data[:_HEAD])
    try:
        decoded = decode(source)
    except DocumentInvalidError:
        if declared is None or declared[1].decode().lower() not in _CHINESE_CHARSETS:
            raise
        try:
            return source.data.decode("gb18030"), "GB18030"
        except UnicodeDecodeError:
            pass
        raise
    return decoded.text, decoded.encoding


@dataclass(slots=True)
class _Reader:
    """Walks a tree of any depth without recursion. Inline text gathers until a block begins or ends."""

    parts: PageParts
    elements: list[Element] = field(default_factory=list)
    _inline: list[str] = field(default_factory=list)
    _lists: list[int | None] = field(default_factory=list)
    _links: list[tuple[str, int]] = field(default_factory=list)
    _marker: str | None = None
    _heading: int | None = None

    def walk(self, root: LexborNode) -> None:
        node: LexborNode | None = root
        depth = 0
        while node is not None:
            inner = node.child if self._enter(node) else None
            if inner is not None:
                node, depth = inner, depth + 1
                continue
            self._leave(node)
            while depth and node.next is None:
                node, depth = _parent(node), depth - 1
                self._leave(node)
            node = node.next if depth else None
        self._flush()

    def _enter(self, node: LexborNode) -> bool:
        """Take what begins here; whether to go inside."""
        if node.is_text_node:
            self._inline.append(re.sub(r"\s+", " ", node.text_content or ""))
            return False
        tag = node.tag or ""
        if not node.is_element_node or self.parts.is_left_out(node):
            return False
        if tag in _BLOCKS:
            self._flush()
        match tag:
            case "br":
                self._inline.append("\n")
            case "pre":
                self.elements.append(Code((node.text() or "").strip("\n")))
                return False
            case "table" if _is_data_table(node):
                self.elements.extend(read_table(list(self._rows(node))))
                return False
            case "ul" | "ol" | "li":
                self._enter_list(node, tag)
            case "h1" | "h2" | "h3" | "h4" | "h5" | "h6":
                self._heading = int(tag[1])
            case "a":
                self._links.append((node.attributes.get("href") or "", len(self._inline)))
        return True

    def _leave(self, node: LexborNode) -> None:
        tag = node.tag or ""
        if not node.is_element_node or self.parts.is_left_out(node):
            return
        if tag == "a" and self._links:
            href, first = self._links.pop()
            self._inline[first:] = [with_address("".join(self._inline[first:]), href.strip())]
        if tag in _BLOCKS:
            self._flush()
        if tag in {"ul", "ol"} and self._lists:
            self._lists.pop()
        if tag.startswith("h") and tag[1:].isdigit():
            self._heading = None

    def _enter_list(self, node: LexborNode, tag: str) -> None:
        if tag == "li":
            number = self._lists[-1] if self._lists else None
            self._marker = "- " if number is None else f"{number}. "
            if number is not None:
                self._lists[-1] = number + 1
            return
        start = node.attributes.get("start") or "1"
        self._lists.append(None if tag == "ul" else int(start) if start.isdigit() else 1)

    def _flush(self) -> None:
        lines = [" ".join(line.split()) for line in "".join(self._inline).split("\n")]
        self._inline.clear()
        self._links = [(href, 0) for href, _ in self._links]
        text = "\n".join(filter(None, lines))
        if not text:
            return
        if self._heading is not None:
            self.elements.append(Heading(self._heading, " ".join(text.split("\n"))))
        elif self._lists or self._marker:
            marker, self._marker = self._marker or "  ", None
            self.elements.append(Item(text, marker, min(max(0, len(self._lists) - 1), 5)))
        else:
            self.elements.append(Paragraph(text))

    def _rows(self, table: LexborNode) -> Iterator[Sequence[Cell]]:
        for row in table.css("tr"):
            if not self.parts.is_left_out(row):
                yield [self._cell(cell) for cell in _children(row) if cell.tag in {"td", "th"}]

    def _cell(self, cell: LexborNode) -> Cell:
        reader = _Reader(self.parts)
        reader.walk(cell)
        texts = [text for element in reader.elements if (text := getattr(element, "text", ""))]
        columns, rows = (_span(cell, name) for name in ("colspan", "rowspan"))
        return Cell(" ".join(" ".join(texts).split()), columns, rows, is_header=cell.tag == "th")


def _children(node: LexborNode) -> Iterator[LexborNode]:
    inner = node.child
    while inner is not None:
        yield inner
        inner = inner.next


def _parent(node: LexborNode) -> LexborNode:
    parent = node.parent
    assert parent is not None, "the walk never leaves its root"
    return parent


def _is_data_table(table: LexborNode) -> bool:
    """Not one that only arranges a page: it holds no table, no heading, and has a row with two cells."""
    role = table.attributes.get("role") or ""
    if role in {"presentation", "none"} or table.css_first("td table, td h1, td h2, td h3") is not None:
        return False
    return table.css_first("td + td, th + td, th + th, td + th") is not None


def _span(cell: LexborNode, name: str) -> int:
    stated = cell.attributes.get(name) or "1"
    return min(max(1, int(stated)), _MOST_SPAN) if stated.isascii() and stated.isdigit() else 1
