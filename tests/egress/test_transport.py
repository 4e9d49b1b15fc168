"""The transport for other libraries' clients: one site, at the address that was checked, and answers with a bound."""

import gzip
from collections.abc import AsyncIterator, Sequence

import httpx2
import pytest

from kefu.domain.errors import AddressRefusedError
from kefu.egress.client import EgressClient
from kefu.egress.settings import EgressSettings
from kefu.egress.transport import AnswerTooLargeError
from tests.support.sites import PUBLIC, OneServer, Page, Site, names, serving

URL = "http://shop.test/mcp"


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with serving() as site:
        yield site


async def _client(site: Site, *, network: OneServer | None = None, max_bytes: int = 1_000) -> httpx2.AsyncClient:
    resolve = names(shop_test=PUBLIC, other_test="1.1.1.1", inner_test="10.0.0.1")
    egress = EgressClient(EgressSettings(), resolve=resolve, network=network or OneServer(site))
    transport = await egress.transport(URL, max_bytes=max_bytes)
    return httpx2.AsyncClient(transport=transport, headers={"Authorization": "Bearer s3cret"}, trust_env=False)


async def test_the_name_goes_into_the_request_and_the_address_into_the_connection(site: Site) -> None:
    site.pages["/mcp"] = Page("here")
    network = OneServer(site)
    async with await _client(site, network=network) as client:
        assert (await client.post(URL, content=b"{}")).text == "here"
    assert network.called == [(PUBLIC, 80)]
    assert site.asked[0].headers["host"] == "shop.test"
    assert site.asked[0].headers["accept-encoding"] == "identity"


async def test_a_name_is_not_looked_up_a_second_time(site: Site) -> None:
    answers = iter([[PUBLIC], ["127.0.0.1"]])

    async def resolve(host: str, port: int) -> Sequence[str]:
        return next(answers)

    site.pages["/mcp"] = Page("here")
    network = OneServer(site)
    transport = await EgressClient(EgressSettings(), resolve=resolve, network=network).transport(URL, max_bytes=100)
    async with httpx2.AsyncClient(transport=transport, trust_env=False) as client:
        for _ in range(2):
            assert (await client.get(URL)).text == "here"
    assert {address for address, _ in network.called} == {PUBLIC}


@pytest.mark.parametrize(
    "url", ["http://other.test/mcp", "https://shop.test/mcp", "http://shop.test:8080/mcp", "http://127.0.0.1/mcp"]
)
async def test_no_other_site_is_reached_so_that_no_credentials_leave(site: Site, url: str) -> None:
    site.pages["/mcp"] = Page("here", status=307, headers={"Location": url})
    network = OneServer(site)
    async with await _client(site, network=network) as client:
        with pytest.raises(httpx2.UnsupportedProtocol):
            await client.get(url)
        with pytest.raises(httpx2.UnsupportedProtocol):
            await client.get(URL, follow_redirects=True)
    assert len(network.called) == 1


async def test_an_answer_has_a_bound(site: Site) -> None:
    site.pages["/mcp"] = Page(pieces=[b"x" * 300] * 10)
    async with await _client(site) as client:
        with pytest.raises(AnswerTooLargeError):
            await client.get(URL)


async def test_a_packed_answer_is_refused(site: Site) -> None:
    """A bomb is small until somebody unpacks it."""
    site.pages["/mcp"] = Page(gzip.compress(b"0" * 100_000), headers={"Content-Encoding": "gzip"})
    async with await _client(site) as client:
        with pytest.raises(httpx2.RemoteProtocolError):
            await client.get(URL)


async def test_a_private_site_is_refused_before_anything_is_opened(site: Site) -> None:
    network = OneServer(site)
    egress = EgressClient(EgressSettings(), resolve=names(shop_test="10.0.0.1"), network=network)
    with pytest.raises(AddressRefusedError):
        await egress.transport(URL, max_bytes=100)
    assert network.called == []
