"""The presenter: rows to the contract's envelopes."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import count
from secrets import token_hex
from typing import Any, NamedTuple

from chalicelib.kit.clock import iso
from chalicelib.kit.money import to_usd
from chalicelib.kit.pages import PageRequest, link, links, page_block
from chalicelib.kit.windows import Bucket, Interval, Window
from chalicelib.reports.declarations import GroupOrder, Report
from chalicelib.reports.facts import FactTable, Term, count_priced, count_rows
from chalicelib.reports.measures import Measure
from chalicelib.reports.metrics import Margin, Metric, integer
from chalicelib.reports.parameters import WindowQuery
from chalicelib.reports.rows import NOTHING as NO_ROWS
from chalicelib.reports.rows import Amounts, Rows

Json = dict[str, Any]
_NOTHING: Amounts = {}


@dataclass(frozen=True, slots=True)
class Frame:
    """What surrounds the items of an answer. `asked` is the metricType, `parameters` are
    those that links repeat. `before` are the rows of the window of equal length that ends
    where this one begins, for reports that compare."""

    report: Report
    window: Window
    interval: Interval
    asked: Measure
    query: WindowQuery
    path: str
    parameters: Sequence[tuple[str, str]]
    now: int
    before: Rows = NO_ROWS

    @property
    def page(self) -> PageRequest:
        """The page asked for."""
        return self.query.page_request()


def series(frame: Frame, rows: Rows) -> Json:
    """A report over time, paged by bucket: every bucket of the window, and in each every group,
    zeros included."""
    buckets = list(frame.window.buckets(frame.interval))
    maker = Maker(frame)
    shown = list(frame.page.cut(buckets))
    starts = {bucket.start for bucket in shown}
    by_place: dict[tuple[int, str], Amounts] = {}
    for number, place in enumerate(zip(rows.buckets, rows.names, strict=True)):
        if place[0] in starts:
            by_place[place] = rows.terms(number)
    names = maker.names(rows)
    items = [_bucket(maker, bucket, names, by_place) for bucket in shown]
    return envelope(frame, "metric_timeseries", items, len(buckets))


def _bucket(
    maker: "Maker", bucket: Bucket, names: Sequence[str], terms: Mapping[tuple[int, str], Amounts]
) -> Json:
    groups = maker.groups(names, lambda name: terms.get((bucket.start, name), _NOTHING))
    return {"startTimestamp": iso(bucket.start), "endTimestamp": iso(bucket.end), "groups": groups}


def total(frame: Frame, rows: Rows) -> Json:
    """A report over the whole window, paged by group, the largest first unless the report says
    otherwise."""
    maker = Maker(frame, find_unassigned(frame.report, rows))
    places = {name: number for number, name in enumerate(rows.names)}
    names = maker.names(rows)

    def terms_of(name: str) -> Amounts:
        return rows.terms(places[name]) if name in places else _NOTHING

    items = maker.groups(frame.page.cut(names), terms_of)
    return envelope(frame, "metric_aggregated", items, len(names))


class Unassigned(NamedTuple):
    """What stands in no group of a margin, nano-USD. Billing may have found whose these calls are,
    by their subscriber or credential; which product that was does not stand in the lake. And a
    subscription may name no customer, though its calls do."""

    cost: int = 0
    revenue: int = 0


ALL_ASSIGNED = Unassigned()


class Maker:
    """Makes the groups and metrics of one answer; ids are fresh in every answer and unique within
    it."""

    def __init__(self, frame: Frame, unassigned: Unassigned = ALL_ASSIGNED) -> None:
        """`unassigned`, of a margin: what stands in no group."""
        self._unassigned = unassigned
        self._report, self._asked = frame.report, frame.asked
        self._created = iso(frame.now)
        self._prefix, self._numbers = token_hex(8), count(1)
        self._counts = {
            metric.name: counts_of(metric, frame.asked) for metric in frame.report.metrics
        }

    def names(self, rows: Rows) -> list[str]:
        """The groups in order. Without a dimension each metric is a group, whether there are rows
        or not."""
        if not self._report.by:
            return [metric.label for metric in self._report.metrics]
        names = rank_names(self._lead_figures(rows), self._report.order)
        return names[: self._report.most]

    def _lead_figures(self, rows: Rows) -> Iterable[tuple[str, Decimal | int]]:
        """The first metric of each row, with the name of its group."""
        lead = self._report.metrics[0].formula
        if lead.adds(self._asked):
            # Whole numbers, because a series of thousands of groups has a row a group and day.
            (term,) = lead.terms(self._asked)
            return zip(rows.names, rows.amounts(term), strict=True)
        return ((group.name, lead.value(self._asked, group.terms)) for group in rows)

    def groups(self, names: Iterable[str], terms: Callable[[str], Amounts]) -> list[Json]:
        """The groups of these names."""
        if self._report.by:
            return [self._group(name, self._report.metrics, terms(name)) for name in names]
        by_label = {metric.label: metric for metric in self._report.metrics}
        return [self._group(name, (by_label[name],), terms("")) for name in names]

    def _group(self, name: str, metrics: Iterable[Metric], row: Amounts) -> Json:
        return {"groupName": name, "metrics": [self.metric(metric, row) for metric in metrics]}

    def metric(self, metric: Metric, row: Amounts) -> Json:
        """One figure of a group."""
        made = self.figure(metric, metric.formula.value(self._asked, row))
        if self._unassigned.cost:
            made["unassignedCost"] = to_usd(self._unassigned.cost)
        if self._unassigned.revenue:
            made["unassignedRevenue"] = to_usd(self._unassigned.revenue)
        unpriced = self.count_unpriced(metric, row)
        if unpriced:
            made["unpricedCount"] = unpriced
        for name, term in metric.attributes.items():
            value = row.get(term.name)
            if value is not None:
                made[name] = value
        return made

    def count_unpriced(self, metric: Metric, row: Amounts) -> int:
        """How many rows of a group have no known price: 0 is not what is unknown."""
        return count_unpriced(self._counts[metric.name], row)

    def figure(self, metric: Metric, value: Decimal) -> Json:
        """A metric with a given value."""
        return {
            "id": f"{self._prefix}-{next(self._numbers)}",
            "resourceType": "metric",
            "label": metric.label,
            "metricType": metric.name,
            "metricResult": value,
            "created": self._created,
            "updated": None,
            "links": {},
            **metric.extras,
        }


def find_unassigned(report: Report, rows: Rows) -> Unassigned:
    """What stands in no group of a report about margins; nothing of any other report."""
    formulas = [metric.formula for metric in report.metrics]
    margin = next((formula for formula in formulas if isinstance(formula, Margin)), None)
    if margin is None:
        return ALL_ASSIGNED
    (dimension,) = report.by

    def add_up(term: Term) -> int:
        found = zip(rows.names, rows.amounts(term), strict=True)
        return sum(amount for name, amount in found if name == dimension.absent)

    return Unassigned(add_up(margin.cost), add_up(margin.revenue))


PriceCounts = Sequence[tuple[str, str]]
"""The terms that count rows, and those of them with a known price."""


def count_unpriced(counts: PriceCounts, row: Amounts) -> int:
    """How many rows of a group have no known price."""
    unpriced = 0
    for rows, priced in counts:
        unpriced += (integer(row.get(rows)) or 0) - (integer(row.get(priced)) or 0)
    return unpriced


def counts_of(metric: Metric, asked: Measure) -> PriceCounts:
    """The terms that count the rows of a figure of money, and those of them with a known price: a
    pair for each fact that it is made from."""
    if not metric.formula.is_money:
        return ()
    told: dict[FactTable, None] = {}
    for term in metric.formula.terms(asked):
        told.update(dict.fromkeys(term.facts))
    return [(count_rows(fact).name, count_priced(fact).name) for fact in told]


def rank_names(
    figures: Iterable[tuple[str, Decimal | int]], order: GroupOrder = GroupOrder.LARGEST
) -> list[str]:
    """Names of groups by the sum of their figures, the largest first unless asked otherwise, equal
    ones by name."""
    sums: dict[str, Decimal | int] = {}
    for name, value in figures:
        sums[name] = sums.get(name, 0) + value
    sign = -1 if order is GroupOrder.LARGEST else 1
    return sorted(sums, key=lambda name: (sign * sums[name], name))


def options(frame: Frame, rows: Rows) -> Json:
    """The names that occur, without pages."""
    return envelope(frame, "filter_options", sorted(rows.names))


def pairs(frame: Frame, rows: Rows) -> Json:
    """The names that occur, each with its id, or with itself where none is known; `label` is what
    clients show."""
    (term,) = frame.report.metrics[0].attributes.values()
    items: list[Json] = []
    for group in rows:
        ident = group.terms[term.name] or group.name
        items.append({"id": ident, "name": group.name, "label": group.name})
    items.sort(key=lambda item: (item["name"], item["id"]))
    return envelope(frame, "filter_options", items)


def envelope(
    frame: Frame, resource_type: str, items: Sequence[Any], elements: int | None = None
) -> Json:
    """The envelope of items; `elements`: how many there are on all pages together, None for an
    answer without pages."""
    body = {**head(frame, resource_type, elements), "_embedded": {"items": items}}
    if elements is not None:
        body["page"] = page_block(frame.page, elements)
    return body


def head(frame: Frame, resource_type: str, elements: int | None = None) -> Json:
    """What every answer begins with; `elements` as in `envelope`."""
    if elements is None:
        all_links = {"self": {"href": link(frame.path, frame.parameters)}}
    else:
        all_links = links(frame.path, frame.parameters, frame.page, elements)
    return {
        "id": frame.report.slug,
        "resourceType": resource_type,
        "label": frame.report.label,
        "created": iso(frame.now),
        "updated": None,
        "period": {"start": iso(frame.window.start), "end": iso(frame.window.end)},
        "_links": all_links,
    }
