"""Generating: the numbers of a chart."""

from collections.abc import Sequence
from dataclasses import replace

from chalicelib.charts.frames import Frame, frame_before, frame_of, list_metrics
from chalicelib.charts.limiting import tally_budgets
from chalicelib.charts.metrics import METRICS, SHARES, Source
from chalicelib.charts.missing import count_flat_plan, count_unrated, cover, list_unread
from chalicelib.charts.percentiles import Percentiles
from chalicelib.charts.ranking import rank
from chalicelib.charts.schemas import ChartConfiguration, ChartMetricSelection
from chalicelib.charts.series import Drawn, figure_of, list_categories, list_series, mark_before
from chalicelib.charts.spending import tally_costs_of_jobs
from chalicelib.charts.tallying import Tally, read_tally
from chalicelib.charts.vocabulary import Axis, ChartDimension
from chalicelib.charts.working import tally_jobs
from chalicelib.kit.clock import iso
from chalicelib.kit.windows import Window
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.reports.asking import Asker
from chalicelib.reports.facts import CALLS
from chalicelib.reports.service import Answer, Coverage, fold_spellings

_NAMED = 20
"""Groups that are named unless a chart says otherwise."""


def generate(world: World, tenant: Scope, team: Scope, configuration: ChartConfiguration) -> Answer:
    """See ChartData; beside it, what figures of money miss. Raises Invalid, TooMany, EngineBusy."""
    frame = frame_of(configuration, world.now())
    asker = Asker.of(world, team)
    spans = [frame, frame_before(frame)] if configuration.comparePrevious else [frame]
    metrics = list_metrics(configuration)
    told = [_draw(asker, tenant, span, *each) for span in spans for each in metrics]
    if frame.group_by is ChartDimension.PROVIDER:
        told = _fold(told)
    named, rest = rank(told[: len(metrics)], told[len(metrics) :], configuration.limit or _NAMED)
    told = [replace(each, tally=each.tally.settle(named, rest)) for each in told]
    drawn, former = told[: len(metrics)], told[len(metrics) :]
    series = list_series(frame, drawn, named, rest)
    if former:
        series += mark_before(list_series(spans[-1], former, named, rest), frame)
    primary, coverage = drawn[0], cover(drawn)
    whole = primary.tally.whole(primary.tally.groups())
    window = Window(spans[-1].window.start, frame.window.end)
    body = {
        "chartType": configuration.chartType,
        "mode": frame.mode,
        "categories": list_categories(frame, primary, named, rest),
        "series": series,
        "timeGrain": frame.grain if frame.is_cut else None,
        "startDate": iso(frame.window.start),
        "endDate": iso(frame.window.end),
        "total": figure_of(primary, whole, whole, len(frame.buckets)),
        "unpricedCount": coverage.unpriced if coverage else None,
        "unratedCount": count_unrated(told),
        "unreadDays": list_unread(asker, told, window),
    }
    if coverage is None:
        return Answer(body, {}, sorted(asker.incomplete))
    if before := cover(former):
        coverage = Coverage(*map(sum, zip(coverage, before, strict=True)))
    left_out = count_flat_plan(asker, window, frame.selected)
    return Answer(body, {CALLS.noun: coverage}, sorted(asker.incomplete), left_out=left_out)


def _draw(
    asker: Asker, tenant: Scope, frame: Frame, axis: Axis, told: ChartMetricSelection
) -> Drawn:
    metric, calculation = METRICS[told.baseMetric], told.calculationType
    tally: Tally | Percentiles
    if calculation in SHARES:
        tally = Percentiles(asker, frame, metric, calculation).read()
    elif metric.source is Source.SPENDING:
        tally = tally_costs_of_jobs(asker, tenant, frame, metric, calculation)
    elif metric.source is Source.JOBS:
        tally = tally_jobs(asker, tenant, frame, metric, calculation)
    elif metric.source is Source.BUDGETS:
        tally = tally_budgets(asker, frame, metric, calculation)
    else:
        tally = read_tally(asker, frame, metric, calculation)
    return Drawn(axis, metric, calculation, tally)


def _fold(told: Sequence[Drawn]) -> list[Drawn]:
    """The spellings of one provider are one group, as they are in reports."""
    renames = fold_spellings(group for each in told for group in each.tally.groups())
    return [replace(each, tally=each.tally.fold(renames)) for each in told]
