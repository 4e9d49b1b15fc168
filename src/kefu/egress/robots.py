"""robots.txt (RFC 9309): what a site asks visitors like us to leave alone, and how fast to come."""

import re
from dataclasses import dataclass, field
from urllib.parse import unquote

from kefu.egress.client import AGENT

_MOST_LINES = 10_000
_LONGEST_PATTERN = 500
_MOST_RULES = 500
_LONGEST_DELAY_S = 30.0


@dataclass
class _Group:
    agents: list[str] = field(default_factory=list)
    rules: list[tuple[str, bool]] = field(default_factory=list)
    """Patterns, and whether they allow."""
    delay: float = 0.0
    has_begun: bool = False


class Robots:
    """The rules for us. ``delay``: seconds between requests that the site asks for. ``sitemaps``: those that it names."""

    def __init__(self, text: str = "") -> None:
        groups, self.sitemaps = _read(text)
        own = [group for group in groups if AGENT in group.agents] or [group for group in groups if "*" in group.agents]
        self._rules = [(len(pattern), is_allowed, pattern) for group in own for pattern, is_allowed in group.rules]
        self.delay = min(max((group.delay for group in own), default=0.0), _LONGEST_DELAY_S)

    def allows(self, path: str) -> bool:
        """Whether a path with its query may be fetched: the longest pattern that fits decides, and of two an allowing one."""
        plain = unquote(path)
        found = [(length, is_allowed) for length, is_allowed, pattern in self._rules if _fits(pattern, plain)]
        return max(found)[1] if found else True


def _read(text: str) -> tuple[list[_Group], list[str]]:
    groups, sitemaps = [_Group()], list[str]()
    for line in text.splitlines()[:_MOST_LINES]:
        name, _, value = line.partition("#")[0].partition(":")
        name, value = name.strip().lower(), value.strip()
        group = groups[-1]
        if name == "user-agent":
            if group.has_begun:
                group = _Group()
                groups.append(group)
            group.agents.append(value.lower())
        elif name in {"allow", "disallow"}:
            group.has_begun = True
            if value and len(value) <= _LONGEST_PATTERN and len(group.rules) < _MOST_RULES:
                group.rules.append((unquote(value), name == "allow"))
        elif name == "crawl-delay":
            group.has_begun = True
            group.delay = float(value) if re.fullmatch(r"\d{1,4}(\.\d+)?", value) else 0.0
        elif name == "sitemap":
            sitemaps.append(value)
    return groups, sitemaps


def _fits(pattern: str, path: str) -> bool:
    """``*`` is any text, ``$`` at the end the end. Each part is looked for once, so a foreign pattern costs little."""
    is_whole = pattern.endswith("$")
    first, *others = pattern.removesuffix("$").split("*")
    if not path.startswith(first):
        return False
    if not others:
        return not is_whole or path == first
    *middle, last = others
    place = len(first)
    for part in middle:
        found = path.find(part, place)
        if found < 0:
            return False
        place = found + len(part)
    return path.endswith(last) and len(path) - len(last) >= place if is_whole else path.find(last, place) >= 0
