"""Web sites for tests: a scripted HTTP server on 127.0.0.1, and a network on which every address leads to it."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpcore2

PUBLIC = "93.184.216.34"


@dataclass
class Asked:
    """One request: its path with the query, and its headers by lower-case name."""

    path: str
    headers: Mapping[str, str]


@dataclass
class Page:
    """``pieces``: sent one by one, with a pause before each."""

    body: bytes | str = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    pieces: Sequence[bytes] = ()
    pause: float = 0.0


@dataclass
class Site:
    """Answers with ``pages`` by path; a page may be a function of the request. ``asked`` are all requests so far."""

    pages: dict[str, Page | Callable[[Asked], Page]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            pairs = (line.partition(": ") for line in head[1:] if line)
            asked = Asked(head[0].split(" ")[1], {name.lower(): value for name, _, value in pairs})
            self.asked.append(asked)
            page = self.pages.get(asked.path, Page(status=404))
            await self._send(writer, page(asked) if callable(page) else page)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client has seen enough
        finally:
            writer.close()

    async def _send(self, writer: asyncio.StreamWriter, page: Page) -> None:
        body = page.body.encode() if isinstance(page.body, str) else page.body
        headers = {"Content-Type": "text/html; charset=utf-8", **page.headers}
        if not page.pieces:
            headers["Content-Length"] = str(len(body))
        lines = [f"HTTP/1.1 {page.status} X", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
        writer.write("\r\n".join(lines).encode())
        for piece in page.pieces or [body]:
            await asyncio.sleep(page.pause)
            writer.write(piece)
            await writer.drain()


@asynccontextmanager
async def serving(
    pages: Mapping[str, Page | Callable[[Asked], Page]] | None = None, *, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Site]:
    site = Site(dict(pages or {}))
    server = await asyncio.start_server(site.serve, "127.0.0.1", 0, ssl=tls)
    async with server:
        site.port = server.sockets[0].getsockname()[1]
        yield site
        server.close()


class OneServer(httpcore2.AsyncNetworkBackend):
    """A network on which every address is the given site; ``called`` are those that were connected to."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.called: list[tuple[str, int]] = []

    async def connect_tcp(  # noqa: PLR0917 - the library's signature
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the library's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        self.called.append((host, port))
        return await httpcore2.AnyIOBackend().connect_tcp("127.0.0.1", self.site.port, timeout=timeout)


def names(**addresses: str | Sequence[str]) -> Callable[[str, int], Awaitable[Sequence[str]]]:
    """A resolver. ``shop_example=…`` is shop.example; a list of lists is not needed: a name answers the same each time."""

    async def resolve(host: str, port: int) -> Sequence[str]:
        found = addresses.get(host.replace(".", "_"))
        if found is None:
            raise OSError("no such host")
        return [found] if isinstance(found, str) else found

    return resolve
