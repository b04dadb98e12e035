"""The progress of budgets as it is shown."""

from decimal import Decimal
from typing import Any

from chalicelib.alerts.billed import show_billed
from chalicelib.alerts.pace import compare_pace, forecast
from chalicelib.alerts.progress import Progress
from chalicelib.budgets.measures import MEASURES
from chalicelib.kit.clock import iso
from chalicelib.kit.ids import number_of
from chalicelib.reports.measures import plain

Json = dict[str, Any]
MOST_GROUPS = 200
"""Groups of a budget that are shown: a page has a hundred budgets."""


def show(progress: Progress, *, trend: bool) -> Json:
    """The progress of one budget as it is shown."""
    rule = progress.rule
    shown = {"anomalyId": number_of(rule.id), **show_head(progress), **show_names(progress)}
    if rule.group_by is not None:
        return shown | {"groups": show_groups(progress), "groupCount": len(progress.groups)}
    return shown | show_use(progress) | (show_trend(progress) if trend else {})


def show_head(progress: Progress) -> Json:
    """Threshold, metric and period. The last instant of a period has nine decimals, as the wire
    has it."""
    window = progress.reading.window
    return {
        "threshold": plain(progress.rule.threshold),
        "metricType": progress.rule.metric,
        "window": {
            "start": iso(window.start),
            "endExpected": iso(window.end).removesuffix("Z") + "999999Z",
            "now": iso(progress.now),
        },
        "unpricedCount": progress.reading.figures.unpriced or None,
        **show_billed(progress.reading.billed),
    }


def show_names(progress: Progress) -> Json:
    """What a budget is called, and how it stands in a word."""
    is_money = MEASURES[progress.rule.metric].is_money
    return {
        "alertId": progress.rule.id,
        "name": progress.rule.name,
        "risk": progress.risk,
        "currency": "USD" if is_money else None,
    }


def show_use(progress: Progress) -> Json:
    """What was used, and what is left; nothing where nobody knows."""
    if not progress.is_known:
        return {"currentValue": None, "remaining": None, "percentUsed": None}
    return _use_of(progress, progress.value)


def _use_of(progress: Progress, value: Decimal) -> Json:
    threshold = progress.rule.threshold
    return {
        "currentValue": value,
        "remaining": plain(threshold - value) if threshold else None,
        "percentUsed": progress.fraction_of(value),
    }


def show_groups(progress: Progress, most: int | None = None) -> list[Json]:
    """The groups by name; with a limit, as many as that, the highest first. Of very many the
    highest are shown as well: an answer must not grow without an end."""
    groups = progress.groups
    if most is not None or len(groups) > MOST_GROUPS:
        ranked = sorted(groups, key=lambda pair: (-pair[1], pair[0]))
        groups = ranked[: most or MOST_GROUPS]
    return [
        {"groupValue": name, "groupDisplayName": name, **_use_of(progress, value)}
        for name, value in groups
    ]


def show_trend(progress: Progress) -> Json:
    """Pace and forecast of a budget without groups. Of means and rates there is none: they do not
    add up."""
    rule = progress.rule
    adds = MEASURES[rule.metric].adds
    if rule.group_by is not None or not adds or not progress.is_known:
        return {"aheadBehindVsLinear": None, "forecast": None}
    pace = compare_pace(progress.value, rule.threshold, progress.span)
    shown: Json = {
        "aheadBehindVsLinear": {
            "expectedByNow": pace.expected,
            "delta": pace.delta,
            "status": pace.status,
        },
        "forecast": None,
    }
    if ahead := forecast(progress.value, rule.threshold, progress.span):
        shown["forecast"] = {
            "runRatePerDay": ahead.per_day,
            "endValue": ahead.end_value,
            "endPercentUsed": progress.fraction_of(ahead.end_value),
            "isExhausted": ahead.is_exhausted,
            "exhaustedOn": ahead.exhausted_on,
        }
    return shown
