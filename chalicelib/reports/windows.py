"""Answers of the older reports: groups of one figure each, in one window or in many."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import Any

from chalicelib.identity.records import TEAM, Principal
from chalicelib.kit.clock import iso
from chalicelib.kit.windows import Bucket, Window
from chalicelib.lake.dimensions import MODEL, PROVIDER
from chalicelib.ports.world import World
from chalicelib.reports import facts
from chalicelib.reports.asking import Asker
from chalicelib.reports.catalogue import TOKEN_TYPES
from chalicelib.reports.facts import CALLS
from chalicelib.reports.measures import Measure, plain, quotient
from chalicelib.reports.metrics import Unit, duration, integer, tokens_per_minute
from chalicelib.reports.older_declarations import Aggregation, Narrowing, OlderReport
from chalicelib.reports.periods import PeriodQuery, bucket_of
from chalicelib.reports.planner import Question
from chalicelib.reports.presenter import PriceCounts, count_unpriced, counts_of, rank_names
from chalicelib.reports.rows import Amounts, Group
from chalicelib.reports.service import Answer, Findings, Inquiry, ask_rows, inquire
from chalicelib.resources.listing import read_many

Json = dict[str, Any]
_ALL = ""
"""The name of the only group, where a report has no dimension."""


def answer_older(
    world: World, principal: Principal, older: OlderReport, query: PeriodQuery
) -> Answer:
    """Answer an older report: a list of windows when it is one over time, else one window. Raises
    Invalid, EngineBusy."""
    window = query.window(world.now())
    kind = getattr(query, "tokenType", None)
    if kind:
        older = replace(older, formula=tokens_per_minute(TOKEN_TYPES[str(kind)]))
    aggregation: Aggregation = getattr(query, "group", None) or Aggregation.TOTAL
    filters = _read_filters(world, principal, older, query)
    kept: Sequence[str] = ()
    if older.share:
        # What shares are shares of is all that there is: only those that are shown are fewer.
        (kept,) = filters.values() or ((),)
        filters = {}
    inquiry = Inquiry(
        report=older.report,
        asked=aggregation.measure,
        window=window,
        interval=bucket_of(window) if older.over_time else None,
        filters=filters,
    )
    asker = Asker.of(world, principal.team)
    found = inquire(asker, inquiry)
    maker = _Maker(
        world=world,
        principal=principal,
        older=older,
        aggregation=aggregation,
        inquiry=inquiry,
        kept=kept,
    )
    maker = replace(maker, models=maker.ask_models(asker, found))
    return Answer(
        body=maker.make(found),
        coverage=found.coverage,
        incomplete=sorted(asker.incomplete),
        left_out=found.left_out,
    )


def _read_filters(
    world: World, principal: Principal, older: OlderReport, query: PeriodQuery
) -> dict[str, Sequence[str]]:
    """The values to keep, by column."""
    filters: dict[str, Sequence[str]] = {}
    for each in older.narrowings:
        names = _asked_names(world, principal, each, query)
        if names and each.column:
            filters[each.column] = names
    return filters


def _asked_names(
    world: World, principal: Principal, narrowing: Narrowing, query: PeriodQuery
) -> Sequence[str]:
    """The values of a parameter; of ids the names that their records have today."""
    asked = getattr(query, narrowing.parameter) or []
    values = [asked] if isinstance(asked, str) else list(asked)
    if not narrowing.kind:
        return values
    scopes = [principal.team, principal.tenant]
    names: dict[str, str] = {}
    for scope in scopes:
        for identity, record in read_many(world, scope, narrowing.kind, values).items():
            names[identity] = record.name
    return [names.get(value, value) for value in values]


Models = Mapping[tuple[int, str], Sequence[Json]]
"""The models behind a group, by the start of the bucket (UTC epoch ms; 0 of a total) and the
name."""


@dataclass(frozen=True)
class _Maker:
    """Makes the answer of one older report."""

    world: World
    principal: Principal
    older: OlderReport
    aggregation: Aggregation
    inquiry: Inquiry
    kept: Sequence[str] = ()
    """The groups whose shares are asked for; none: those of all."""
    models: Models | None = None

    @cached_property
    def counts(self) -> PriceCounts:
        """What counts the calls without a known price."""
        return counts_of(self.inquiry.report.metrics[0], self.inquiry.asked)

    @cached_property
    def team_name(self) -> str:
        """The name of the team."""
        record = self.world.documents.get(self.principal.tenant, TEAM, self.principal.team)
        return record.name if record else str(self.principal.team)

    def make(self, found: Findings) -> Any:  # noqa: ANN401 - a window, or a list of them
        """The body."""
        by_bucket: dict[int, dict[str, Group]] = {}
        for group in found.rows:
            name = group.name if self.older.entity.by else _ALL
            by_bucket.setdefault(group.bucket, {})[name] = group
        if not self.older.over_time:
            whole = Bucket(self.inquiry.window.start, self.inquiry.window.end)
            return self._window(whole, by_bucket.get(0, {}))
        buckets = self.inquiry.window.buckets(bucket_of(self.inquiry.window))
        return [self._window(bucket, by_bucket.get(bucket.start, {})) for bucket in buckets]

    def _window(self, bucket: Bucket, groups: Mapping[str, Group]) -> Json:
        """A window with the groups that occur in it, the largest first."""
        values = {name: self._value(group.terms) for name, group in groups.items()}
        if self.older.share:
            values = self._shares(values)
        times = self._times(bucket)
        shown: list[Json] = []
        for name in rank_names(values.items()):
            metric = self._metric(groups[name], name, values[name]) | times
            shown.append({"groupName": self._name(name), "metrics": [metric]})
        window = {**times, "groups": shown}
        if self.older.entity.averages:
            total = sum(values.values(), Decimal(0))
            window["totalAverage"] = _mean(total, len(values))
        return window

    def _times(self, bucket: Bucket) -> Json:
        if self.older.entity.is_iso:
            return {"startTimestamp": iso(bucket.start), "endTimestamp": iso(bucket.end)}
        return {"startTimestamp": bucket.start, "endTimestamp": bucket.end}

    def _value(self, terms: Amounts) -> Decimal:
        return self.older.formula.value(self.inquiry.asked, terms)

    def _shares(self, values: Mapping[str, Decimal]) -> dict[str, Decimal]:
        """The percentage of all that each group is, of those that are asked for; nothing when there
        is nothing to share."""
        total = sum(values.values(), Decimal(0))
        if not total:
            return {}
        shares: dict[str, Decimal] = {}
        for name, value in values.items():
            if not self.kept or name in self.kept:
                shares[name] = plain((value * 100 / total).quantize(Decimal("1e-18")))
        return shares

    def _name(self, name: str) -> str:
        """The name of a group; without a dimension that of the team."""
        return name if self.older.entity.by else self.team_name

    def _metric(self, group: Group, name: str, value: Decimal) -> Json:
        """The one figure of a group."""
        entity = self.older.entity
        metric: Json = {entity.member: self._name(name)}
        if entity.identity:
            identity: Any = self.principal.team
            if entity.by:
                (term,) = self.inquiry.report.metrics[0].attributes.values()
                identity = group.terms.get(term.name) or name
            metric[entity.identity] = identity
        if entity.by_models:
            metric["aggregatedModelAIMetrics"] = (self.models or {}).get((group.bucket, name), [])
        metric["metricType"] = self.older.metric_type(self.aggregation)
        metric["metricResult"] = value
        unpriced = count_unpriced(self.counts, group.terms)
        return metric | {"unpricedCount": unpriced} if unpriced else metric

    def ask_models(self, asker: Asker, found: Findings) -> Models | None:
        """The models behind each group, where the report tells them: what they cost, and how long
        their calls took on the average."""
        if not self.older.entity.by_models:
            return None
        cost, took = facts.sum_of(CALLS, "cost_nano"), duration(Unit.PLAIN)
        question: Question = replace(
            found.question,
            by=(PROVIDER, MODEL),
            terms=(cost, *took.terms(Measure.AVG)),
            top=None,
        )
        models: dict[tuple[int, str], list[Json]] = {}
        for group in ask_rows(asker, self.inquiry.window, question):
            provider, model = group.names
            usd = plain(Decimal(integer(group.terms[cost.name]) or 0).scaleb(Unit.USD))
            told = {
                "model": model,
                "metricType": "TOTAL_COST_BY_MODEL",
                "metricResult": usd,
                "timeResult": took.value(Measure.AVG, group.terms),
                **self._model_times(group.bucket),
            }
            models.setdefault((group.bucket, str(provider)), []).append(told)
        for each in models.values():
            each.sort(key=lambda told: (-told["metricResult"], told["model"]))
        return models

    def _model_times(self, start: int) -> Json:
        window: Window = self.inquiry.window
        if not self.older.over_time:
            return {"startTimestamp": window.start, "endTimestamp": window.end}
        (bucket, *_) = Window(start, start).buckets(bucket_of(window))
        return {"startTimestamp": bucket.start, "endTimestamp": bucket.end}


def _mean(total: Decimal, number: int) -> Decimal | None:
    """The mean of some figures, at 18 decimals; None of none."""
    if not number:
        return None
    scaled = total.scaleb(18).to_integral_value()
    return quotient(int(scaled), number, -18)
