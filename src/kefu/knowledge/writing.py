"""Reading text and the blocks in it, written piece by piece: the one way in which every format becomes a document.

The text is what customers are quoted, so it carries no markup: a table row reads "地区：日本；首重：75 元".
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from kefu.domain.conversation import Language
from kefu.kit.text import is_han
from kefu.knowledge.blocks import Block, BlockKind

_MARKS: dict[Language, tuple[str, str]] = {"zh": ("：", "；"), "en": (": ", "; ")}
_PAGE: dict[Language, str] = {"zh": "第 {} 页", "en": "p. {}"}
_CJK_PUNCTUATION = "，。！？；：、”’）】》」』（“‘《「『【"
_UNREADABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ufeff\ufffe\uffff]|[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Page:
    """Reading text, its blocks, and the first level-1 heading if there is one."""

    text: str
    blocks: tuple[Block, ...]
    heading: str | None


@dataclass(slots=True)
class TextWriter:
    """Appends text and notes where each block lies. A level-1 heading equal to ``title`` is not part of heading paths."""

    language: Language
    title: str | None
    first_heading: str | None = None
    length: int = 0
    _parts: list[str] = field(default_factory=list)
    _blocks: list[Block] = field(default_factory=list)
    _headings: dict[int, str] = field(default_factory=dict)
    _path: tuple[str, ...] = ()
    _page: int | None = None

    def heading(self, level: int, text: str) -> None:
        """Begin a section; headings of this level and deeper end."""
        if level == 1 and self.first_heading is None:
            self.first_heading = text
        self._headings = {depth: name for depth, name in self._headings.items() if depth < level}
        if text and not (level == 1 and text == (self.title or self.first_heading)):
            self._headings[level] = text
        self._find_path()
        self._append(text, close=False)

    def turn_to(self, page: int) -> None:
        """From here on the heading path ends in the number of the page."""
        self._page = page
        self._find_path()

    def block(self, kind: BlockKind, text: str, *, close: bool = False) -> None:
        """Add a block, with an empty line before it unless it follows ``close``."""
        if not text.strip():
            return
        start = self._append(text, close=close)
        self._blocks.append(Block(kind=kind, start=start, end=self.length, heading_path=self._path))

    def row(self, header: Sequence[str], cells: Sequence[str], *, close: bool) -> None:
        """Add a table row that reads by itself: each filled cell with its column's name, where it has one."""
        colon, semicolon = _MARKS[self.language]
        named = [f"{name}{colon}{cell}" if name else cell for name, cell in zip(header, cells, strict=True) if cell]
        self.block(BlockKind.ROW, semicolon.join(named), close=close)

    def to_page(self) -> Page:
        return Page(text="".join(self._parts), blocks=tuple(self._blocks), heading=self.first_heading)

    def _find_path(self) -> None:
        names = [name for _, name in sorted(self._headings.items())]
        self._path = (*names,) if self._page is None else (*names, _PAGE[self.language].format(self._page))

    def _append(self, text: str, *, close: bool) -> int:
        gap = "" if not self.length else "\n" if close else "\n\n"
        self._parts.append(gap + text)
        start = self.length + len(gap)
        self.length = start + len(text)
        return start


def join_lines(lines: Sequence[str]) -> str:
    """A line wrapped in the source is one line; between Chinese characters nothing takes the break's place."""
    stripped = [line.strip() for line in lines]
    joined = stripped[0] if stripped else ""
    for line in stripped[1:]:
        is_chinese = bool(joined and line) and _is_chinese_end(joined[-1]) and _is_chinese_end(line[0])
        joined = f"{joined}{'' if is_chinese else ' '}{line}"
    return joined


def with_address(label: str, href: str) -> str:
    """A link's text with its address, when that is absolute and not said already."""
    if not href.startswith(("http://", "https://")) or href in label:
        return label
    return f"{label}（{href}）" if any(map(is_han, label)) else f"{label} ({href})"


def readable(text: str) -> str:
    """Without control characters and halves of surrogate pairs, which no database stores and nobody reads."""
    return _UNREADABLE.sub("", text)


def _is_chinese_end(character: str) -> bool:
    return is_han(character) or character in _CJK_PUNCTUATION
