"""/meter/v2/otlp"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from chalicelib.kit.http.bodies import JSON, PROTOBUF
from chalicelib.kit.http.messages import Response
from chalicelib.kit.http.operations import Router
from chalicelib.otlp.answers import (
    OtlpAck,
    OtlpEnvelope,
    acknowledgement,
    export_response,
    wants_protobuf,
)
from chalicelib.otlp.decode import decode, key_of
from chalicelib.otlp.forms import Signal
from chalicelib.otlp.service import take
from chalicelib.otlp.shapes import (
    OtlpLogsRequest,
    OtlpMetricsRequest,
    OtlpRequest,
    OtlpTracesRequest,
    Shape,
)
from functions.families import METER
from functions.seam import Call
from functions.wiring import gateway_handler

OTLP = replace(
    METER, name="otlp", envelope=OtlpEnvelope(), errors=(400, 401, 403, 413, 415, 429, 500, 503)
)
"""Exporters retry a 503 and drop their batch at most other errors."""
router = Router(OTLP, "ingest")
_TRACES, _LOGS, _METRICS = ((signal,) for signal in Signal)
_ALL = tuple(Signal)
Answer = dict[str, Any] | Response


def _key(signals: Sequence[Signal], body: bytes, media: str) -> str:
    return key_of(decode(signals, media, body)) if b"revenium.api_key" in body else ""


def _options(signals: Sequence[Signal], shape: type[Shape]) -> dict[str, Any]:
    """What all operations of OTLP declare."""
    media = (PROTOBUF, JSON)
    return {
        "scope": "metering",
        "media": media,
        "shape": shape,
        "answer": OtlpAck,
        "body_key": partial(_key, signals),
    }


def _take(call: Call[None, bytes], signals: Sequence[Signal]) -> Answer:
    """The answer is of the kind of the request, unless Accept names the other kind alone."""
    export = decode(signals, call.media, call.body)
    result = take(call.world, call.principal, export)
    if wants_protobuf(call.request, call.body):
        return export_response(result)
    sent = [
        signal
        for signal, part in zip(Signal, (export.spans, export.logs, export.metrics), strict=True)
        if part
    ]
    return acknowledgement(result, (sent or signals)[0], call.request, call.world.now())


@router.post(
    "/otlp/v1/traces",
    operation_id="otlp_traces_protobuf",
    aliases=("/v2/otlp/v1/traces",),
    **_options(_TRACES, OtlpTracesRequest),
)
def otlp_traces_protobuf(call: Call[None, bytes]) -> Answer:
    """Take OTLP trace spans."""
    return _take(call, _TRACES)


# An early command-line client wrote the third path into configurations that are still read.
@router.post(
    "/otlp/v1/logs",
    operation_id="otlp_logs_protobuf",
    aliases=("/v2/otlp/v1/logs", "/meter/v2/ai/otlp/v1/logs"),
    **_options(_LOGS, OtlpLogsRequest),
)
def otlp_logs_protobuf(call: Call[None, bytes]) -> Answer:
    """Take OTLP logs."""
    return _take(call, _LOGS)


@router.post(
    "/otlp/v1/metrics",
    operation_id="otlp_metrics_protobuf",
    aliases=("/v2/otlp/v1/metrics",),
    **_options(_METRICS, OtlpMetricsRequest),
)
def otlp_metrics_protobuf(call: Call[None, bytes]) -> Answer:
    """Take OTLP metrics."""
    return _take(call, _METRICS)


@router.post("/otlp", operation_id="otlp_all_signals", **_options(_ALL, OtlpRequest))
def otlp_all_signals(call: Call[None, bytes]) -> Answer:
    """Take any OTLP signals in one request."""
    return _take(call, _ALL)


handler = gateway_handler(router)
