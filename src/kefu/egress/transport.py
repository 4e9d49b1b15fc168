"""A transport for clients of the httpx2 family that reaches one site only, at the addresses that were checked.

What is sent may carry credentials of that site, so a request for any other one is refused here, whoever made it: a
redirect, or an address that an answer names.
"""

import ssl
from collections.abc import AsyncIterator

import httpcore2
import httpx2

from kefu.egress.pinning import Pinned, PinnedNetwork

_PORTS = {"http": 80, "https": 443}


class AnswerTooLargeError(httpx2.StreamError):
    """An answer grew larger than it may."""


class PinnedTransport(httpx2.AsyncBaseTransport):
    """Answers are bounded by ``max_bytes`` and must not be packed, so that what is counted is what is there."""

    def __init__(
        self, pinned: Pinned, *, network: httpcore2.AsyncNetworkBackend, tls: ssl.SSLContext, max_bytes: int
    ) -> None:
        self._pinned = pinned
        self._max_bytes = max_bytes
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=tls, max_connections=4, network_backend=PinnedNetwork(pinned, network)
        )

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self._require_same_site(request.url)
        request.headers["accept-encoding"] = "identity"
        assert isinstance(request.stream, httpx2.AsyncByteStream)
        asked = httpcore2.Request(
            method=request.method,
            url=httpcore2.URL(
                scheme=request.url.raw_scheme,
                host=request.url.raw_host,
                port=request.url.port,
                target=request.url.raw_path,
            ),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        try:
            answer = await self._pool.handle_async_request(asked)
        except httpcore2.TimeoutException as error:
            raise httpx2.ReadTimeout("the site took too long to answer", request=request) from error
        except (httpcore2.NetworkError, httpcore2.ProtocolError) as error:
            raise httpx2.ConnectError(f"the site cannot be reached: {type(error).__name__}", request=request) from error
        if any(name.lower() == b"content-encoding" and value != b"identity" for name, value in answer.headers):
            await answer.aclose()
            raise httpx2.RemoteProtocolError("the answer is packed", request=request)
        return httpx2.Response(
            answer.status,
            headers=answer.headers,
            stream=_Bounded(answer, self._max_bytes),
            extensions=answer.extensions,
        )

    async def aclose(self) -> None:
        await self._pool.aclose()

    def _require_same_site(self, url: httpx2.URL) -> None:
        target = self._pinned.target
        port = url.port or _PORTS.get(url.scheme)
        if (url.scheme, url.raw_host.decode("ascii"), port) != (target.scheme, target.host, target.port):
            raise httpx2.UnsupportedProtocol(f"only {target.authority} is reached here")


class _Bounded(httpx2.AsyncByteStream):
    def __init__(self, answer: httpcore2.Response, limit: int) -> None:
        self._answer = answer
        self._limit = limit

    async def __aiter__(self) -> AsyncIterator[bytes]:
        total = 0
        try:
            async for piece in self._answer.aiter_stream():
                total += len(piece)
                if total > self._limit:
                    raise AnswerTooLargeError(f"the answer is larger than {self._limit} bytes")
                yield piece
        except httpcore2.TimeoutException as error:
            raise httpx2.ReadTimeout("the site took too long to answer") from error
        except (httpcore2.NetworkError, httpcore2.ProtocolError) as error:
            raise httpx2.ReadError(f"the answer broke off: {type(error).__name__}") from error

    async def aclose(self) -> None:
        await self._answer.aclose()
