"""Tables: any report's answer as CSV, one row a bucket, group and metric, with the same figures as
in JSON."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from io import StringIO
from typing import Any

Json = Mapping[str, Any]
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A text that begins so is a formula to a spreadsheet, whoever wrote it; an apostrophe before makes
it text again."""
_NAMES = {
    "startTimestamp": "start",
    "endTimestamp": "end",
    "groupName": "group",
    "metricResult": "value",
}
_CHARTED = ("data", "dataPoints", "byJobType")
"""Where the rows of an answer stand that has no items."""
_LEFT_OUT = frozenset(("id", "resourceType", "created", "updated", "links", "label"))
"""Members of a metric that say nothing in a table."""


def csv_of(body: Json) -> bytes:
    """The rows of an answer as UTF-8 text (RFC 4180), the header first; columns that no row has are
    not there."""
    rows = list(_rows(body))
    columns = list(dict.fromkeys(name for row in rows for name in row)) or ["value"]
    sheet = StringIO()
    writer = csv.writer(sheet)
    writer.writerow(columns)
    writer.writerows([_cell(row.get(name)) for name in columns] for row in rows)
    return sheet.getvalue().encode()


def _rows(body: Json) -> Iterator[Json]:
    if "_embedded" not in body:
        yield from _flat(next((body[name] for name in _CHARTED if name in body), ()))
        return
    for item in body["_embedded"]["items"]:
        if isinstance(item, str):
            yield {"value": item}
        elif "groups" in item:
            span = {_NAMES[name]: item[name] for name in ("startTimestamp", "endTimestamp")}
            yield from (span | row for group in item["groups"] for row in _metrics(group))
        elif "metrics" in item:
            yield from _metrics(item)
        else:
            yield {name: item[name] for name in ("id", "name")}


def _metrics(group: Json) -> Iterator[dict[str, Any]]:
    for metric in group["metrics"]:
        shown = {
            _NAMES.get(name, name): value for name, value in metric.items() if name not in _LEFT_OUT
        }
        yield {"group": group["groupName"], "metric": shown.pop("metricType"), **shown}


def _flat(rows: Sequence[Json]) -> Iterator[Json]:
    """Rows of a chart; a list in one, of tools, makes a row of each of its elements."""
    for row in rows:
        plain = {name: value for name, value in row.items() if not isinstance(value, list)}
        inner = [each for value in row.values() if isinstance(value, list) for each in value]
        yield from ({**plain, **each} for each in inner or [{}])


def _cell(value: Any) -> str:  # noqa: ANN401 - any value of JSON
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value:f}"
    text = str(value)
    return "'" + text if isinstance(value, str) and text.startswith(_FORMULA) else text
