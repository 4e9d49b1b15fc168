"""Fetching from an address that somebody named, without being led to where they cannot go themselves (SSRF).

The name is looked up once, every address behind it must be allowed, and the connection goes to one of those addresses,
with the name in the Host header and in TLS: a second look-up, which could answer otherwise, does not happen. Each
redirect is checked in the same way. There are no cookies, no credentials, and no proxies of the environment.
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from ipaddress import ip_address
from urllib.parse import urljoin

import httpcore2

from kefu import __version__
from kefu.domain.errors import AddressRefusedError, FetchError, FetchTimeoutError
from kefu.egress.addresses import Rules, Target, to_target
from kefu.egress.decoding import ACCEPTED, Body
from kefu.egress.pinning import Pinned, PinnedNetwork
from kefu.egress.settings import EgressSettings
from kefu.egress.transport import PinnedTransport

AGENT = "kefu"
"""The name that robots.txt may give rules to."""
MEBI = 1024 * 1024
_MOST_REDIRECTS = 3
_CONNECT_S = 10.0
_READ_S = 15.0
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_LONGEST_HEADER = 300

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a host, as text. Raises OSError."""


@dataclass(frozen=True, slots=True)
class Validators:
    """What the site said of a page when it was last read, to ask whether that is still so."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer, whatever its status; ``body`` is unpacked, and empty unless the status is 200. ``url``: after redirects."""

    url: str
    status: int
    content_type: str
    validators: Validators
    body: bytes


async def resolve(host: str, port: int) -> Sequence[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class EgressClient:
    """Fetches. Every call is bounded in time and size as the settings say."""

    def __init__(
        self,
        settings: EgressSettings,
        *,
        resolve: Resolve = resolve,
        network: httpcore2.AsyncNetworkBackend | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.settings = settings
        self._rules = Rules(settings)
        self._resolve = resolve
        self._network = network or httpcore2.AnyIOBackend()
        self._given_tls = tls

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return self._given_tls or httpcore2.default_ssl_context()

    async def get(self, url: str, *, validators: Validators | None = None, max_bytes: int | None = None) -> Fetched:
        """Fetch. Raises AddressRefusedError, FetchError, FetchTimeoutError, FetchTooLargeError."""
        limit = max_bytes or self.settings.max_mib * MEBI
        try:
            async with asyncio.timeout(self.settings.seconds):
                return await self._follow(url, validators or Validators(), limit)
        except (TimeoutError, httpcore2.TimeoutException) as error:
            raise FetchTimeoutError(f"{_shown(url)} took too long to answer.") from error
        except (httpcore2.NetworkError, httpcore2.ProtocolError, OSError) as error:
            raise FetchError(f"{_shown(url)} cannot be fetched: {type(error).__name__}.") from error

    async def pin(self, url: str) -> Pinned:
        """Check an address and look its host up, once. Raises AddressRefusedError, FetchError."""
        target = to_target(url)
        self._rules.require_port(target)
        addresses = self._rules.require_all(target, await self._look_up(target))
        return Pinned(target, addresses, self._rules.is_private_but_allowed(target, addresses))

    async def transport(self, url: str, *, max_bytes: int) -> PinnedTransport:
        """For a client of another library that shall reach only this site, at the address that was checked now.

        ``max_bytes`` bounds each answer. Raises AddressRefusedError, FetchError.
        """
        pinned = await self.pin(url)
        return PinnedTransport(pinned, network=self._network, tls=self._tls, max_bytes=max_bytes)

    async def _look_up(self, target: Target) -> Sequence[str]:
        try:
            return [str(ip_address(target.host))]
        except ValueError:
            pass  # a name
        try:
            async with asyncio.timeout(self.settings.seconds):
                return await self._resolve(target.host, target.port)
        except (OSError, UnicodeError) as error:
            raise FetchError(f"There is no host {target.host}.") from error

    async def _follow(self, url: str, validators: Validators, limit: int) -> Fetched:
        for _ in range(_MOST_REDIRECTS + 1):
            pinned = await self.pin(url)
            answer = await self._ask(pinned, validators, limit)
            if isinstance(answer, Fetched):
                return answer
            url = _next(pinned.target, answer)
        raise FetchError(f"{_shown(url)}: more than {_MOST_REDIRECTS} redirects.")

    async def _ask(self, pinned: Pinned, validators: Validators, limit: int) -> Fetched | str:
        """The answer, or where it sends us."""
        target = pinned.target
        async with (
            httpcore2.AsyncConnectionPool(
                ssl_context=self._tls, max_connections=1, network_backend=PinnedNetwork(pinned, self._network)
            ) as pool,
            pool.stream(
                "GET",
                httpcore2.URL(scheme=target.scheme, host=target.host, port=target.port, target=target.path),
                headers=_headers(target, validators),
                extensions={"timeout": {"connect": _CONNECT_S, "read": _READ_S, "write": _READ_S, "pool": _CONNECT_S}},
            ) as response,
        ):
            headers = {name.lower(): value for name, value in reversed(response.headers)}
            if response.status in _REDIRECTS and b"location" in headers:
                return _text(headers[b"location"])
            body = Body(_text(headers.get(b"content-encoding", b"")), limit=limit)
            if response.status == HTTPStatus.OK:
                async for piece in response.aiter_stream():
                    body.take(piece)
            return Fetched(
                url=target.url,
                status=response.status,
                content_type=_text(headers.get(b"content-type", b"")).partition(";")[0].strip().lower(),
                validators=Validators(_kept(headers.get(b"etag")), _kept(headers.get(b"last-modified"))),
                body=body.finish(),
            )


def _next(target: Target, location: str) -> str:
    """Where a redirect leads. From https never to http, where anybody on the way could write the answer."""
    url = urljoin(target.url, location)
    if target.scheme == "https" and not url.lower().startswith("https://"):
        raise AddressRefusedError(f"{_shown(target.url)} leads from https to http.")
    return url


def _headers(target: Target, validators: Validators) -> list[tuple[str, str]]:
    headers = [
        ("Host", target.authority),
        ("User-Agent", f"{AGENT}/{__version__}"),
        ("Accept", "text/html, text/markdown, text/plain, application/pdf, */*;q=0.5"),
        ("Accept-Encoding", ACCEPTED),
        ("Connection", "close"),
    ]
    if validators.etag is not None:
        headers.append(("If-None-Match", validators.etag))
    if validators.last_modified is not None:
        headers.append(("If-Modified-Since", validators.last_modified))
    return headers


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace")


def _kept(value: bytes | None) -> str | None:
    """A validator worth keeping: short, and without what could end a header."""
    text = None if value is None else _text(value)
    return text if text and len(text) <= _LONGEST_HEADER and text.isprintable() and text.isascii() else None


def _shown(url: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in url[:200])
