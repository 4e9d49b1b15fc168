"""What is fetched: pinned, bounded, checked again at each redirect."""

import gzip
import ssl
import subprocess
import zlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from kefu.domain.errors import AddressRefusedError, FetchError, FetchTimeoutError, FetchTooLargeError
from kefu.egress.client import EgressClient, Validators
from kefu.egress.settings import EgressSettings
from tests.support.sites import PUBLIC, Asked, OneServer, Page, Site, names, serving

URL = "http://shop.test/"


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with serving() as site:
        yield site


def _client(site: Site, *, network: OneServer | None = None, **settings: object) -> EgressClient:
    resolve = names(shop_test=PUBLIC, other_test="1.1.1.1", inner_test="10.0.0.1")
    return EgressClient(EgressSettings(**settings), resolve=resolve, network=network or OneServer(site))  # type: ignore[arg-type]


async def test_the_name_goes_into_the_request_and_the_address_into_the_connection(site: Site) -> None:
    site.pages["/a?b=c"] = Page("<p>你好", headers={"ETag": '"1"', "Content-Type": "text/html; charset=utf-8"})
    network = OneServer(site)
    found = await _client(site, network=network).get(f"{URL}a?b=c#d")
    assert (found.status, found.body.decode(), found.content_type) == (200, "<p>你好", "text/html")
    assert network.called == [(PUBLIC, 80)]
    assert site.asked[0].headers["host"] == "shop.test"
    assert not {"cookie", "authorization"} & set(site.asked[0].headers)


async def test_a_name_is_looked_up_once_so_that_its_owner_cannot_change_his_mind(site: Site) -> None:
    answers = iter([[PUBLIC], ["127.0.0.1"], ["127.0.0.1"]])

    async def resolve(host: str, port: int) -> Sequence[str]:
        return next(answers)

    site.pages["/"] = Page("x")
    network = OneServer(site)
    client = EgressClient(EgressSettings(), resolve=resolve, network=network)
    assert (await client.get(URL)).status == 200
    with pytest.raises(AddressRefusedError):
        await client.get(URL)
    assert network.called == [(PUBLIC, 80)]


@pytest.mark.parametrize(
    "location",
    ["http://127.0.0.1/", "http://inner.test/", "//inner.test/", "http://169.254.169.254/", "file:///etc/passwd",
     "http://user@shop.test/", "http://shop.test:22/", "http://[::ffff:10.0.0.1]/", "http://0x7f.1/"],
)  # fmt: skip
async def test_a_redirect_to_where_we_do_not_go_is_refused(site: Site, location: str) -> None:
    site.pages["/"] = Page(status=302, headers={"Location": location})
    network = OneServer(site)
    with pytest.raises(AddressRefusedError):
        await _client(site, network=network).get(URL)
    assert len(network.called) == 1


async def test_three_redirects_are_followed_and_no_more(site: Site) -> None:
    for number in range(1, 9):
        site.pages[f"/{number}"] = Page(status=308, headers={"Location": f"http://other.test/{number - 1}"})
    site.pages["/0"] = Page("end")
    client = _client(site)
    assert (await client.get(f"{URL}3")).url == "http://other.test/0"
    with pytest.raises(FetchError, match="redirects"):
        await client.get(f"{URL}4")
    site.pages["/loop"] = Page(status=301, headers={"Location": "/loop"})
    with pytest.raises(FetchError, match="redirects"):
        await client.get(f"{URL}loop")


async def test_what_is_too_large_is_refused_packed_or_not(site: Site) -> None:
    bomb = gzip.compress(bytes(30 * 1024 * 1024))
    twice = gzip.compress(gzip.compress(bytes(30 * 1024 * 1024)))
    packed = {"Content-Encoding": "gzip"}
    site.pages |= {"/bomb": Page(bomb, headers=packed), "/big": Page(bytes(2 * 1024 * 1024)),
                   "/endless": Page(pieces=[bytes(100_000)] * 40), "/deflate": Page(zlib.compress(bytes(3_000_000)), headers={"Content-Encoding": "deflate"})}  # fmt: skip
    for path in ("bomb", "big", "endless", "deflate"):
        with pytest.raises(FetchTooLargeError):
            await _client(site, max_mib=1).get(f"{URL}{path}")
    site.pages["/twice"] = Page(twice, headers={"Content-Encoding": "gzip, gzip"})
    with pytest.raises(FetchError, match="packed"):
        await _client(site, max_mib=1).get(f"{URL}twice")


@pytest.mark.parametrize("wbits", [zlib.MAX_WBITS, -zlib.MAX_WBITS, zlib.MAX_WBITS | 16])
async def test_what_is_packed_is_unpacked(site: Site, wbits: int) -> None:
    packer = zlib.compressobj(wbits=wbits)
    data = packer.compress(b"hello " * 1000) + packer.flush()
    encoding = "gzip" if wbits > 16 else "deflate"
    site.pages["/"] = Page(headers={"Content-Encoding": encoding}, pieces=[data[:7], data[7:]])
    assert (await _client(site).get(URL)).body == b"hello " * 1000
    site.pages["/"] = Page(data[:-9], headers={"Content-Encoding": encoding})
    with pytest.raises(FetchError):
        await _client(site).get(URL)


async def test_drip_and_silence_end_in_time(site: Site) -> None:
    site.pages["/drip"] = Page(pieces=[b"x"] * 1000, pause=0.05)
    site.pages["/silent"] = Page(b"x", pause=30)
    for path in ("drip", "silent"):
        with pytest.raises(FetchTimeoutError):
            await _client(site, seconds=0.4).get(f"{URL}{path}")


async def test_a_site_is_asked_whether_a_page_has_changed(site: Site) -> None:
    def page(asked: Asked) -> Page:
        return Page(status=304) if asked.headers.get("if-none-match") == '"1"' else Page("x", headers={"ETag": '"1"'})

    site.pages["/"] = page
    client = _client(site)
    first = await client.get(URL)
    assert (await client.get(URL, validators=first.validators)).status == 304
    site.pages["/"] = Page("x", headers={"ETag": "x" * 400})
    assert (await client.get(URL)).validators == Validators()


async def test_a_broken_answer_and_an_unknown_host_are_typed(site: Site) -> None:
    client = _client(site)
    with pytest.raises(FetchError, match="no host"):
        await client.get("http://nowhere.test/")
    site.pages["/"] = Page(headers={"Content-Length": "99"}, pieces=[b"short"])
    with pytest.raises(FetchError):
        await client.get(URL)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for shop.test with its key, in one file."""
    path = tmp_path_factory.mktemp("tls") / "shop.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-keyout", path, "-out", path.with_suffix(".crt"), "-subj", "/CN=shop.test", "-addext", "subjectAltName=DNS:shop.test"],
        check=True, capture_output=True,
    )  # fmt: skip
    path.write_bytes(path.read_bytes() + path.with_suffix(".crt").read_bytes())
    return path


async def test_tls_is_spoken_with_the_name_that_was_asked_for(certificate: Path) -> None:
    server, trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context(cafile=str(certificate))
    server.load_cert_chain(certificate)
    seen: list[str | None] = []
    server.sni_callback = lambda _socket, name, _context: seen.append(name)
    async with serving({"/": Page("x")}, tls=server) as site:
        resolve, network = names(shop_test=PUBLIC, other_test=PUBLIC), OneServer(site)
        client = EgressClient(EgressSettings(), resolve=resolve, network=network, tls=trusting)
        assert (await client.get("https://shop.test/")).body == b"x"
        assert (network.called, seen) == ([(PUBLIC, 443)], ["shop.test"])
        for url, tls in (("https://other.test/", trusting), ("https://shop.test/", None)):
            with pytest.raises(FetchError):
                await EgressClient(EgressSettings(), resolve=resolve, network=network, tls=tls).get(url)
        site.pages["/"] = Page(status=302, headers={"Location": "http://shop.test/"})
        with pytest.raises(AddressRefusedError, match="https to http"):
            await client.get("https://shop.test/")
