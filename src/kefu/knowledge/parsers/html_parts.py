"""Which parts of a page are its text: not what is hidden, what frames every page, or what a machine reads."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

_MACHINE = frozenset(
    "script style noscript template head iframe object embed svg canvas audio video button select option datalist input "
    "textarea meta link map math".split()
)
_FRAME = frozenset({"nav", "footer", "aside", "dialog", "menu"})
_FRAME_ROLES = frozenset(
    "navigation banner contentinfo complementary search menu menubar toolbar dialog alertdialog tooltip".split()
)
_FRAME_NAMES = frozenset(
    "nav navbar navigation menu breadcrumb breadcrumbs sidebar side-bar footer site-footer page-footer site-header "
    "page-header topbar top-bar site-nav main-nav cookie cookies cookie-banner cookie-consent cookie-notice share "
    "sharing social social-links pagination pager ads ad advertisement related related-posts skip-link toc".split()
)
_HIDING = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|(?<![\w-])opacity\s*:\s*0(?:\.0*)?\s*(?:[;!}]|$)"
    r"|font-size\s*:\s*0(?:px|em|rem|pt|%)?\s*(?:[;!}]|$)|(?:left|top|text-indent)\s*:\s*-\d{3,}",
    re.IGNORECASE,
)
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_AT_BLOCK = re.compile(r"@[^{};]+\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_SELECTOR = re.compile(r"[\w\s.#>*\[\]=\"'-]+")
_MOST_RULES = 2_000
_MOST_STYLE = 500_000
_LEAST_MAIN = 80
"""Characters that a main part must have to be taken for it."""


@dataclass(frozen=True, slots=True)
class PageParts:
    """``hidden`` are nodes that a style sheet in the page hides; ``opened`` ids that a click of the reader shows."""

    hidden: frozenset[int]
    opened: frozenset[str]

    @classmethod
    def of(cls, tree: LexborHTMLParser) -> "PageParts":
        opened = {
            name.lstrip("#")
            for node in tree.css("[aria-controls], [data-target], [data-bs-target], summary")
            for attribute in ("aria-controls", "data-target", "data-bs-target")
            for name in (node.attributes.get(attribute) or "").split()
        }
        return cls(frozenset(_hidden_by_rules(tree)), frozenset(opened))

    def is_left_out(self, node: LexborNode) -> bool:
        """Whether an element, with all that is in it, is not text of the page."""
        tag = node.tag or ""
        if tag in _MACHINE:
            return True
        attributes = node.attributes
        return self._is_hidden(node, attributes) or _is_frame(node, tag, attributes)

    def _is_hidden(self, node: LexborNode, attributes: dict[str, str | None]) -> bool:
        if attributes.get("id") in self.opened or attributes.get("role") == "tabpanel":
            return False  # an answer that folds out
        if "hidden" in attributes and attributes["hidden"] != "until-found":
            return True
        style = attributes.get("style")
        is_styled = style is not None and _HIDING.search(style) is not None
        return is_styled or attributes.get("aria-hidden") == "true" or node.mem_id in self.hidden


def find_main(tree: LexborHTMLParser, parts: PageParts) -> LexborNode | None:
    """The element ``main``, or the only article, when it has some text; else the body."""
    for selector in ("main, [role=main]", "article"):
        found = [node for node in tree.css(selector) if not parts.is_left_out(node)]
        if len(found) == 1 and len(found[0].text().strip()) >= _LEAST_MAIN:
            return found[0]
    return tree.body


def _is_frame(node: LexborNode, tag: str, attributes: dict[str, str | None]) -> bool:
    if tag in {"body", "main", "article", "html"}:
        return False
    if tag in _FRAME or attributes.get("role") in _FRAME_ROLES:
        return True
    if tag == "header":
        return node.css_first("h1") is None and not _is_inside(node, {"main", "article", "section"})
    names = {*(attributes.get("class") or "").lower().split(), (attributes.get("id") or "").lower()}
    return bool(names & _FRAME_NAMES) and node.css_first("h1, main, article") is None


def _is_inside(node: LexborNode, tags: set[str]) -> bool:
    above = node.parent
    while above is not None:
        if above.tag in tags:
            return True
        above = above.parent
    return False


def _hidden_by_rules(tree: LexborHTMLParser) -> Iterator[int]:
    """Rules of the page's own style sheets; rules for other media and for states such as :hover do not count."""
    sheets = "\n".join(node.text() or "" for node in tree.css("style"))[:_MOST_STYLE]
    plain = _AT_BLOCK.sub("", _COMMENT.sub("", sheets))
    hiding = [selectors for selectors, body in _RULE.findall(plain)[:_MOST_RULES] if _HIDING.search(body)]
    for selector in (one.strip() for selectors in hiding for one in selectors.split(",")):
        if selector and _SELECTOR.fullmatch(selector):
            try:
                yield from (node.mem_id for node in tree.css(selector))
            except (SelectolaxError, ValueError):
                continue
