"""Visitor and identity tokens: JWTs with one algorithm, one key a purpose, and every claim checked by us.

PyJWT accepts a token without ``exp``, one of another purpose and a 3-byte key; RFC 8725 (JWT best practice) forbids
all three, so the checks stand here and are tested here.
"""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime, timedelta

import jwt

from kefu.domain.errors import ConfigurationError, UnauthenticatedError
from kefu.kit.clock import Clock
from kefu.kit.ids import new_id
from kefu.services.principal import Visitor

_ALGORITHM = "HS256"
_ISSUER = "kefu"
_VISITOR_TYPE = "kefu-visitor+jwt"
_VISITOR_AUDIENCE = "kefu-visitor"
_IDENTITY_AUDIENCE = "kefu-identity"
_REQUIRED = ["exp", "iat", "aud", "sub"]
_MIN_KEY_BYTES = 32
_MIN_DISTINCT_BYTES = 12
_LIFETIME = timedelta(hours=1)
_RENEWABLE = timedelta(hours=24)
_MAX_IDENTITY_LIFETIME = timedelta(hours=1)
_CLOCK_SKEW = timedelta(seconds=30)
_MAX_TEXT = 200
_MAX_SEGMENTS, _MAX_SEGMENT = 20, 64


@dataclass(frozen=True, slots=True)
class IssuedToken:
    token: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Identity:
    """``external_id``: the shop's customer id. ``segments``: which knowledge it may see, beside what is for everybody."""

    external_id: str
    segments: frozenset[str] = frozenset()


def require_strong_key(key: str, *, name: str) -> bytes:
    """The key's bytes. Raises ConfigurationError for one under 256 bits or one that a person typed."""
    raw = key.encode()
    if len(raw) < _MIN_KEY_BYTES or len(set(raw)) < _MIN_DISTINCT_BYTES:
        raise ConfigurationError(
            f"{name} is too weak: set it to at least 32 random bytes, for example the output of `openssl rand -base64 48`."
        )
    return raw


class VisitorTokens:
    """Issues and checks the short tokens that a widget carries."""

    def __init__(self, key: bytes, *, clock: Clock) -> None:
        self._key = key
        self._clock = clock

    def issue(self, visitor: Visitor) -> IssuedToken:
        now = self._clock.now()
        expires_at = now + _LIFETIME
        claims = {
            "iss": _ISSUER,
            "aud": _VISITOR_AUDIENCE,
            "sub": visitor.contact_id,
            "wsp": visitor.workspace_id,
            "inb": visitor.inbox_id,
            "iat": int(now.timestamp()),
            "nbf": int(now.timestamp()),
            "exp": int(expires_at.timestamp()),
            "jti": new_id("tok"),
        }
        return IssuedToken(
            jwt.encode(claims, self._key, algorithm=_ALGORITHM, headers={"typ": _VISITOR_TYPE}), expires_at
        )

    def read(self, token: str) -> Visitor:
        """Who bears this token. Raises UnauthenticatedError, without saying what was wrong with it."""
        return self._read(token, grace=_CLOCK_SKEW)

    def read_for_renewal(self, token: str) -> Visitor:
        """As ``read``, also for a day after the token expired."""
        return self._read(token, grace=_RENEWABLE)

    def _read(self, token: str, *, grace: timedelta) -> Visitor:
        claims = _decode(
            token, self._key, audience=_VISITOR_AUDIENCE, type_name=_VISITOR_TYPE, clock=self._clock, grace=grace
        )
        if claims.get("iss") != _ISSUER:
            raise UnauthenticatedError
        contact, workspace, inbox = (_text(claims, name) for name in ("sub", "wsp", "inb"))
        return Visitor(workspace_id=workspace, inbox_id=inbox, contact_id=contact)


class IdentityTokens:
    """Reads what the shop says about who a visitor is."""

    def __init__(self, key: bytes, *, clock: Clock) -> None:
        self._key = key
        self._clock = clock

    def read(self, token: str) -> Identity:
        """Who the shop says this is. The token must be short-lived, so that a leaked one is soon worthless."""
        claims = _decode(
            token, self._key, audience=_IDENTITY_AUDIENCE, type_name=None, clock=self._clock, grace=_CLOCK_SKEW
        )
        if _number(claims, "exp") - _number(claims, "iat") > _MAX_IDENTITY_LIFETIME.total_seconds():
            raise UnauthenticatedError
        return Identity(_text(claims, "sub"), _segments(claims))


def _decode(
    token: str, key: bytes, *, audience: str, type_name: str | None, clock: Clock, grace: timedelta
) -> dict[str, object]:
    """Signature and shape by PyJWT; time, type and header by us, on our clock."""
    try:
        header = jwt.get_unverified_header(token)
        claims: dict[str, object] = jwt.decode(
            token,
            key,
            algorithms=[_ALGORITHM],
            audience=audience,
            options={"require": _REQUIRED, "verify_exp": False, "verify_iat": False, "verify_nbf": False},
        )
    except (jwt.PyJWTError, binascii.Error, UnicodeError, ValueError, TypeError) as error:
        raise UnauthenticatedError from error
    if "crit" in header or (type_name is not None and header.get("typ") != type_name):
        raise UnauthenticatedError
    now = clock.now().timestamp()
    not_before = _number(claims, "nbf") if "nbf" in claims else 0.0
    is_early = max(_number(claims, "iat"), not_before) > now + _CLOCK_SKEW.total_seconds()
    if is_early or _number(claims, "exp") + grace.total_seconds() <= now:
        raise UnauthenticatedError
    return claims


def _number(claims: dict[str, object], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UnauthenticatedError
    return float(value)


def _text(claims: dict[str, object], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= _MAX_TEXT:
        raise UnauthenticatedError
    return value


def _segments(claims: dict[str, object]) -> frozenset[str]:
    value = claims.get("segments", [])
    if not isinstance(value, list) or len(value) > _MAX_SEGMENTS:
        raise UnauthenticatedError
    if not all(isinstance(one, str) and 0 < len(one) <= _MAX_SEGMENT for one in value):
        raise UnauthenticatedError
    return frozenset(value)


def random_key(data: bytes) -> str:
    """Random bytes as a key that fits in an environment variable."""
    return base64.urlsafe_b64encode(data).decode()
