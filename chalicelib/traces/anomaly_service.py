"""Verbs of anomalies: the list of them, and how many there are."""

from chalicelib.kit.http.messages import Request
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.reports.asking import Asker
from chalicelib.reports.facts import CALLS
from chalicelib.reports.service import Answer
from chalicelib.resources.hal import build_page, self_link
from chalicelib.traces.anomalies import SORTED_BY, AnomalySearch, count_anomalies, find_anomalies
from chalicelib.traces.percentiles import Thresholds, TracePercentile, find_thresholds
from chalicelib.traces.presenting import PATH, Json
from chalicelib.traces.queries import AnomalyCountQuery, AnomalyQuery, order_by
from chalicelib.traces.totals import TraceSelection, count_flat_plan

EMBEDDED_ANOMALIES = "anomalousTraceResourceList"


def page_anomalies(world: World, team: Scope, query: AnomalyQuery, asked: Request) -> Answer:
    """A page of anomalies. Raises Invalid, EngineBusy."""
    asker = Asker.of(world, team)
    selection = query.select(world, team)
    order = order_by(query, SORTED_BY, "anomaly", "trace_id, metric")
    thresholds = find_thresholds(asker, selection)
    search = AnomalySearch(
        selection=selection,
        thresholds=thresholds,
        metrics=query.metrics,
        percentile=query.percentile,
    )
    rows, total = find_anomalies(asker, search, order, query.request)
    body = build_page(asked, query.request, EMBEDDED_ANOMALIES, rows, total)
    return _answer(asker, selection, thresholds, body)


def tell_counts(world: World, team: Scope, query: AnomalyCountQuery) -> Answer:
    """How many traces are above each percentile of one metric. Raises Invalid, EngineBusy."""
    asker = Asker.of(world, team)
    selection, metric = query.select(world, team), query.metricType
    thresholds = find_thresholds(asker, selection)
    counts = count_anomalies(asker, selection, thresholds)[metric]
    told: list[Json] = []
    for each in TracePercentile:
        threshold = thresholds.by_metric[metric][each] if thresholds.traces else None
        told.append(
            {
                "percentile": each,
                "thresholdValue": threshold.shown(metric) if threshold else None,
                "anomalyCount": counts[each],
            }
        )
    body: Json = {
        "id": metric,
        "resourceType": "ai.trace.anomaly.metrics",
        "label": f"Traces that stand out by {metric.lower().replace('_', ' ')}",
        "metricType": metric,
        "totalTraces": thresholds.traces,
        **{f"{each.lower()}Count": counts[each] for each in TracePercentile},
        "percentiles": told,
        "_links": self_link(f"{PATH}/anomalies/metrics"),
    }
    return _answer(asker, selection, thresholds, body)


def _answer(asker: Asker, selection: TraceSelection, thresholds: Thresholds, body: Json) -> Answer:
    return Answer(
        body=body,
        coverage={CALLS.noun: thresholds.coverage},
        incomplete=sorted(asker.incomplete),
        left_out=count_flat_plan(asker, selection),
    )
