"""Where kefu may fetch from, and how much."""

import re
from ipaddress import ip_network

from pydantic import BaseModel, Field, field_validator

_HOST = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*")
_LAST_PORT = 65_535


class EgressSettings(BaseModel):
    """Limits of fetching from addresses that people name."""

    ports: str = Field(default="80,443", description="Ports that are fetched from, comma-separated.")
    allowed: str = Field(
        default="",
        description="Hosts, addresses and networks that are fetched from although they are not public, comma-separated; "
        "for example wiki.intranet,10.20.0.0/16. Empty: public addresses only.",
    )
    seconds: float = Field(
        default=30.0, gt=0, le=600, description="Seconds that one fetch may take, redirects included."
    )
    max_mib: int = Field(default=20, ge=1, le=1_024, description="MiB of one page or file, unpacked.")
    pause: float = Field(default=1.0, ge=0, le=60, description="Seconds between two requests to one site.")

    git_seconds: float = Field(
        default=300.0, gt=0, le=3_600, description="Seconds that fetching one repository may take."
    )
    git_max_mib: int = Field(default=200, ge=1, description="MiB of one repository, unpacked, newest state only.")

    @field_validator("ports")
    @classmethod
    def _check_ports(cls, value: str) -> str:
        for part in value.split(","):
            if not (part.strip().isdecimal() and 0 < int(part) <= _LAST_PORT):
                raise ValueError(f"{part!r} is no port")
        return value

    @field_validator("allowed")
    @classmethod
    def _check_allowed(cls, value: str) -> str:
        for part in filter(None, map(str.strip, value.lower().split(","))):
            if not _is_network(part) and not _HOST.fullmatch(part):
                raise ValueError(f"{part!r} is no host, address or network")
        return value

    @property
    def port_numbers(self) -> frozenset[int]:
        return frozenset(int(part) for part in self.ports.split(","))

    @property
    def allowed_entries(self) -> tuple[str, ...]:
        return tuple(filter(None, map(str.strip, self.allowed.lower().split(","))))


def _is_network(text: str) -> bool:
    try:
        ip_network(text, strict=False)
    except ValueError:
        return False
    return True
