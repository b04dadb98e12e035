"""Frames: what a chart shows, before anything is known of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from chalicelib.budgets.records import RuleFilter
from chalicelib.budgets.selecting import compare
from chalicelib.budgets.vocabulary import AlertDimension, AlertFilterOperator
from chalicelib.charts.catalogue import find_grouping
from chalicelib.charts.metrics import METRICS, OF_CALLS
from chalicelib.charts.schemas import ChartConfiguration, ChartFilter, ChartMetricSelection
from chalicelib.charts.spans import bucket_of, buckets_of, grain_of, window_of
from chalicelib.charts.vocabulary import (
    IMPLIED_MODES,
    Axis,
    ChartDimension,
    ChartMode,
    ChartTimeGrain,
    ChartType,
)
from chalicelib.kit.errors import Fault, Invalid
from chalicelib.kit.windows import Window
from chalicelib.reports.service import window_before

UNCLASSIFIED, OTHER = "UNCLASSIFIED", "Other"
"""The group of what has no value, and that of all groups that are not named."""


@dataclass(frozen=True, slots=True)
class Selected:
    """Which calls a chart is about, and how they are grouped."""

    filters: Sequence[RuleFilter]
    group_by: AlertDimension | None


@dataclass(frozen=True, slots=True)
class Frame:
    """What a chart shows: its time, how that is cut, and by what it is grouped."""

    configuration: ChartConfiguration
    mode: ChartMode
    window: Window
    grain: ChartTimeGrain
    filters: Sequence[ChartFilter]
    group_by: ChartDimension | None

    @property
    def buckets(self) -> Sequence[int]:
        """The starts of its buckets."""
        return buckets_of(self.window, self.grain)

    @property
    def is_cut(self) -> bool:
        """Whether it shows buckets, and not all of its time as one."""
        return self.mode is ChartMode.TIME

    @property
    def selected(self) -> Selected:
        """The calls that it is about: those that have what its filters and groups tell of."""
        filters = [
            RuleFilter.of(each.model_dump()) for each in self.filters if each.dimension in OF_CALLS
        ]
        group_by = self.group_by if self.group_by in OF_CALLS else None
        return Selected(filters, AlertDimension(group_by) if group_by else None)

    def bucket(self, instant: int) -> int:
        """The start of the bucket that holds an instant (UTC epoch ms); 0 where time is not cut."""
        return bucket_of(instant, self.grain) if self.is_cut else 0

    def group(self, names: dict[ChartDimension, str]) -> str | None:
        """The group of what goes by these names, empty ones where it has none; None when it does
        not pass the filters."""
        if not all(_passes(each, names[each.dimension]) for each in self.filters):
            return None
        return names[self.group_by] or UNCLASSIFIED if self.group_by else ""


def _passes(wanted: ChartFilter, name: str) -> bool:
    if not name:
        return wanted.operator is AlertFilterOperator.IS_NOT
    values = wanted.values or [wanted.value or ""]
    return compare(wanted.operator, name, values)


def frame_of(configuration: ChartConfiguration, now: int) -> Frame:
    """The frame of a configuration at an instant (UTC epoch ms). Raises Invalid, with all that
    cannot be drawn."""
    faults: list[Fault] = []
    filters = configuration.filters or ()
    group_by = find_grouping(configuration.groupBy) if configuration.groupBy else None
    faults += _find_misfits(configuration, group_by)
    if configuration.chartType is ChartType.PIE and not group_by:
        faults.append(Fault("groupBy", "a pie is made of groups", "MISSING"))
    start, end = configuration.startDate, configuration.endDate
    try:
        window = window_of(configuration.dateRange, start, end, now)
        grain = grain_of(configuration.timeGrain, window)
    except Invalid as error:
        faults += error.faults
    if faults:
        raise Invalid(f"{faults[0].field}: {faults[0].message}", faults=faults)
    mode = IMPLIED_MODES.get(configuration.chartType, configuration.mode)
    return Frame(configuration, mode, window, grain, filters, group_by)


def list_metrics(
    configuration: ChartConfiguration,
) -> list[tuple[Axis, ChartMetricSelection]]:
    """The metrics that are drawn."""
    metrics = [(Axis.PRIMARY, configuration.primaryMetric)]
    if configuration.chartType is ChartType.DUAL_AXIS and configuration.secondaryMetric:
        metrics.append((Axis.SECONDARY, configuration.secondaryMetric))
    return metrics


def _find_misfits(
    configuration: ChartConfiguration, group_by: ChartDimension | None
) -> Iterator[Fault]:
    """What a metric cannot be grouped or filtered by: a budget counts calls of many models."""
    asked = [("groupBy", group_by)] if group_by else []
    for place, each in enumerate(configuration.filters or ()):
        asked.append((f"filters.{place}.dimension", each.dimension))
    for field, dimension in asked:
        for _, told in list_metrics(configuration):
            known = METRICS[told.baseMetric].groupings
            if dimension not in known:
                options = [str(each) for each in known]
                message = f"{told.baseMetric} knows {', '.join(options)}"
                yield Fault(field, message, received=dimension, options=options)
                break


def frame_before(frame: Frame) -> Frame:
    """The same of the span before."""
    return replace(frame, window=window_before(frame.window))
