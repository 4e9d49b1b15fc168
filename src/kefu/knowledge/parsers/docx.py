"""DOCX: headings by their outline level, lists by their numbering, tables with merged cells, links with their address.

Deleted, hidden and field text is not read; inserted text and text boxes are (ECMA-376 part 1, chapter 17).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element as Node

from kefu.knowledge.errors import Problem
from kefu.knowledge.parsers.archives import open_archive, read_xml
from kefu.knowledge.parsers.docx_styles import Numbering, Styles, child, value, w
from kefu.knowledge.parsers.elements import Element, Heading, Item, Paragraph
from kefu.knowledge.parsers.source import SourceFile
from kefu.knowledge.parsers.tables import Cell, read_table
from kefu.knowledge.writing import join_lines, with_address

_R_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_UNREAD = frozenset({w("del"), w("moveFrom"), w("instrText"), w("delText"), w("rPr"), w("pPr"), _FALLBACK})
_AS_TEXT = {w("tab"): " ", w("br"): "\n", w("cr"): "\n", w("noBreakHyphen"): "-"}
_WRAPPERS = frozenset({w("sdt"), w("sdtContent"), w("ins"), w("moveTo"), w("customXml")})
_LONGEST_HEADING = 200


def read_docx(source: SourceFile) -> list[Element]:
    """The elements of the main part, in order."""
    with open_archive(source) as archive:
        document = read_xml(source, archive, "word/document.xml")
        body = None if document is None else document.find(w("body"))
        if body is None:
            raise source.refuse(Problem.DAMAGED, "the document has no body")
        reader = _Reader(
            Styles(read_xml(source, archive, "word/styles.xml")),
            Numbering(read_xml(source, archive, "word/numbering.xml")),
            _links(read_xml(source, archive, "word/_rels/document.xml.rels")),
        )
    return list(reader.read(body))


def _links(relations: Node | None) -> dict[str, str]:
    if relations is None:
        return {}
    return {one.get("Id", ""): one.get("Target", "") for one in relations if one.get("TargetMode") == "External"}


@dataclass(slots=True)
class _Reader:
    styles: Styles
    numbering: Numbering
    links: dict[str, str]
    _boxes: list[Node] = field(default_factory=list)
    """Text boxes met inside a paragraph: they are read after it."""

    def read(self, parent: Node) -> Iterator[Element]:
        for node in parent:
            if node.tag == w("p"):
                yield from self._paragraph(node)
            elif node.tag == w("tbl"):
                yield from read_table([self._row(row) for row in _parts(node, w("tr"))])
            elif node.tag not in _UNREAD:  # content controls, insertions and the like wrap paragraphs
                yield from self.read(node)

    def _paragraph(self, node: Node) -> Iterator[Element]:
        text = self._text(node).strip()
        boxes, self._boxes = self._boxes, []
        if text:
            yield self._element(node, text)
        for box in boxes:
            yield from self.read(box)

    def _element(self, node: Node, text: str) -> Element:
        style = self.styles.of(node)
        if style.level is not None and len(text) <= _LONGEST_HEADING:
            return Heading(style.level, join_lines(text.split("\n")))
        if style.list_id is not None:
            marker = self.numbering.next_marker(style.list_id, style.depth)
            if marker is not None:
                return Item(text, marker, style.depth)
        return Paragraph(text)

    def _row(self, row: Node) -> list[Cell]:
        is_header = child(row, "trPr", "tblHeader") is not None
        cells: list[Cell] = []
        for cell in _parts(row, w("tc")):
            span = value(child(cell, "tcPr", "gridSpan"))
            columns = min(int(span), 100) if span is not None and span.isdigit() else 1
            text = join_lines([self._text(paragraph) for paragraph in cell.iter(w("p"))])
            merge = child(cell, "tcPr", "vMerge")
            is_below = merge is not None and value(merge) != "restart"
            cells.append(Cell(text, columns, is_header=is_header, is_continued=is_below))
        return cells

    def _text(self, node: Node) -> str:
        """Visible text of a paragraph. Recursion is as deep as the nesting; too deep a file is damaged."""
        parts: list[str] = []
        for part in node:
            if part.tag == w("t"):
                parts.append(part.text or "")
            elif part.tag in _AS_TEXT:
                parts.append(_AS_TEXT[part.tag])
            elif part.tag == w("txbxContent"):
                self._boxes.append(part)
            elif part.tag == w("hyperlink"):
                parts.append(with_address(self._text(part), self.links.get(part.get(_R_ID, ""), "")))
            elif part.tag not in _UNREAD and child(part, "rPr", "vanish") is None:
                parts.append(self._text(part))
        return "".join(parts)


def _parts(parent: Node, tag: str) -> Iterator[Node]:
    """Rows of a table, or cells of a row, also those in content controls; not those of tables inside its cells."""
    for node in parent:
        if node.tag == tag:
            yield node
        elif node.tag in _WRAPPERS:
            yield from _parts(node, tag)
