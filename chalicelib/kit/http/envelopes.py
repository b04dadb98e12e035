"""Error envelopes: how each family of operations writes an error."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from chalicelib.kit.clock import iso, now_ms
from chalicelib.kit.errors import Fault, Invalid, InvalidTeamId, MeterlakeError
from chalicelib.kit.http.messages import Request, Response, phrase
from chalicelib.kit.jsontext import dumps

PROBLEM = "application/problem+json"


class Envelope(Protocol):
    """Renders an error, and tells the OpenAPI document which models it uses at a status."""

    def render(self, error: MeterlakeError, request: Request) -> Response:
        """The answer for an error."""

    def models(self, status: int) -> Mapping[str, type[BaseModel]]:
        """The body models of a status by media type."""


class _Wire(BaseModel):
    """Built at first use: a function that is being started has no error to tell."""

    model_config = ConfigDict(defer_build=True)


class ApiErrorEntry(_Wire):
    """One fault."""

    code: str
    field: str
    message: str


class ApiError(_Wire):
    """The error envelope of the metering and platform operations."""

    model_config = ConfigDict(extra="allow")

    timestamp: datetime
    status: int
    error: str
    code: str = Field(description="machine-readable")
    message: str
    path: str
    details: dict[str, Any] = Field(description="message by field; clients show the first one")
    docsUrl: str | None = None
    errors: list[ApiErrorEntry]
    retryAfterSeconds: int | None = None
    requestId: str


class IdempotencyError(ApiError):
    """The 409 of an Idempotency-Key; the machine code also stands in `error` and
    `errors[0].code`."""

    code: (
        Literal[
            "idempotency_key_mismatch", "idempotency_key_in_progress", "invalid_idempotency_key"
        ]
        | str
    )


class AnalyticsError(_Wire):
    """The plain error of the analytics operations."""

    code: Literal[
        "INVALID_TEAM_ID",
        "UNAUTHORIZED",
        "FORBIDDEN",
        "TEAM_NOT_IN_MEMBERSHIP",
        "INTERNAL_SERVER_ERROR",
    ]
    message: str
    requestId: str


class AnalyticsProblemEntry(_Wire):
    """One fault: what was wrong where, what came, and what could have come."""

    path: list[str | int] | str
    field: str
    message: str
    received: Any = None
    options: list[Any] = []


ProblemCode = Literal[
    "VALIDATION_ERROR",
    "INVALID_INPUT",
    "INVALID_IDEMPOTENCY_KEY",
    "AI_RECOMMENDATIONS_DISABLED",
    "NOT_FOUND",
    "IDEMPOTENCY_KEY_CONFLICT",
    "IDEMPOTENCY_REQUEST_IN_PROGRESS",
    "RUN_IN_PROGRESS",
    "RATE_LIMITED",
    "INTERNAL_ERROR",
    "ANALYSIS_UNAVAILABLE",
    "MISSING_CONFIG",
    "IDEMPOTENCY_BACKEND_UNAVAILABLE",
    "METHOD_NOT_ALLOWED",
    "PAYLOAD_TOO_LARGE",
    "UNSUPPORTED_MEDIA_TYPE",
    "ENGINE_BUSY",
    "SERVICE_UNAVAILABLE",
    "REQUEST_TIMEOUT",
]


class AnalyticsProblem(_Wire):
    """RFC 7807 problem of the analytics operations."""

    type: str
    title: str
    status: int
    detail: str
    instance: str | None = None
    code: ProblemCode
    errors: list[AnalyticsProblemEntry] = []
    requestId: str


class Unread(Invalid):
    """Query or body break the operation's models (400); every fault of both in one answer."""

    def __init__(self, query: Sequence[Fault], body: Sequence[Fault]) -> None:
        faults = [*query, *body]
        first = f"{faults[0].field}: {faults[0].message}" if faults[0].field else faults[0].message
        more = "" if len(faults) == 1 else f" (and {len(faults) - 1} more, see errors)"
        super().__init__(first + more, faults=faults)
        self.query, self.body = query, body


def _headers(error: MeterlakeError) -> dict[str, str]:
    """What the error says beside its body: when to come again, which methods there are (`allow`,
    RFC 9110)."""
    allow: Sequence[str] = getattr(error, "allow", ())
    headers = {"Allow": ", ".join(allow)} if allow else {}
    return (
        headers if error.retry_after is None else headers | {"Retry-After": str(error.retry_after)}
    )


class ApiEnvelope:
    """ApiError for everything; IdempotencyError where a 409 may come from an Idempotency-Key."""

    def render(self, error: MeterlakeError, request: Request) -> Response:
        """One JSON object; `details` maps fields to messages because the command-line clients print
        its first value."""
        body: dict[str, Any] = {
            "timestamp": iso(now_ms()),
            "status": error.status,
            "error": error.reason or phrase(error.status),
            "code": error.code,
            "message": self._message(error),
            "path": request.path,
            "details": self._details(error),
            "errors": [
                self._entry(fault)
                for fault in error.faults or (Fault("", error.message, error.code),)
            ],
            "requestId": request.request_id,
        }
        if error.retry_after is not None:
            body["retryAfterSeconds"] = error.retry_after
        return Response(error.status, dumps(body | dict(error.shown)), headers=_headers(error))

    def _message(self, error: MeterlakeError) -> str:
        return error.message

    def _details(self, error: MeterlakeError) -> dict[str, Any]:
        return {fault.field or "body": fault.message for fault in error.faults}

    @staticmethod
    def _entry(fault: Fault) -> dict[str, str]:
        return {"code": fault.code, "field": fault.field, "message": fault.message}

    def models(self, status: int) -> Mapping[str, type[BaseModel]]:
        """ApiError, whatever the status."""
        return {"application/json": IdempotencyError if status == HTTPStatus.CONFLICT else ApiError}


class PlatformEnvelope(ApiEnvelope):
    """ApiError in the words that clients of the platform operations know: `Failed to convert …`
    for a parameter, `Invalid JSON format` for a body, whose faults all stand in details.error,
    which is what they print."""

    def _message(self, error: MeterlakeError) -> str:
        if not isinstance(error, Unread):
            return error.message
        if error.body:
            return f"Invalid JSON format: {error.message}"
        worst = error.query[0]
        if worst.code == "MISSING":
            return f"Missing request parameter: {worst.field}"
        return (
            f"Failed to convert value for {worst.field} from value [{worst.received}]: "
            f"{worst.message}"
        )

    def _details(self, error: MeterlakeError) -> dict[str, Any]:
        details = super()._details(error)
        if not (isinstance(error, Unread) and error.body):
            return details
        return {
            "error": "; ".join(f"{fault.field or 'body'}: {fault.message}" for fault in error.body),
            **details,
        }


class AnalyticsEnvelope:
    """{code, message} for keys, teams and unexpected failures; a problem for everything else."""

    def render(self, error: MeterlakeError, request: Request) -> Response:
        """Plain or problem, by the kind of error."""
        is_plain = error.status in (401, 403, 500) or isinstance(error, InvalidTeamId)
        if is_plain and not error.problem:
            code = (
                "INTERNAL_SERVER_ERROR"
                if error.status == HTTPStatus.INTERNAL_SERVER_ERROR
                else error.code
            )
            plain = {"code": code, "message": error.message, "requestId": request.request_id}
            return Response(error.status, dumps(plain), headers=_headers(error))
        problem = {
            "type": "about:blank",
            "title": phrase(error.status),
            "status": error.status,
            "detail": error.message,
            "instance": request.path,
            "code": self._code(error),
            "errors": [self._entry(fault) for fault in error.faults],
            "requestId": request.request_id,
        }
        return Response(error.status, dumps(problem), PROBLEM, _headers(error))

    @staticmethod
    def _code(error: MeterlakeError) -> str:
        if error.problem:
            return error.problem
        return Invalid.code if error.status == HTTPStatus.BAD_REQUEST else error.code

    @staticmethod
    def _entry(fault: Fault) -> dict[str, Any]:
        entry: dict[str, Any] = {
            "path": fault.field.split("."),
            "field": fault.field,
            "message": fault.message,
        }
        return entry | {"received": fault.received, "options": list(fault.options)}

    def models(self, status: int) -> Mapping[str, type[BaseModel]]:
        """Both shapes where both may come."""
        plain: dict[str, type[BaseModel]] = {"application/json": AnalyticsError}
        problem: dict[str, type[BaseModel]] = {PROBLEM: AnalyticsProblem}
        if status == HTTPStatus.UNAUTHORIZED:
            return plain
        return plain | problem if status in (400, 403, 500) else problem
