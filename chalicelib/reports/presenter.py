"""The presenter: rows to the contract's envelopes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import count
from secrets import token_hex
from typing import Any

from chalicelib.kit.clock import iso, millis
from chalicelib.kit.pages import PageRequest, links, page_block
from chalicelib.kit.windows import Bucket, Interval, Window
from chalicelib.ports.engine import Value
from chalicelib.reports.catalogue import Report
from chalicelib.reports.measures import Measure, figure

Json = dict[str, Any]
RUNS = "runs"


@dataclass(frozen=True, slots=True)
class Figure:
    """The figure of one group, in a bucket that starts at `bucket` (ms; 0 in a total)."""

    bucket: int
    name: str
    value: Decimal
    calls: int
    unpriced: int


@dataclass(frozen=True, slots=True)
class Frame:
    """What surrounds the items of an answer. `query` are the parameters that links repeat."""

    report: Report
    window: Window
    page: PageRequest
    path: str
    query: Sequence[tuple[str, str]]
    now: int


def figures(measure: Measure, rows: Iterable[Sequence[Value]]) -> list[Figure]:
    """The builder's rows, read."""
    return [_figure(measure, *row) for row in rows]


def _figure(measure: Measure, bucket: Value, name: Value, calls: Value, priced: Value, value: Value) -> Figure:
    called, known = _integer(calls), _integer(priced)
    start = millis(bucket) if isinstance(bucket, datetime) else 0
    exact = None if value is None else _integer(value)
    return Figure(start, str(name), figure(measure, exact, known), called, called - known)


def _integer(value: Value) -> int:
    if not isinstance(value, int):
        raise TypeError(f"the engine answered {value!r} where an integer was asked for")
    return value


def series(frame: Frame, interval: Interval, found: Sequence[Figure]) -> Json:
    """A report over time, paged by bucket: every bucket of the window, and in each every group, zeros included."""
    buckets = list(frame.window.buckets(interval))
    names = ranked(found)
    values = {(each.bucket, each.name): each.value for each in found}
    metrics = _Metrics(frame)
    items = [_bucket(metrics, bucket, names, values) for bucket in frame.page.cut(buckets)]
    return _envelope(frame, "metric_timeseries", items, len(buckets))


def _bucket(
    metrics: "_Metrics", bucket: Bucket, names: Sequence[str], values: Mapping[tuple[int, str], Decimal]
) -> Json:
    groups = [
        {"groupName": name, "metrics": [metrics.cost(values.get((bucket.start, name), Decimal(0)))]} for name in names
    ]
    return {"startTimestamp": iso(bucket.start), "endTimestamp": iso(bucket.end), "groups": groups}


def total(frame: Frame, found: Sequence[Figure]) -> Json:
    """A report over the whole window, paged by group, the largest first."""
    metrics = _Metrics(frame)
    by_name = {each.name: each for each in found}
    items = [metrics.group(by_name[name]) for name in frame.page.cut(ranked(found))]
    return _envelope(frame, "metric_aggregated", items, len(found))


def ranked(found: Iterable[Figure]) -> list[str]:
    """Names of groups by the sum of their figures, the largest first, equal ones by name."""
    sums: dict[str, Decimal] = {}
    for each in found:
        sums[each.name] = sums.get(each.name, Decimal(0)) + each.value
    return sorted(sums, key=lambda name: (-sums[name], name))


class _Metrics:
    """Makes the metric objects of one answer; their ids are fresh in every answer and unique within it."""

    def __init__(self, frame: Frame) -> None:
        self._report = frame.report
        self._created = iso(frame.now)
        self._prefix, self._numbers = token_hex(8), count(1)

    def _metric(self, label: str, name: str, value: Decimal) -> Json:
        return {
            "id": f"{self._prefix}-{next(self._numbers)}",
            "resourceType": "metric",
            "label": label,
            "metricType": name,
            "metricResult": value,
            "created": self._created,
            "updated": None,
            "links": {},
        }

    def cost(self, value: Decimal) -> Json:
        """The cost of a group."""
        return self._metric("Cost", self._report.metric, value)

    def group(self, found: Figure) -> Json:
        """A group of a total. One metric, as clients add up all of a group; a second one only where they expect it."""
        runs = [self._metric("Runs", RUNS, Decimal(found.calls))] if self._report.runs else []
        return {"groupName": found.name, "metrics": [self.cost(found.value), *runs]}


def _envelope(frame: Frame, resource_type: str, items: Sequence[Json], elements: int) -> Json:
    return {
        "id": frame.report.slug,
        "resourceType": resource_type,
        "label": frame.report.label,
        "created": iso(frame.now),
        "updated": None,
        "period": {"start": iso(frame.window.start), "end": iso(frame.window.end)},
        "_embedded": {"items": items},
        "page": page_block(frame.page, elements),
        "_links": links(frame.path, frame.query, frame.page, elements),
    }
