"""Anomalies: traces that are above a percentile of all that are asked about, in cost, duration or
number of calls."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chalicelib.kit.clock import iso
from chalicelib.kit.pages import PageRequest
from chalicelib.lake.sql import Sql, join_sql, select_from
from chalicelib.reports.asking import Asker
from chalicelib.reports.measures import quotient
from chalicelib.traces.percentiles import (
    DIGITS,
    VALUES,
    Threshold,
    Thresholds,
    TraceMetric,
    TracePercentile,
    shown_value,
)
from chalicelib.traces.presenting import Json, link_to, usd
from chalicelib.traces.rows import read_rows
from chalicelib.traces.totals import TRACE_COLUMNS, TraceSelection, ask_traces

SORTED_BY = {
    "metricValue": "shown",
    "metricType": "metric",
    "startTime": "begun",
    "totalCost": "cost_nano",
    "traceDuration": "duration_ms",
    "transactionCount": "calls",
    "traceId": "trace_id",
    "traceType": "trace_type",
    "traceName": "trace_name",
}
"""The columns of anomalies, by the members that they can be sorted by."""
_SEVERITIES = {"P99": "HIGH", "P95": "MEDIUM"}
_METRICS = tuple(TraceMetric)


@dataclass(frozen=True, slots=True)
class AnomalySearch:
    """Which anomalies: traces of a selection, of which these are the `thresholds`, by some metrics,
    above one percentile (None: above P75, and each is named by the highest that it is above)."""

    selection: TraceSelection
    thresholds: Thresholds
    metrics: Sequence[TraceMetric]
    percentile: TracePercentile | None = None

    @property
    def least(self) -> TracePercentile:
        """The percentile that all of them are above."""
        return self.percentile or TracePercentile.P75


def find_anomalies(
    asker: Asker, search: AnomalySearch, order: str, page: PageRequest
) -> tuple[list[Json], int]:
    """A page of anomalies as they are shown, and how many there are. Raises EngineBusy."""
    if not search.thresholds.traces:
        return [], 0
    shown = [*TRACE_COLUMNS, "metric", "value", "count(*) over () as anomalies"]
    skip = page.number * page.size

    def cut(traces: Sql) -> Sql:
        rows = _above(traces, search)
        tail = f" order by {order} offset {skip} limit {page.size}"
        return select_from(shown, rows) + Sql(tail)

    result = ask_traces(asker, search.selection, cut)
    rows = read_rows(shown, result.rows) if result else []
    anomalies = [_show(row, search) for row in rows]
    if rows or not skip:
        return anomalies, int(rows[0][shown[-1]]) if rows else 0
    counts = count_anomalies(asker, search.selection, search.thresholds)
    return [], sum(counts[metric][search.least] for metric in search.metrics)


def _above(traces: Sql, search: AnomalySearch) -> Sql:
    """A row a trace and metric that is above its threshold."""
    chosen = [(number, each) for number, each in enumerate(_METRICS) if each in search.metrics]
    numbers = " union all ".join(f"select {number} as metric" for number, _ in chosen)
    value, scaled, bound = Sql("case metric"), Sql("case metric"), Sql("case metric")
    for number, metric in chosen:
        value += Sql(f" when {number} then {VALUES[metric]}")
        unit = "0.000000001" if metric in DIGITS else "1"
        scaled += Sql(f" when {number} then cast({VALUES[metric]} as double) * {unit}")
        least = search.thresholds.by_metric[metric][search.least].whole
        bound += Sql(f" when {number} then cast(? as bigint)", (least,))
    columns = [Sql("*"), value + Sql(" end as value"), scaled + Sql(" end as shown")]
    columns.append(bound + Sql(" end as bound"))
    pairs = Sql("(select * from ") + traces + Sql(f" cross join ({numbers}))")
    rows = Sql("(select ") + join_sql(", ", columns) + Sql(" from ") + pairs + Sql(")")
    return Sql("(select * from ") + rows + Sql(" where value > bound)")


def count_anomalies(
    asker: Asker, selection: TraceSelection, thresholds: Thresholds
) -> Mapping[TraceMetric, Mapping[TracePercentile, int]]:
    """How many traces are above each percentile of each metric. Raises EngineBusy."""
    columns: list[Sql] = []
    for metric, by_percentile in thresholds.by_metric.items():
        for threshold in by_percentile.values():
            above = f"sum(case when {VALUES[metric]} > cast(? as bigint) then 1 else 0 end)"
            columns.append(Sql(above, (threshold.whole,)))
    if not columns:
        return {metric: dict.fromkeys(TracePercentile, 0) for metric in TraceMetric}

    def count(traces: Sql) -> Sql:
        return Sql("select ") + join_sql(", ", columns) + Sql(" from ") + traces

    result = ask_traces(asker, selection, count)
    told = iter(result.rows[0] if result else ())
    counts: dict[TraceMetric, dict[TracePercentile, int]] = {}
    for metric in thresholds.by_metric:
        counts[metric] = {each: int(str(next(told) or 0)) for each in TracePercentile}
    return counts


def _show(row: Mapping[str, Any], search: AnomalySearch) -> Json:
    metric = _METRICS[row["metric"]]
    value = int(row["value"])
    by_percentile = search.thresholds.by_metric[metric]
    highest = max(each for each in TracePercentile if value > by_percentile[each].whole)
    percentile = search.percentile or highest
    threshold: Threshold = by_percentile[percentile]
    above = value * 100 - threshold.hundredths
    return {
        "id": f"{row['trace_id']}:{metric}",
        "resourceType": "ai.trace.anomaly",
        "label": row["trace_name"] or row["trace_id"],
        "traceId": row["trace_id"],
        "traceType": row["trace_type"],
        "traceName": row["trace_name"],
        "startTime": iso(row["begun"]),
        "metricType": metric,
        "metricValue": shown_value(metric, value),
        "percentile": percentile,
        "thresholdValue": threshold.shown(metric),
        "deviationPercentage": quotient(above * 100, threshold.hundredths),
        "severity": _SEVERITIES.get(highest, "LOW"),
        "totalCost": usd(row["cost_nano"]),
        "unpricedCount": row["calls"] - row["priced"],
        "traceDuration": row["duration_ms"],
        "transactionCount": row["calls"],
        "_links": link_to(row["trace_id"]),
    }
