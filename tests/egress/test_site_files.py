"""robots.txt and sitemaps, as sites really write them."""

import gzip

import pytest

from kefu.domain.errors import FetchTooLargeError
from kefu.egress.robots import Robots
from kefu.egress.sitemaps import read_sitemap

ROBOTS = """
User-agent: *
Disallow: /

User-Agent: Kefu # that is us
user-agent: other
Disallow: /private
Allow: /private/open
Disallow: /*?sort=
Disallow: /*.pdf$
Disallow:
Crawl-delay: 2.5
Sitemap: https://shop.test/sitemap.xml
"""


@pytest.mark.parametrize(
    ("path", "is_allowed"),
    [("/", True), ("/private/x", False), ("/private/open/x", True), ("/list?a=1&sort=2", True), ("/list?sort=2", False),
     ("/a.pdf", False), ("/a.pdf?x", True), ("/%70rivate", False)],
)  # fmt: skip
def test_the_longest_rule_for_us_decides(path: str, *, is_allowed: bool) -> None:
    assert Robots(ROBOTS).allows(path) is is_allowed


def test_rules_for_all_hold_when_there_are_none_for_us() -> None:
    robots = Robots("User-agent: bot\nAllow: /\n\nUser-agent: *\nDisallow: /x\nCrawl-delay: 9999")
    assert (robots.allows("/x"), robots.allows("/y"), robots.delay) == (False, True, 30.0)
    assert (Robots().allows("/x"), Robots(ROBOTS).delay, Robots(ROBOTS).sitemaps) == (
        True, 2.5, ["https://shop.test/sitemap.xml"],
    )  # fmt: skip


def test_a_pattern_made_to_be_slow_is_not() -> None:
    robots = Robots("User-agent: *\nDisallow: /" + "*a" * 200 + "$")
    assert robots.allows("/" + "a" * 700 + "b")


def test_sitemaps_and_their_index() -> None:
    pages = read_sitemap(
        b'<?xml version="1.0"?><urlset><url><loc> https://a.test/?x=1&amp;y=2 </loc><image:loc>https://a.test/i.png'
        b"</image:loc></url><url><loc><![CDATA[https://a.test/b]]></loc></url></urlset>",
        limit=10_000,
    )
    assert (pages.is_index, list(pages.addresses)) == (False, ["https://a.test/?x=1&y=2", "https://a.test/b"])
    index = gzip.compress(b"<sitemapindex xmlns='x'><sitemap><loc>https://a.test/s.xml</loc></sitemap></sitemapindex>")
    assert read_sitemap(index, limit=10_000).is_index
    assert read_sitemap(b"https://a.test/\n\nhttps://a.test/b\n", limit=10_000).addresses[1] == "https://a.test/b"


def test_a_packed_sitemap_is_bounded_and_declares_nothing() -> None:
    with pytest.raises(FetchTooLargeError):
        read_sitemap(gzip.compress(bytes(5_000_000)), limit=100_000)
    laughs = b'<!DOCTYPE x [<!ENTITY a "aaaa">]><urlset><url><loc>&a;</loc></url></urlset>'
    assert list(read_sitemap(laughs, limit=10_000).addresses) == ["&a;"]
