"""Every error a caller can meet, in one tree.

KefuError
├── InvalidInputError      422  invalid_input
│   ├── MessageTooLongError    422  message_too_long
│   ├── IdempotencyConflictError 422  idempotency_conflict
│   ├── AddressRefusedError    422  address_refused         (kefu does not fetch from there)
│   └── SourceEmptyError       422  source_empty
├── BodyTooLargeError      413  body_too_large
├── FileTooLargeError      413  file_too_large
├── UnauthenticatedError   401  unauthenticated
├── ForbiddenError         403  forbidden
├── NotFoundError          404  not_found
├── ConflictError          409  conflict
│   ├── ConversationTakenError   409  conversation_taken    (another agent was first)
│   ├── ConversationNotHeldError 409  conversation_not_held (only who holds it may do this)
│   └── AgentUnavailableError    409  agent_unavailable
├── TooManyRequestsError   429  too_many_requests
├── UnavailableError       503  unavailable
│   └── DrainingError          503  draining
├── ConfigurationError     500  configuration_invalid   (stops start-up)
│   └── SchemaOutdatedError    500  schema_outdated
├── FetchError             502  fetch_failed            (another site's answer)
│   ├── FetchTimeoutError      504  fetch_timeout
│   ├── FetchTooLargeError     502  fetch_too_large
│   └── GitError               502  git_failed
├── GitMissingError        501  git_missing
├── LeaseLostError         409  lease_lost              (a fenced-off writer; never leaves services)
├── TurnSupersededError    409  turn_superseded         (a newer message came first; never leaves services)
├── JobCancelledError      409  job_cancelled           (a person stopped it; never leaves services)
├── JobLostError           409  job_lost                (another worker has it; never leaves services)
└── ModelError             502  model_error             (the gateway's; never reaches a customer)
    ├── ModelTimeoutError      504  model_timeout
    ├── ModelRateLimitedError  429  model_rate_limited
    ├── ModelRejectedError     502  model_rejected
    └── ModelProtocolError     502  model_protocol

``code`` is stable and documented in docs/api/errors.md; ``title`` is for engineers, never shown to a customer.
"""

from typing import ClassVar


class KefuError(Exception):
    """Base of all typed errors. ``detail`` says what to change, without secrets or personal data."""

    code: ClassVar[str] = "internal_error"
    status: ClassVar[int] = 500
    title: ClassVar[str] = "Internal error"

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title


class InvalidInputError(KefuError):
    code = "invalid_input"
    status = 422
    title = "Invalid input"

    def __init__(self, detail: str = "", *, field: str | None = None) -> None:
        super().__init__(detail)
        self.field = field


class MessageTooLongError(InvalidInputError):
    code = "message_too_long"
    title = "Message too long"

    def __init__(self, *, length: int, limit: int) -> None:
        super().__init__(f"The text has {length} characters; the limit is {limit}.", field="text")
        self.length = length
        self.limit = limit


class IdempotencyConflictError(InvalidInputError):
    code = "idempotency_conflict"
    title = "Same client_id, other body"

    def __init__(self, *, client_id: str) -> None:
        super().__init__("This client_id was already used for another message.", field="client_id")
        self.client_id = client_id


class AddressRefusedError(InvalidInputError):
    code = "address_refused"
    title = "Address refused"

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail, field="address")


class SourceEmptyError(InvalidInputError):
    code = "source_empty"
    title = "The source lists nothing"


class BodyTooLargeError(KefuError):
    code = "body_too_large"
    status = 413
    title = "Body too large"

    def __init__(self, *, limit: int) -> None:
        super().__init__(f"A request body has at most {limit} bytes.")
        self.limit = limit


class FileTooLargeError(KefuError):
    code = "file_too_large"
    status = 413
    title = "File too large"

    def __init__(self, *, file: str, limit: int) -> None:
        super().__init__(f"{file} is larger than {limit} bytes.")
        self.file = file
        self.limit = limit


class UnauthenticatedError(KefuError):
    code = "unauthenticated"
    status = 401
    title = "Not authenticated"


class ForbiddenError(KefuError):
    code = "forbidden"
    status = 403
    title = "Not allowed"


class NotFoundError(KefuError):
    code = "not_found"
    status = 404
    title = "Not found"

    def __init__(self, kind: str, key: str) -> None:
        super().__init__(f"No such {kind}: {key}")
        self.kind = kind
        self.key = key


class ConflictError(KefuError):
    code = "conflict"
    status = 409
    title = "Conflict"


class ConversationTakenError(ConflictError):
    code = "conversation_taken"
    title = "Another agent holds the conversation"

    def __init__(self, *, conversation_id: str, agent_name: str) -> None:
        super().__init__(f"{agent_name} holds the conversation {conversation_id}.")
        self.conversation_id = conversation_id
        self.agent_name = agent_name


class ConversationNotHeldError(ConflictError):
    code = "conversation_not_held"
    title = "You do not hold the conversation"

    def __init__(self, *, conversation_id: str) -> None:
        super().__init__(f"Take the conversation {conversation_id} first.")
        self.conversation_id = conversation_id


class AgentUnavailableError(ConflictError):
    code = "agent_unavailable"
    title = "The agent is not online"

    def __init__(self, *, name: str) -> None:
        super().__init__(f"{name} is not online: choose a team, or another agent.")
        self.name = name


class TooManyRequestsError(KefuError):
    code = "too_many_requests"
    status = 429
    title = "Too many requests"

    def __init__(self, *, retry_after: float) -> None:
        super().__init__(f"Try again in {max(1, round(retry_after))} s.")
        self.retry_after = retry_after


class UnavailableError(KefuError):
    code = "unavailable"
    status = 503
    title = "Temporarily unavailable"

    def __init__(self, detail: str = "", *, retry_after: float = 1.0) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class DrainingError(UnavailableError):
    code = "draining"
    title = "The server is shutting down"


class ConfigurationError(KefuError):
    code = "configuration_invalid"
    title = "Configuration invalid"


class SchemaOutdatedError(ConfigurationError):
    code = "schema_outdated"
    title = "Database schema is not current"

    def __init__(self, *, found: str | None, wanted: str) -> None:
        super().__init__(
            f"The database is at schema {found or 'none'}, this version needs {wanted}: run `kefu db upgrade`."
        )
        self.found = found
        self.wanted = wanted


class FetchError(KefuError):
    """Something of another site could not be fetched; the fault is there or on the way."""

    code = "fetch_failed"
    status = 502
    title = "Not fetched"


class FetchTimeoutError(FetchError):
    code = "fetch_timeout"
    status = 504
    title = "The other site was too slow"


class FetchTooLargeError(FetchError):
    code = "fetch_too_large"
    title = "What was fetched is too large"

    def __init__(self, *, limit: int) -> None:
        super().__init__(f"The answer is larger than {limit} bytes.")
        self.limit = limit


class GitError(FetchError):
    code = "git_failed"
    title = "Git failed"


class GitMissingError(KefuError):
    code = "git_missing"
    status = 501
    title = "Git is not installed on this server"


class LeaseLostError(KefuError):
    code = "lease_lost"
    status = 409
    title = "Another writer holds the conversation"

    def __init__(self, *, conversation_id: str, token: int) -> None:
        super().__init__(f"Fencing token {token} of {conversation_id} is no longer valid.")
        self.conversation_id = conversation_id
        self.token = token


class TurnSupersededError(KefuError):
    code = "turn_superseded"
    status = 409
    title = "A newer message came before the turn spoke"

    def __init__(self, *, conversation_id: str) -> None:
        super().__init__(f"A newer message arrived in {conversation_id}.")
        self.conversation_id = conversation_id


class JobCancelledError(KefuError):
    code = "job_cancelled"
    status = 409
    title = "The job was stopped"


class JobLostError(KefuError):
    code = "job_lost"
    status = 409
    title = "Another worker has this job"


class ModelError(KefuError):
    """A model call failed. ``is_retryable`` speaks only about the time before the first token."""

    code = "model_error"
    status = 502
    title = "Model call failed"

    def __init__(self, detail: str = "", *, is_retryable: bool = False, retry_after: float | None = None) -> None:
        super().__init__(detail)
        self.is_retryable = is_retryable
        self.retry_after = retry_after


class ModelTimeoutError(ModelError):
    code = "model_timeout"
    status = 504
    title = "Model was too slow"


class ModelRateLimitedError(ModelError):
    code = "model_rate_limited"
    status = 429
    title = "Model provider limits the rate"


class ModelRejectedError(ModelError):
    """``is_about_request``: another request might be taken (400, 422); otherwise key, address or model are wrong."""

    code = "model_rejected"
    title = "Model provider refused the call"

    def __init__(self, detail: str = "", *, is_about_request: bool = False) -> None:
        super().__init__(detail)
        self.is_about_request = is_about_request


class ModelProtocolError(ModelError):
    code = "model_protocol"
    title = "Model provider broke the protocol"


_MODEL_ERRORS: dict[str, type[ModelError]] = {
    error.code: error
    for error in (ModelError, ModelTimeoutError, ModelRateLimitedError, ModelRejectedError, ModelProtocolError)
}


def to_model_error(code: str) -> ModelError:
    """The error of a model call that was written down by its code."""
    return _MODEL_ERRORS.get(code, ModelError)(code)
