"""Where an address leads, and whether kefu goes there: public places only, and what the operator allows by name.

An address is refused unless it is written in the one plain way: numbers are four decimal parts or an IPv6 address in
brackets. What a browser would guess (hex, octal, one big number, missing parts) is not guessed here.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, quote, urlsplit

from kefu.domain.errors import AddressRefusedError
from kefu.egress.settings import EgressSettings

LONGEST_ADDRESS = 800
_PORTS = {"http": 80, "https": 443}
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_LONGEST_HOST = 253
_CLOUD = frozenset(map(ip_address, ("169.254.169.254", "168.63.129.16", "100.100.100.200", "fd00:ec2::254")))
"""Metadata of cloud machines: credentials. Some of them count as public; none is ever fetched."""
_NOT_PUBLIC_4 = tuple(
    map(
        ip_network,
        "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 "
        "192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4".split(),
    )
)
_PUBLIC_6 = ip_network("2000::/3")
_NOT_PUBLIC_6 = tuple(map(ip_network, "2001::/23 2001:db8::/32 2002::/16 3fff::/20".split()))
"""Within 2000::/3: tunnels (Teredo, 6to4) that carry an IPv4 address, documentation, protocols' own."""
_IPV4_INSIDE = tuple(map(ip_network, "::/96 ::ffff:0:0/96 64:ff9b::/96 64:ff9b:1::/48".split()))


Ip = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class Target:
    """An address, taken apart: ``host`` in ASCII without brackets or a last dot, ``path`` with the query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.authority}{self.path}"


def to_target(url: str) -> Target:
    """Take an address apart. Raises AddressRefusedError unless it is plain http or https without a user."""
    if len(url) > LONGEST_ADDRESS:
        raise AddressRefusedError(f"An address has at most {LONGEST_ADDRESS} characters.")
    if "\\" in url or not url.isprintable() or any(map(str.isspace, url)):
        raise _refused(url, "it contains white space, a backslash or a control character")
    parts, port = _split(url)
    if parts.scheme not in _PORTS:
        raise _refused(url, "only http and https are fetched")
    if "@" in parts.netloc:
        raise AddressRefusedError("An address must not contain a user or password.")
    host = _to_host(url, parts.hostname or "", is_bracketed=parts.netloc.startswith("["))
    query = f"?{quote(parts.query, safe=_QUERY)}" if parts.query else ""
    return Target(
        parts.scheme,
        host,
        _PORTS[parts.scheme] if port is None else port,
        f"{quote(parts.path or '/', safe=_PATH)}{query}",
    )


_PATH = "/%:@!$&'()*+,;=~-._"
_QUERY = f"{_PATH}?[]|"


class Rules:
    """Which targets and addresses the settings let kefu go to."""

    def __init__(self, settings: EgressSettings) -> None:
        self._ports = settings.port_numbers
        self._hosts: set[str] = set()
        self._networks = []
        for entry in settings.allowed_entries:
            try:
                self._networks.append(ip_network(entry, strict=False))
            except ValueError:
                self._hosts.add(entry)

    def require_port(self, target: Target) -> None:
        if target.port not in self._ports:
            raise AddressRefusedError(f"Port {target.port} is not fetched from (KEFU_EGRESS_PORTS).")

    def require_all(self, target: Target, addresses: Iterable[str]) -> tuple[str, ...]:
        """The addresses of a target's host; one that is not allowed refuses all. Raises AddressRefusedError."""
        found = tuple(addresses)
        if not found:
            raise AddressRefusedError(f"{target.host} has no address.")
        for address in map(ip_address, found):
            if _CLOUD & {address, _inside(address)}:
                raise AddressRefusedError(f"{target.host} is a cloud's own address, which is never fetched.")
            if not self._is_allowed(target.host, address):
                raise AddressRefusedError(
                    f"{target.host} is not a public address. An operator may allow it in KEFU_EGRESS_ALLOWED."
                )
        return found

    def is_private_but_allowed(self, target: Target, addresses: Iterable[str]) -> bool:
        """Whether the operator has vouched for this host, because it is not a public one."""
        return not all(is_public(ip_address(address)) for address in addresses)

    def _is_allowed(self, host: str, ip: Ip) -> bool:
        inside = _inside(ip)
        if host in self._hosts or any(
            inside in network for network in self._networks if network.version == inside.version
        ):
            return True
        return is_public(ip)


def is_public(ip: Ip) -> bool:
    """Whether an address is one of the open internet's. Addresses that carry another one are not."""
    if isinstance(ip, IPv4Address):
        return ip not in _CLOUD and not any(ip in network for network in _NOT_PUBLIC_4)
    return ip in _PUBLIC_6 and not any(ip in network for network in _NOT_PUBLIC_6)


def _inside(ip: Ip) -> Ip:
    """The IPv4 address that an IPv6 one stands for, as 127.0.0.1 in ::ffff:127.0.0.1; else itself."""
    if isinstance(ip, IPv6Address) and any(ip in network for network in _IPV4_INSIDE) and int(ip) > 1:
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip


def _split(url: str) -> tuple[SplitResult, int | None]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise _refused(url, "it is not a valid address") from error
    return parts, port


def _to_host(url: str, named: str, *, is_bracketed: bool) -> str:
    if is_bracketed:
        return _to_number(url, named)
    try:
        host = named.encode("idna").decode("ascii").lower() if not named.isascii() else named.lower()
    except UnicodeError as error:
        raise _refused(url, "its host is not a valid name") from error
    host = host.removesuffix(".")
    labels = host.split(".")
    if len(host) > _LONGEST_HOST or not all(map(_LABEL.fullmatch, labels)):
        raise _refused(url, "its host is not a valid name")
    return _to_number(url, host) if _NUMBER.fullmatch(labels[-1]) else host


def _to_number(url: str, host: str) -> str:
    if "%" in host:
        raise _refused(url, "its host has a zone")
    try:
        return str(ip_address(host))
    except ValueError as error:
        raise _refused(url, "its host is a number in an unusual form") from error


def _refused(url: str, reason: str) -> AddressRefusedError:
    shown = "".join(c if c.isprintable() else "?" for c in url.rsplit("@", maxsplit=1)[-1][:100])
    return AddressRefusedError(f"{shown} is not fetched: {reason}.")
