"""Series: the figures of a chart, group by group and bucket by bucket."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from chalicelib.charts.frames import OTHER, Frame
from chalicelib.charts.metrics import ChartMetric
from chalicelib.charts.percentiles import Percentiles
from chalicelib.charts.tallying import Tally
from chalicelib.charts.vocabulary import Axis, Calculation, ChartMode
from chalicelib.kit.clock import iso
from chalicelib.reports.measures import plain

Json = dict[str, Any]
_HUNDRED = Decimal(100)
_DIGITS = Decimal("1e-9")


@dataclass(frozen=True, slots=True)
class Drawn:
    """One metric of a chart, and the sums or percentiles that it is made of."""

    axis: Axis
    metric: ChartMetric
    calculation: Calculation
    tally: Tally | Percentiles


def list_categories(
    frame: Frame, primary: Drawn, named: Sequence[str], rest: Sequence[str]
) -> list[str]:
    """What stands below a chart: buckets, groups, or the one metric."""
    if frame.mode is ChartMode.TIME:
        return [iso(start) for start in frame.buckets]
    if frame.group_by is None:
        return [primary.metric.label]
    return [*named, *([OTHER] if rest else [])]


def list_series(
    frame: Frame, drawn: Sequence[Drawn], named: Sequence[str], rest: Sequence[str]
) -> list[Json]:
    """All series of a span."""
    groups = _group_up(frame, named, rest)
    series: list[Json] = []
    for each in drawn:
        if frame.mode is ChartMode.AGGREGATE:
            everybody = _whole_of(each, None)
            data = [_value(frame, each, members, None, everybody) for members in groups.values()]
            series.append(_row(each, each.metric.key, each.metric.label, data))
            continue
        wholes = [(start, _whole_of(each, start)) for start in frame.buckets]
        for name, members in groups.items():
            data = [_value(frame, each, members, start, whole) for start, whole in wholes]
            key, label = (name, name) if name else (each.metric.key, each.metric.label)
            series.append(_row(each, key, label, data))
    return series


def _group_up(
    frame: Frame, named: Sequence[str], rest: Sequence[str]
) -> Mapping[str, Sequence[str]]:
    """The groups behind each name; the empty one has all calls."""
    if frame.group_by is None:
        return {"": [""]}
    groups: dict[str, Sequence[str]] = {name: [name] for name in named}
    return groups | {OTHER: rest} if rest else groups


def _whole_of(drawn: Drawn, bucket: int | None) -> Mapping[str, int]:
    """What everybody has, where parts of it are shown."""
    if drawn.calculation is not Calculation.PERCENTAGE:
        return {}
    return drawn.tally.whole(drawn.tally.groups(), None if bucket is None else [bucket])


def _value(
    frame: Frame,
    drawn: Drawn,
    members: Sequence[str],
    bucket: int | None,
    everybody: Mapping[str, int],
) -> Decimal | None:
    within = None if bucket is None else [bucket]
    sums = drawn.tally.whole(members, within)
    return figure_of(drawn, sums, everybody, 1 if within else len(frame.buckets))


def figure_of(
    drawn: Drawn, sums: Mapping[str, int], everybody: Mapping[str, int], parts: int
) -> Decimal | None:
    """A figure; of percentages its part of what everybody has."""
    value = drawn.metric.value(drawn.calculation, sums, parts)
    if drawn.calculation is not Calculation.PERCENTAGE or value is None:
        return value
    whole = drawn.metric.value(drawn.calculation, everybody) or Decimal(0)
    return plain((value * _HUNDRED / whole).quantize(_DIGITS)) if whole else None


def _row(drawn: Drawn, key: str, name: str, data: Sequence[Decimal | None]) -> Json:
    return {"key": key, "name": name, "axis": drawn.axis, "data": list(data)}


def mark_before(series: Sequence[Json], frame: Frame) -> list[Json]:
    """Series of the span before, as long as those that they stand beside."""
    marked: list[Json] = []
    length = len(frame.buckets)
    for each in series:
        data = each["data"]
        if frame.mode is ChartMode.TIME:
            data = (data + [None] * length)[:length]
        names = {"key": f"{each['key']}:before", "name": f"{each['name']} (before)"}
        marked.append({**each, **names, "data": data})
    return marked
