"""Logs, metrics and traces through Powertools. Nothing of a body, a query value or a key is ever
written."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING

from chalicelib.kit.logs import SERVICE, logger

if TYPE_CHECKING:
    from aws_lambda_powertools import Metrics, Tracer

    from chalicelib.kit.http.messages import Request, Response

_NAMESPACE = "Meterlake"


@lru_cache(maxsize=1)
def metrics() -> "Metrics | None":
    """CloudWatch metrics in the embedded format; None outside Lambda, where nobody would read the
    lines."""
    if "AWS_LAMBDA_FUNCTION_NAME" not in os.environ:
        return None
    from aws_lambda_powertools import Metrics

    return Metrics(namespace=_NAMESPACE, service=SERVICE)


def measure(request: "Request", response: "Response", operation: str, elapsed_ms: float) -> None:
    """One access line and, in Lambda, one set of metrics a request."""
    line = logging.makeLogRecord({"name": SERVICE, "levelno": logging.INFO, "levelname": "INFO"})
    line.access = {
        "operation": operation,
        "method": request.method,
        "status": response.status,
        "duration_ms": round(elapsed_ms, 3),
        "request_id": request.request_id,
        "bytes_in": len(request.body),
        "bytes_out": len(response.body),
    }
    # Straight to the handler: finding out which line of ours logs, each time, costs more than the
    # line itself.
    logger().registered_handler.handle(line)
    sink = metrics()
    if sink is not None:
        sink.add_dimension("operation", operation)
        sink.add_metric("Requests", "Count", 1)
        sink.add_metric("Duration", "Milliseconds", elapsed_ms)
        sink.add_metric("Errors", "Count", int(response.status >= 500))
        sink.flush_metrics()


def count(name: str, number: int, stage: str) -> None:
    """Add to a metric of the stage, which an alarm may watch; nothing outside Lambda."""
    if "AWS_LAMBDA_FUNCTION_NAME" not in os.environ:
        return
    from aws_lambda_powertools.metrics import MetricUnit, single_metric

    with single_metric(
        name=name, unit=MetricUnit.Count, value=number, namespace=_NAMESPACE
    ) as metric:
        metric.add_dimension(name="stage", value=stage)


@lru_cache(maxsize=1)
def _tracer() -> "Tracer | None":
    if "AWS_LAMBDA_FUNCTION_NAME" not in os.environ:
        return None
    from aws_lambda_powertools import Tracer

    return Tracer(service=SERVICE)


@contextmanager
def trace_segment(name: str) -> Iterator[None]:
    """A segment of the X-Ray trace around a piece of work; nothing outside Lambda."""
    tracer = _tracer()
    if tracer is None:
        yield
        return
    with tracer.provider.in_subsegment(f"## {name}"):
        yield
