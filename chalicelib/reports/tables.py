"""Tables: any report's answer as CSV, one row a bucket, group and metric, with the same figures as
in JSON."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from chalicelib.kit.sheets import csv_of

Json = Mapping[str, Any]
_NAMES = {
    "startTimestamp": "start",
    "endTimestamp": "end",
    "groupName": "group",
    "metricResult": "value",
}
"""Members of answers and the columns that they are called in a table, where that is another
name."""
_CHARTED = ("data", "dataPoints", "byJobType")
"""Where the rows of an answer stand that has no items."""
_LEFT_OUT = frozenset(("id", "resourceType", "created", "updated", "links", "label"))
"""Members of a metric that say nothing in a table."""


def table_of(body: Json) -> bytes:
    """The rows of an answer as CSV, the header first; columns that no row has are not there."""
    rows = list(_rows(body))
    columns: dict[str, None] = {}
    for row in rows:
        columns.update(dict.fromkeys(row))
    header = list(columns) or ["value"]
    return csv_of(header, (_cells(row, header) for row in rows))


def _cells(row: Json, header: Sequence[str]) -> list[Any]:
    return [row.get(name) for name in header]


def _rows(body: Json) -> Iterator[Json]:
    if "_embedded" not in body:
        name = next((name for name in _CHARTED if name in body), None)
        if name:
            yield from _chart_rows(body[name])
        return
    for item in body["_embedded"]["items"]:
        if isinstance(item, str):
            yield {"value": item}
        elif "groups" in item:
            yield from _bucket_rows(item)
        elif "metrics" in item:
            yield from _metric_rows(item)
        else:
            yield {name: item[name] for name in ("id", "name")}


def _bucket_rows(bucket: Json) -> Iterator[Json]:
    """A row a group and metric of a bucket of time."""
    span = {_NAMES[name]: bucket[name] for name in ("startTimestamp", "endTimestamp")}
    for group in bucket["groups"]:
        for row in _metric_rows(group):
            yield span | row


def _metric_rows(group: Json) -> Iterator[dict[str, Any]]:
    for metric in group["metrics"]:
        row = {"group": group["groupName"], "metric": metric["metricType"]}
        for name, value in metric.items():
            if name not in _LEFT_OUT and name != "metricType":
                row[_NAMES.get(name, name)] = value
        yield row


def _chart_rows(rows: Sequence[Json]) -> Iterator[Json]:
    """Rows of a chart; a list in one, of tools, makes a row of each of its elements."""
    for row in rows:
        plain = {name: value for name, value in row.items() if not isinstance(value, list)}
        inner: list[Json] = []
        for value in row.values():
            if isinstance(value, list):
                inner += value
        for each in inner or [{}]:
            yield {**plain, **each}
