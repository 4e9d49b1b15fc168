"""A site, and the addresses that were checked for it: connections go there and nowhere else."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

import httpcore2

from kefu.egress.addresses import Target

_MOST_TRIES = 3
"""Addresses of one host that are tried."""


@dataclass(frozen=True, slots=True)
class Pinned:
    """A target, and the checked addresses that it is reached at. ``is_private``: by the operator's word."""

    target: Target
    addresses: tuple[str, ...]
    is_private: bool


class PinnedNetwork(httpcore2.AsyncNetworkBackend):
    """Connects to the addresses that were checked, whatever the host is called."""

    def __init__(self, pinned: Pinned, network: httpcore2.AsyncNetworkBackend) -> None:
        self._pinned = pinned
        self._network = network

    async def connect_tcp(  # noqa: PLR0917 - the library's signature
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the library's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        failure: Exception = httpcore2.ConnectError()
        for address in self._pinned.addresses[:_MOST_TRIES]:
            try:
                return await self._network.connect_tcp(address, self._pinned.target.port, timeout=timeout)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        raise failure

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109 - the library's signature
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        raise httpcore2.ConnectError("a socket file is no address")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
