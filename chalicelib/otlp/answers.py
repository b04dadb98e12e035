"""Answers: the acknowledgement and its partial success, and errors, in JSON or in protobuf."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from chalicelib.kit.clock import iso
from chalicelib.kit.errors import MeterlakeError
from chalicelib.kit.http.bodies import JSON, PROTOBUF, media_type
from chalicelib.kit.http.envelopes import ApiEnvelope
from chalicelib.kit.http.messages import Request, Response
from chalicelib.otlp.forms import Signal
from chalicelib.otlp.service import ExportResult

_REJECTED = {
    Signal.TRACES: "rejectedSpans",
    Signal.LOGS: "rejectedLogRecords",
    Signal.METRICS: "rejectedDataPoints",
}
_RPC_CODES = {400: 3, 401: 16, 403: 7, 404: 5, 405: 12, 413: 8, 415: 3, 429: 8, 503: 14}
"""HTTP status → code of google.rpc; any other is INTERNAL."""
_INTERNAL = 13
_SEVEN_BITS, _MORE = 0x7F, 0x80
_BYTES = 2
"""The wire type of texts and messages."""


class PartialSuccess(BaseModel):
    """How many records were refused, and why; the others are stored. 0 comes with what is to be
    said of records that are stored, as the specification of OTLP has it."""

    rejectedSpans: int | None = None
    rejectedLogRecords: int | None = None
    rejectedDataPoints: int | None = None
    errorMessage: str


class OtlpAck(BaseModel):
    """The acknowledgement of an export."""

    id: str
    resourceType: str = Field(description="traces, logs or metrics.")
    processedEvents: int = Field(ge=0, description="Records produced, not records received.")
    created: datetime
    partialSuccess: PartialSuccess | None = Field(
        None, description="Only when records were refused, or more is to be said of them."
    )


class RpcStatus(BaseModel):
    """google.rpc.Status, in protobuf."""

    code: int
    message: str


def wants_protobuf(request: Request, body: bytes) -> bool:
    """Whether an answer is in protobuf: of the kind of its request, unless Accept names the other
    kind alone."""
    accepted = request.headers.get("accept", "").lower()
    takes_protobuf, takes_json = PROTOBUF in accepted, JSON in accepted
    if takes_protobuf is not takes_json:
        return takes_protobuf
    # A body that begins with a brace is JSON, whatever it is called.
    return media_type(request) == PROTOBUF and not body.startswith(b"{")


class OtlpEnvelope(ApiEnvelope):
    """ApiError; in protobuf google.rpc.Status, as the specification of OTLP wants it."""

    def render(self, error: MeterlakeError, request: Request) -> Response:
        """The error in the encoding of a good answer."""
        response = super().render(error, request)
        if not wants_protobuf(request, request.body):
            return response
        status = _message(_RPC_CODES.get(error.status, _INTERNAL), error.message.encode())
        return Response(response.status, status, PROTOBUF, response.headers)

    def models(self, status: int) -> Mapping[str, type[BaseModel]]:
        """Both encodings."""
        return {**super().models(status), PROTOBUF: RpcStatus}


def acknowledgement(
    result: ExportResult, signal: Signal, request: Request, now: int
) -> dict[str, Any]:
    """The answer in JSON (OtlpAck); `now` in epoch ms."""
    ack: dict[str, Any] = {
        "id": request.request_id,
        "resourceType": signal,
        "processedEvents": result.processed,
        "created": iso(now),
    }
    refused: dict[str, Any] = {}
    for each, rejects in result.rejects.items():
        if rejects.message:
            refused[_REJECTED[each]] = rejects.number
    if refused:
        ack["partialSuccess"] = {**refused, "errorMessage": _problems(result)}
    return ack


def export_response(result: ExportResult) -> Response:
    """The answer in protobuf. The responses of all signals are the same on the wire, and empty when
    all is well."""
    refused = sum(rejects.number for rejects in result.rejects.values())
    problems = _problems(result)
    body = _message(_message(refused, problems.encode())) if problems else b""
    return Response(200, body, PROTOBUF)


def _problems(result: ExportResult) -> str:
    return "; ".join(filter(None, (rejects.message for rejects in result.rejects.values())))


def _message(*values: int | bytes) -> bytes:
    """A protobuf message of the fields 1, 2 …: google.rpc is not among the classes that
    opentelemetry-proto brings."""
    parts = []
    for number, value in enumerate(values, 1):
        if isinstance(value, int):
            parts += [_varint(number << 3), _varint(value)]
        else:
            parts += [_varint(number << 3 | _BYTES), _varint(len(value)), value]
    return b"".join(parts)


def _varint(number: int) -> bytes:
    digits = bytearray()
    while number > _SEVEN_BITS:
        digits.append(number & _SEVEN_BITS | _MORE)
        number >>= 7
    digits.append(number)
    return bytes(digits)
