"""Visitor and identity tokens: what PyJWT would let through, we refuse (RFC 8725)."""

from datetime import UTC, datetime, timedelta

import jwt
import pytest

from kefu.domain.errors import ConfigurationError, UnauthenticatedError
from kefu.kit.clock import Clock
from kefu.services.principal import Visitor
from kefu.services.tokens import Identity, IdentityTokens, VisitorTokens, require_strong_key

KEY = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_-_"
OTHER = KEY[::-1]
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
VISITOR = Visitor("ws_1", "inb_1", "cont_1")
CLAIMS = {
    "iss": "kefu",
    "aud": "kefu-visitor",
    "sub": "cont_1",
    "wsp": "ws_1",
    "inb": "inb_1",
    "iat": NOW.timestamp(),
    "exp": (NOW + timedelta(hours=1)).timestamp(),
}


class FixedClock(Clock):
    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now


def tokens(*, at: datetime = NOW) -> VisitorTokens:
    return VisitorTokens(KEY, clock=FixedClock(at))


def signed(
    claims: dict[str, object], *, key: bytes = KEY, algorithm: str = "HS256", typ: str = "kefu-visitor+jwt"
) -> str:
    return jwt.encode(claims, key, algorithm=algorithm, headers={"typ": typ})


def without(name: str) -> dict[str, object]:
    return {key: value for key, value in CLAIMS.items() if key != name}


def test_an_issued_token_is_read_back() -> None:
    assert tokens().read(tokens().issue(VISITOR).token) == VISITOR
    assert tokens().read(signed(CLAIMS)) == VISITOR


@pytest.mark.parametrize(
    "token",
    [
        *(signed(without(name)) for name in CLAIMS),
        *(signed({**CLAIMS, name: "other"}) for name in ("iss", "aud", "exp", "iat")),
        *(signed({**CLAIMS, name: 7}) for name in ("sub", "wsp", "inb")),
        signed({**CLAIMS, "exp": NOW.timestamp() - 60}),
        signed({**CLAIMS, "iat": NOW.timestamp() + 600}),
        signed({**CLAIMS, "nbf": NOW.timestamp() + 600}),
        signed({**CLAIMS, "sub": "x" * 300}),
        signed({**CLAIMS, "exp": True}),
        signed(CLAIMS, key=OTHER),
        signed(CLAIMS, algorithm="HS512"),
        signed(CLAIMS, typ="JWT"),
        jwt.encode(CLAIMS, KEY, algorithm="HS256", headers={"typ": "kefu-visitor+jwt", "crit": ["b64"], "b64": True}),
        jwt.encode(CLAIMS, "", algorithm="none", headers={"typ": "kefu-visitor+jwt"}),
        signed(CLAIMS)[:-2],
        signed(CLAIMS).rpartition(".")[0] + ".",
        "",
        "a.b.c",
        "…",
    ],
)
def test_every_other_token_is_refused(token: str) -> None:
    with pytest.raises(UnauthenticatedError):
        tokens().read(token)


def test_an_expired_token_renews_for_a_day_only() -> None:
    token = tokens().issue(VISITOR).token
    assert tokens(at=NOW + timedelta(hours=20)).read_for_renewal(token) == VISITOR
    with pytest.raises(UnauthenticatedError):
        tokens(at=NOW + timedelta(hours=26)).read_for_renewal(token)


def test_identity_must_be_short_lived_and_for_us() -> None:
    identities = IdentityTokens(KEY, clock=FixedClock(NOW))
    claims = {"aud": "kefu-identity", "sub": "c-17", "iat": NOW.timestamp(), "exp": NOW.timestamp() + 300}
    assert identities.read(signed(claims, typ="JWT")) == Identity("c-17")
    for wrong in ({**claims, "exp": NOW.timestamp() + 86_400}, {**claims, "aud": "kefu-visitor"}):
        with pytest.raises(UnauthenticatedError):
            identities.read(signed(wrong, typ="JWT"))


@pytest.mark.parametrize("key", ["", "short", "a" * 64, "changeme" * 8, "12345678" * 4])
def test_weak_keys_stop_start_up(key: str) -> None:
    with pytest.raises(ConfigurationError, match="KEFU_SECRET_KEY"):
        require_strong_key(key, name="KEFU_SECRET_KEY")
