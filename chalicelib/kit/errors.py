"""The root of all errors that a caller may see; each subclass knows its status and its machine
code."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a request. `field` is a dotted path as the caller wrote it; `options`
    what was possible."""

    field: str
    message: str
    code: str = "INVALID"
    received: Any = None
    options: Sequence[Any] = ()


class MeterlakeError(Exception):
    """Raised by the rules; rendered by the family of the URL it happened under
    (kit/http/errors.py)."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "INTERNAL_ERROR"
    retry_after: ClassVar[int | None] = None
    """Seconds, sent as the Retry-After header."""
    reason: ClassVar[str] = ""
    """Stands in the `error` member instead of the status phrase, for clients that look for a code
    there."""
    problem: ClassVar[str] = ""
    """The code of the problem (RFC 7807) that the analytics operations answer, whatever the status;
    empty: `code`, where the status is answered with a problem."""
    shown: Mapping[str, Any] = {}
    """Further members of an ApiError, over those that it has anyway."""

    def __init__(self, message: str, *, faults: Sequence[Fault] = (), field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.faults: Sequence[Fault] = faults or (
            (Fault(field, message, self.code),) if field else ()
        )


class Invalid(MeterlakeError):
    """The request breaks its schema or a rule about its values (400); carries every fault at
    once."""

    status, code = 400, "VALIDATION_ERROR"


class Unauthorized(MeterlakeError):
    """No key, or a key nobody owns (401)."""

    status, code = 401, "UNAUTHORIZED"


class Forbidden(MeterlakeError):
    """The key is known, but may not do this (403)."""

    status, code = 403, "FORBIDDEN"


class TeamNotInMembership(Forbidden):
    """The key belongs to another team than the one that was named (403)."""

    code = "TEAM_NOT_IN_MEMBERSHIP"


class InvalidTeamId(MeterlakeError):
    """The team id is not one of ours in form (400)."""

    status, code = 400, "INVALID_TEAM_ID"


class NotFound(MeterlakeError):
    """There is no such path or record (404)."""

    status, code = 404, "NOT_FOUND"


class MethodNotAllowed(MeterlakeError):
    """The path exists, the method does not (405). `allow` are the methods that do."""

    status, code = 405, "METHOD_NOT_ALLOWED"
    allow: Sequence[str] = ()

    def __init__(self, message: str, allow: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.allow = allow or self.allow


class TooLarge(MeterlakeError):
    """The body, packed or unpacked, is over the limit (413)."""

    status, code = 413, "PAYLOAD_TOO_LARGE"


class UnsupportedMedia(MeterlakeError):
    """The body is of a type that this operation does not read (415)."""

    status, code = 415, "UNSUPPORTED_MEDIA_TYPE"


class Throttled(MeterlakeError):
    """We are asked for more than we can take at this moment (429, worth a retry)."""

    status, code, retry_after = 429, "RATE_LIMITED", 1


class RequestTimeout(MeterlakeError):
    """The body ended before it was complete, or did not come in time (408)."""

    status, code = 408, "REQUEST_TIMEOUT"


class Unavailable(MeterlakeError):
    """There is too much to do at this moment, or the storage does not take it (503, worth a retry).
    Exporters keep what they could not deliver with this status, and drop it with a 500."""

    status, code, retry_after = 503, "SERVICE_UNAVAILABLE", 5
