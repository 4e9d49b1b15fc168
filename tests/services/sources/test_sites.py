"""Pages and sites: what is new comes in, what has changed is a version, what has vanished goes."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kefu.domain.errors import AddressRefusedError, FetchError
from kefu.domain.job import JobState
from kefu.domain.source import SourceKind, SourceOptions
from tests.services.sources.shop import Shop, open_shop
from tests.support.sites import Asked, Page, Site, serving

WEB, SITEMAP = SourceKind.WEB, SourceKind.SITEMAP


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with serving() as site:
        yield site


@pytest.fixture
async def shop(database_url: str, tmp_path: Path, site: Site) -> AsyncIterator[Shop]:
    async with open_shop(database_url, tmp_path, port=site.port) as shop:
        yield shop


def _html(text: str) -> str:
    return f"<html><head><title>T</title></head><body><main><h1>{text}</h1><p>{text} costs 5 yuan.</p></main></body></html>"


def _sitemap(site: Site, *paths: str, tag: str = "urlset") -> Page:
    locs = "".join(f"<url><loc>{path if '://' in path else site.url + path}</loc></url>" for path in paths)
    return Page(f"<?xml version='1.0'?><{tag}>{locs}</{tag}>", headers={"Content-Type": "application/xml"})


def _key(site: Site, path: str) -> str:
    return f"127.0.0.1:{site.port}{path}"


async def test_a_page_is_read_again_only_when_it_has_changed(shop: Shop, site: Site) -> None:
    def page(asked: Asked) -> Page:
        return Page(status=304) if "if-none-match" in asked.headers else Page(_html("Gift"), headers={"ETag": '"1"'})

    site.pages["/gift"] = page
    source = await shop.add(WEB, f"{site.url}/gift#top", tags=("web",), segments=frozenset({"vip"}))
    assert (await shop.sync(source)).result == {"read": 1, "same": 0, "added": 1, "removed": 0}
    assert (await shop.sync(source)).result == {"read": 0, "same": 1, "added": 0, "removed": 0}
    (document,) = await shop.factory.documents.list_current(shop.workspace_id)
    assert (document.key, document.version, document.attributes.tags) == (_key(site, "/gift"), 1, ("web",))
    assert (document.attributes.origin, document.attributes.availability.segments) == (
        f"{site.url}/gift",
        frozenset({"vip"}),
    )
    site.pages["/gift"] = Page(_html("Box"))
    assert (await shop.sync(source)).result["added"] == 1
    (document,) = await shop.factory.documents.list_current(shop.workspace_id)
    assert (document.version, "Box costs" in document.text) == (2, True)
    site.pages["/gift"] = Page(status=410)
    assert (await shop.sync(source)).result["removed"] == 1
    assert await shop.texts() == {}


async def test_other_options_read_the_same_page_anew(shop: Shop, site: Site) -> None:
    site.pages["/gift"] = Page(_html("Gift"), headers={"ETag": '"1"'})
    source = await shop.add(WEB, f"{site.url}/gift")
    await shop.sync(source)
    await shop.factory.sources.change(shop.workspace_id, source.id, lambda options: options)
    assert (await shop.sync(source)).result["same"] == 1
    changed = SourceOptions(prefix="site", is_draft=True)
    await shop.factory.sources.change(shop.workspace_id, source.id, lambda _: changed)
    assert (await shop.sync(source)).result == {"read": 1, "same": 0, "added": 1, "removed": 1}
    (draft,) = await shop.factory.documents.list_drafts(shop.workspace_id)
    assert draft.key == "site/" + _key(site, "/gift")


async def test_a_site_is_read_by_its_sitemap_and_follows_it(shop: Shop, site: Site) -> None:
    site.pages |= {
        "/robots.txt": Page("User-agent: *\nDisallow: /private", headers={"Content-Type": "text/plain"}),
        "/map.xml": _sitemap(site, "/pages.xml", "/gone.xml", "http://169.254.169.254/x.xml", tag="sitemapindex"),
        "/pages.xml": _sitemap(site, "/a", "/b?x=1", "/private/c", "/blog/d", "http://elsewhere.test/", "file:///etc/passwd"),
        "/a": Page(_html("Apple")), "/b?x=1": Page(_html("Bread")), "/blog/d": Page(_html("Blog")), "/private/c": Page(_html("Secret")),
    }  # fmt: skip
    source = await shop.add(SITEMAP, f"{site.url}/map.xml", exclude=("/blog/*",))
    job = await shop.sync(source)
    assert set(await shop.texts()) == {_key(site, "/a"), _key(site, "/b?x=1")}
    codes = {problem.code for problem in job.problems}
    assert codes == {"sitemap_unread", "other_host", "address_refused", "robots_disallowed"}
    assert sum(problem.code == "sitemap_unread" for problem in job.problems) == 2
    assert not {"/private/c", "/blog/d"} & set(site.paths)
    site.pages["/map.xml"] = _sitemap(site, "/b?x=1", "/new")
    site.pages["/new"] = Page(_html("New"))
    assert (await shop.sync(source)).result == {"read": 1, "same": 1, "added": 1, "removed": 1}
    assert set(await shop.texts()) == {_key(site, "/b?x=1"), _key(site, "/new")}


async def test_a_site_in_trouble_loses_nothing(shop: Shop, site: Site) -> None:
    site.pages |= {"/map.xml": _sitemap(site, "/a", "/b"), "/a": Page(_html("Apple")), "/b": Page(_html("Bread"))}
    source = await shop.add(SITEMAP, f"{site.url}/map.xml")
    await shop.sync(source)
    site.pages["/a"] = Page(status=500)
    site.pages["/b"] = Page("PK\x03\x04 broken", headers={"Content-Type": "application/pdf"})
    job = await shop.sync(source)
    assert (job.state, {one.code for one in job.problems}) == (JobState.SUCCEEDED, {"fetch_failed", "damaged"})
    for page in (Page(status=503), Page("<urlset></urlset>"), Page("<html>Sign in</html>")):
        site.pages["/map.xml"] = page
        assert (await shop.sync(source)).state is JobState.FAILED
    assert len(await shop.texts()) == 2
    state = (await shop.source(source)).state
    assert (state.failures, state.error_code) == (3, "source_empty")
    site.pages["/map.xml"] = _sitemap(site, "/a", "/b")
    site.pages["/robots.txt"] = Page(status=500)
    assert (await shop.sync(source)).error_code == "fetch_failed"


async def test_a_page_that_leads_out_of_its_site_is_left_out(shop: Shop, site: Site) -> None:
    site.pages |= {
        "/map.xml": _sitemap(site, "/a"),
        "/a": Page(status=302, headers={"Location": "http://169.254.169.254/"}),
    }
    source = await shop.add(SITEMAP, f"{site.url}/map.xml", max_items=1)
    job = await shop.sync(source)
    assert [(one.item, one.code) for one in job.problems] == [(f"{site.url}/a", "address_refused")]


async def test_a_key_has_one_source_and_a_put_document_is_taken_over(shop: Shop, site: Site) -> None:
    page = Page(
        "---\nkey: gift\nlang: en\n---\n# Gift\n\nA gift costs 5 yuan.", headers={"Content-Type": "text/markdown"}
    )
    site.pages |= {"/1": page, "/2": page}
    first, second = await shop.add(WEB, f"{site.url}/1"), await shop.add(WEB, f"{site.url}/2")
    await shop.sync(first)
    assert [one.code for one in (await shop.sync(second)).problems] == ["key_taken"]
    site.pages["/1"] = Page(status=404)
    assert (await shop.sync(second)).result["removed"] == 0
    assert set(await shop.texts()) == {"gift"}


@pytest.mark.parametrize(
    ("kind", "address", "error"),
    [(WEB, "http://10.0.0.1/", AddressRefusedError), (WEB, "file:///x", AddressRefusedError),
     (SITEMAP, "https://u:p@shop.test/", AddressRefusedError), (WEB, "http://nowhere.invalid/", Exception)],
)  # fmt: skip
async def test_a_source_that_may_not_be_read_is_not_added(
    shop: Shop, site: Site, *, kind: SourceKind, address: str, error: type[Exception]
) -> None:
    if "invalid" in address:
        address, error = f"http://nowhere.invalid:{site.port}/", FetchError
    with pytest.raises(error):
        await shop.add(kind, address)
    assert await shop.factory.sources.list_all(shop.workspace_id) == []


async def test_a_sync_whose_worker_dies_goes_on_where_it_was(shop: Shop, site: Site) -> None:
    shop.clock.hurry = 20.0  # so that each page is stored at once
    paths = [f"/{number}" for number in range(6)]
    site.pages |= {"/map.xml": _sitemap(site, *paths)} | {path: Page(_html(f"Page{path[1]}")) for path in paths}
    hangs = asyncio.Event()

    def slow(asked: Asked) -> Page:
        hangs.set()
        return Page(_html("Page3"), pause=0 if len([p for p in site.paths if p == "/3"]) > 1 else 4)

    site.pages["/3"] = slow
    source = await shop.add(SITEMAP, f"{site.url}/map.xml")
    job = await shop.factory.sources.order_sync(shop.workspace_id, source.id)
    shop.factory.job_runner.start()
    async with asyncio.timeout(20):
        await hangs.wait()
    await shop.factory.job_runner.aclose()
    half = await shop.factory.jobs.get(shop.workspace_id, job.id)
    assert (half.state, half.done, half.cursor["at"]) == (JobState.QUEUED, 3, f"{site.url}/2")
    assert await shop.factory.job_runner.run_due() == 1
    done = await shop.factory.jobs.get(shop.workspace_id, job.id)
    assert (done.state, done.result) == (JobState.SUCCEEDED, {"read": 6, "same": 0, "added": 6, "removed": 0})
    assert [site.paths.count(path) for path in paths] == [1, 1, 1, 2, 1, 1]
