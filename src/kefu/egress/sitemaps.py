"""Sitemaps (sitemaps.org): the addresses that a site lists of itself, as XML, as text, packed or not.

No XML parser: nothing but ``<loc>`` is wanted, and what is not parsed can declare no entities.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import unescape

from kefu.egress.decoding import gunzip

_GZIP_MARK = b"\x1f\x8b"
_LOC = re.compile(r"<(?:\w+:)?loc>([^<]{1,3000}|\s*<!\[CDATA\[[^\]<]{1,3000}\]\]>\s*)</(?:\w+:)?loc>")
_PICTURE_LOC = re.compile(r"<(?:image|video):loc>[^<]*</(?:image|video):loc>")
_INDEX = re.compile(r"<(?:\w+:)?sitemapindex[\s>]")


@dataclass(frozen=True, slots=True)
class Sitemap:
    """``addresses`` are those of pages, or when ``is_index`` those of other sitemaps."""

    is_index: bool
    addresses: Sequence[str]


def read_sitemap(data: bytes, *, limit: int) -> Sitemap:
    """Read a sitemap of at most ``limit`` bytes unpacked. Raises FetchError, FetchTooLargeError."""
    if data.startswith(_GZIP_MARK):
        data = gunzip(data, limit=limit)
    text = data.decode("utf-8-sig", "replace")
    if "<" not in text:
        return Sitemap(is_index=False, addresses=[line.strip() for line in text.splitlines() if line.strip()])
    found = _LOC.findall(_PICTURE_LOC.sub("", text))
    return Sitemap(is_index=_INDEX.search(text) is not None, addresses=[_plain(one) for one in found])


def _plain(text: str) -> str:
    inner = text.strip()
    if inner.startswith("<![CDATA["):
        return inner.removeprefix("<![CDATA[").removesuffix("]]>").strip()
    return unescape(inner)
