"""What the styles and the numbering of a DOCX file say about a paragraph."""

from dataclasses import dataclass
from xml.etree.ElementTree import Element as Node

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_DEEPEST_STYLE = 20
_BODY_LEVEL = 9
_HAN_DIGITS = "〇一二三四五六七八九十"
_HAN_FORMATS = frozenset({"chineseCounting", "chineseCountingThousand", "ideographTraditional", "taiwaneseCounting"})


def w(name: str) -> str:
    """The qualified name of an element or attribute of WordprocessingML."""
    return _W + name


def child(node: Node, *path: str) -> Node | None:
    """The first descendant along a path of names."""
    found: Node | None = node
    for name in path:
        found = None if found is None else found.find(_W + name)
    return found


def value(node: Node | None) -> str | None:
    """``w:val`` of an element."""
    return None if node is None else node.get(_W + "val")


@dataclass(frozen=True, slots=True)
class ParagraphStyle:
    """``level`` is that of a heading (1 for a title and for outline level 0); ``list_id`` names a list."""

    level: int | None = None
    list_id: str | None = None
    depth: int = 0


class Styles:
    """Styles with what they inherit."""

    def __init__(self, root: Node | None) -> None:
        nodes = [] if root is None else root.findall(_W + "style")
        self._nodes = {node.get(_W + "styleId", ""): node for node in nodes}

    def of(self, paragraph: Node) -> ParagraphStyle:
        """What the paragraph says itself goes before its style, and that before the style it is based on."""
        level: int | None = None
        list_id: str | None = None
        depth: int | None = None
        for node in (paragraph, *self._line_of(value(child(paragraph, "pPr", "pStyle")))):
            level = _level_of(node) if level is None else level
            list_id = value(child(node, "pPr", "numPr", "numId")) if list_id is None else list_id
            depth = _number(child(node, "pPr", "numPr", "ilvl")) if depth is None else depth
        is_heading = level is not None and level < _BODY_LEVEL
        return ParagraphStyle(
            level=level + 1 if is_heading and level is not None else None,
            list_id=None if list_id == "0" else list_id,
            depth=min(depth or 0, 8),
        )

    def _line_of(self, style: str | None) -> list[Node]:
        line: list[Node] = []
        while style in self._nodes and len(line) < _DEEPEST_STYLE:
            line.append(self._nodes[style])
            style = value(child(line[-1], "basedOn"))
        return line


class Numbering:
    """Counts the items of each list."""

    def __init__(self, root: Node | None) -> None:
        abstract = {} if root is None else {n.get(_W + "abstractNumId"): n for n in root.findall(_W + "abstractNum")}
        lists = [] if root is None else root.findall(_W + "num")
        self._lists = {one.get(_W + "numId", ""): abstract.get(value(child(one, "abstractNumId"))) for one in lists}
        self._counts: dict[str, list[int]] = {}

    def next_marker(self, list_id: str, depth: int) -> str | None:
        """A dash, or the number as the document shows it ("2.1. "); None for a list that shows nothing."""
        levels = self._levels(list_id)
        level = levels.get(depth)
        shown_as = value(child(level, "numFmt")) if level is not None else None
        if shown_as is None or shown_as == "none":
            return None
        counts = self._counts.setdefault(list_id, [])
        while len(counts) <= depth:
            counts.append(_start(levels.get(len(counts))) - 1)
        del counts[depth + 1 :]
        counts[depth] += 1
        return "- " if shown_as == "bullet" else self._numbered(levels, depth, counts)

    def _levels(self, list_id: str) -> dict[int, Node]:
        root = self._lists.get(list_id)
        nodes = [] if root is None else root.findall(_W + "lvl")
        return {int(node.get(_W + "ilvl", "0")): node for node in nodes if node.get(_W + "ilvl", "0").isdigit()}

    def _numbered(self, levels: dict[int, Node], depth: int, counts: list[int]) -> str:
        text = value(child(levels[depth], "lvlText")) or f"%{depth + 1}."
        for place, count in enumerate(counts, start=1):
            level = levels.get(place - 1)
            text = text.replace(
                f"%{place}", _counted(count, value(child(level, "numFmt")) if level is not None else None)
            )
        return f"{text} " if text[-1:].isascii() else text


def _level_of(node: Node) -> int | None:
    """Outline level from 0: as stated, or by the name of a title's or heading's style."""
    stated = _number(child(node, "pPr", "outlineLvl"))
    if stated is not None:
        return stated
    name = (value(child(node, "name")) or "").lower()
    if name == "title":
        return 0
    number = name.removeprefix("heading ")
    return int(number) - 1 if name.startswith("heading ") and number in set("123456789") else None


def _number(node: Node | None) -> int | None:
    stated = value(node)
    return int(stated) if stated is not None and stated.isdigit() else None


def _start(level: Node | None) -> int:
    stated = None if level is None else _number(child(level, "start"))
    return 1 if stated is None else stated


def _counted(count: int, shown_as: str | None) -> str:
    match shown_as:
        case "lowerLetter" | "upperLetter" if 1 <= count <= 26:  # noqa: PLR2004 - letters of the alphabet
            letter = chr(ord("a") + count - 1)
            return letter if shown_as == "lowerLetter" else letter.upper()
        case name if name in _HAN_FORMATS and 1 <= count < 100:  # noqa: PLR2004 - tens and ones
            tens, ones = divmod(count, 10)
            head = "" if tens == 0 else "十" if tens == 1 else f"{_HAN_DIGITS[tens]}十"
            return head + (_HAN_DIGITS[ones] if ones else "")
        case _:
            return str(count)
