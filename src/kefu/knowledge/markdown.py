"""Markdown to plain reading text with blocks: no markup, absolute links keep their address, soft breaks are joined."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from markdown_it import MarkdownIt
from markdown_it.token import Token

from kefu.domain.conversation import Language
from kefu.knowledge.blocks import BlockKind
from kefu.knowledge.writing import Page, TextWriter, join_lines, with_address

_PARSER = MarkdownIt("commonmark", {"html": True}).enable("table")
_TAG = re.compile(r"<!--.*?-->|</?[A-Za-z][^>]*>", re.DOTALL)


def read_markdown(source: str, *, language: Language, title: str | None = None) -> Page:
    """Render ``source`` (without front matter). A level-1 heading equal to ``title`` is not part of heading paths."""
    reader = _Reader(TextWriter(language=language, title=title))
    for token in _with_content(_PARSER.parse(source)):
        reader.take(token)
    return reader.writer.to_page()


def _with_content(tokens: Sequence[Token]) -> list[Token]:
    """Move each inline text onto the token that opened it, so that one token says it all."""
    result: list[Token] = []
    for token in tokens:
        if token.type == "inline":
            result[-1].content = _inline_text(token.children or [])
        else:
            result.append(token)
    return result


def _inline_text(children: Sequence[Token]) -> str:
    parts: list[str] = []
    links: list[tuple[str, int]] = []
    for child in children:
        if child.type == "link_open":
            links.append((str(child.attrs.get("href", "")), len(parts)))
        elif child.type == "link_close":
            href, first = links.pop()
            parts[first:] = [with_address("".join(parts[first:]), href)]
        elif child.type == "hardbreak":
            parts.append("\n")
        elif child.type == "softbreak":
            parts.append("\n\0")
        elif child.type != "html_inline":
            parts.append(child.content)
    return join_lines("".join(parts).split("\n\0")).strip()


@dataclass(slots=True)
class _Reader:
    """Knows which list and which table the next token belongs to."""

    writer: TextWriter
    _lists: list[int | None] = field(default_factory=list)
    _marker: str | None = None
    _header: list[str] = field(default_factory=list)
    _cells: list[str] = field(default_factory=list)
    _is_close: bool = False

    def take(self, token: Token) -> None:
        match token.type:
            case "heading_open":
                self.writer.heading(int(token.tag[1]), token.content)
            case "paragraph_open":
                self._paragraph(token.content)
            case "fence" | "code_block":
                self.writer.block(BlockKind.CODE, token.content.strip("\n"))
            case "html_block":
                self.writer.block(BlockKind.PARAGRAPH, " ".join(_TAG.sub(" ", token.content).split()))
            case name if "list" in name:
                self._take_list(token)
            case _:
                self._take_table(token)

    def _take_list(self, token: Token) -> None:
        match token.type:
            case "bullet_list_open":
                self._open_list(None)
            case "ordered_list_open":
                self._open_list(int(token.attrs.get("start", 1)))
            case "list_item_open":
                self._open_item()
            case "bullet_list_close" | "ordered_list_close":
                self._lists.pop()
                self._is_close = bool(self._lists)

    def _take_table(self, token: Token) -> None:
        match token.type:
            case "table_open" | "table_close":
                self._header, self._is_close = [], False
            case "th_open" | "td_open":
                self._cells.append(token.content)
            case "tr_close":
                self._row()

    def _paragraph(self, text: str) -> None:
        if not self._lists:
            self.writer.block(BlockKind.PARAGRAPH, text)
            return
        indent = "  " * (len(self._lists) - 1)
        marker = self._marker if self._marker is not None else "  "
        self._marker = None
        self.writer.block(BlockKind.ITEM, f"{indent}{marker}{text}", close=self._is_close)
        self._is_close = True

    def _open_list(self, start: int | None) -> None:
        self._is_close = bool(self._lists)
        self._lists.append(start)

    def _open_item(self) -> None:
        number = self._lists[-1]
        self._marker = "- " if number is None else f"{number}. "
        if number is not None:
            self._lists[-1] = number + 1

    def _row(self) -> None:
        cells, self._cells = self._cells, []
        if not self._header:
            self._header = cells
            return
        self.writer.row(self._header, cells, close=self._is_close)
        self._is_close = True
