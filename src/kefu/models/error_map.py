"""Translates whatever the SDK or the HTTP client raises into the ModelError tree.

A detail never quotes the provider's body: it may repeat the prompt or parts of the key.
"""

import math
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx2
import openai

from kefu.domain.errors import (
    ModelError,
    ModelProtocolError,
    ModelRateLimitedError,
    ModelRejectedError,
    ModelTimeoutError,
)

LOWER_ERRORS: tuple[type[Exception], ...] = (
    openai.OpenAIError,
    httpx2.HTTPError,
    httpx2.InvalidURL,
    httpx2.CookieConflict,
    httpx2.StreamError,
    OSError,  # sockets, TLS, and the built-in TimeoutError
    ValueError,  # malformed JSON, UTF-8 or numbers inside a stream
    RecursionError,  # JSON nested thousands deep
)
"""What an adapter must catch around the SDK. Our own errors are none of these."""

_MALFORMED = (
    openai.APIResponseValidationError,
    openai.LengthFinishReasonError,
    openai.ContentFilterFinishReasonError,
    httpx2.DecodingError,
    httpx2.StreamError,
    ValueError,
    RecursionError,
)
_RETRYABLE_STATUS = frozenset({408, 409, 425, 429})
_REJECTED_HINT = {
    301: "check {group}_BASE_URL",
    307: "check {group}_BASE_URL",
    308: "check {group}_BASE_URL",
    401: "check {group}_API_KEY",
    403: "the key may not use this model",
    404: "check {group}_BASE_URL and the model's name",
}
_ABOUT_REQUEST = frozenset({400, 422})
_SAFE_CODE = re.compile(r"[a-z0-9_.\-]{1,64}")


def to_model_error(error: Exception, *, now: datetime, group: str = "KEFU_MODEL") -> ModelError:
    """Return the typed error for a lower one. ``now`` turns a Retry-After date into seconds; ``group`` is the prefix of
    the settings to check.
    """
    match error:
        case openai.APIStatusError():
            return _from_status(error, now=now, group=group)
        case openai.APITimeoutError() | httpx2.TimeoutException():
            return _from_timeout(error)
        case TimeoutError():
            return ModelTimeoutError("The model did not answer in time.")
        case openai.APIConnectionError() | httpx2.NetworkError() | httpx2.RemoteProtocolError() | OSError():
            return ModelError(f"The connection to the model failed ({_root_name(error)}).", is_retryable=True)
        case _ if isinstance(error, _MALFORMED):
            return ModelProtocolError(f"The provider's answer does not fit the protocol ({type(error).__name__}).")
        case _:
            is_retryable = type(error) is openai.APIError  # an error event inside a stream, such as "overloaded"
            return ModelError(f"The model call failed ({type(error).__name__}).", is_retryable=is_retryable)


def _from_timeout(error: Exception) -> ModelTimeoutError:
    """Only what happened before the request left is worth another try; a slow model has used up the patience."""
    is_unsent = isinstance(error.__cause__ or error, httpx2.ConnectTimeout | httpx2.PoolTimeout)
    detail = "No connection to the model in time." if is_unsent else "The model did not answer in time."
    return ModelTimeoutError(detail, is_retryable=is_unsent)


def _from_status(error: openai.APIStatusError, *, now: datetime, group: str) -> ModelError:
    status, code = error.response.status_code, _code(error)
    retry_after = find_retry_after(error.response.headers, now=now)
    if status == httpx2.codes.TOO_MANY_REQUESTS:
        is_retryable = error.code != "insufficient_quota"
        return ModelRateLimitedError(
            f"The provider limits the rate (429{code}).", is_retryable=is_retryable, retry_after=retry_after
        )
    if status in _RETRYABLE_STATUS or status >= httpx2.codes.INTERNAL_SERVER_ERROR:
        return ModelError(f"The provider failed ({status}{code}).", is_retryable=True, retry_after=retry_after)
    hint = _REJECTED_HINT.get(status, "the provider does not accept this request").format(group=group)
    return ModelRejectedError(
        f"The provider refused the call ({status}{code}): {hint}.", is_about_request=status in _ABOUT_REQUEST
    )


def find_retry_after(headers: httpx2.Headers, *, now: datetime) -> float | None:
    """Read ``retry-after-ms`` (OpenAI) or ``Retry-After`` in seconds or as a date (RFC 9110 §10.2.3)."""
    if (milliseconds := _number(headers.get("retry-after-ms"))) is not None:
        return milliseconds / 1000
    value = headers.get("retry-after")
    seconds = _number(value)
    return _seconds_until(value, now) if value and seconds is None else seconds


def _number(text: str | None) -> float | None:
    try:
        number = float(text) if text else math.nan
    except ValueError:
        return None
    return max(0.0, number) if math.isfinite(number) else None


def _seconds_until(text: str, now: datetime) -> float | None:
    try:
        then = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, ((then if then.tzinfo else then.replace(tzinfo=UTC)) - now).total_seconds())


def _code(error: openai.APIError) -> str:
    return f" {error.code}" if error.code and _SAFE_CODE.fullmatch(error.code) else ""


def _root_name(error: Exception) -> str:
    return type(error.__cause__ or error).__name__
