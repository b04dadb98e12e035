"""Faults: what no alert rule may be."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from chalicelib.alerts.conditions import COMPARISONS, UPWARD
from chalicelib.alerts.periods import BILLED, CALENDAR, EVALUATED, HOURS
from chalicelib.alerts.vocabulary import (
    AlertAction,
    AlertPeriod,
    AlertRuleType,
    AlertThresholdOperator,
    DataSource,
)
from chalicelib.budgets.cost_controls import NOT_IN_CALLS
from chalicelib.budgets.vocabulary import AlertDimension, AlertFilterOperator, AlertMetricType
from chalicelib.kit.errors import Fault

Doc = Mapping[str, Any]
_PERCENT = (AlertMetricType.ERROR_RATE, AlertMetricType.QUALITY_RATE)
_BILLED_METRICS = (
    AlertMetricType.TOTAL_COST,
    AlertMetricType.TOKEN_COUNT,
    AlertMetricType.INPUT_TOKEN_COUNT,
    AlertMetricType.OUTPUT_TOKEN_COUNT,
)
_BILLED_DIMENSIONS = (
    AlertDimension.WORKSPACE,
    AlertDimension.API_KEY,
    AlertDimension.MODEL,
    AlertDimension.PROVIDER,
)
_EARNING_DIMENSIONS = (AlertDimension.ORGANIZATION, AlertDimension.PRODUCT)
_MOST_PERCENT = Decimal(100)


def find_faults(doc: Doc) -> Iterator[Fault]:
    """Everything that is wrong with a rule as it would be stored."""
    yield from _type_faults(doc)
    yield from _period_faults(doc)
    yield from _threshold_faults(doc)
    yield from _dimension_faults(doc)
    if doc["metricType"] == AlertMetricType.QUALITY_RATE:
        yield from _quality_faults(doc)
    if doc["metricType"] == AlertMetricType.MARGIN:
        yield from _margin_faults(doc)
    if doc["dataSource"] == DataSource.PROVIDER:
        yield from _billing_faults(doc)
    yield from _extra_faults(doc)


def _words(options: Sequence[str]) -> str:
    return ", ".join(options[:-1]) + f" or {options[-1]}"


def _type_faults(doc: Doc) -> Iterator[Fault]:
    compares = doc["operatorType"] in COMPARISONS
    if (doc["alertType"] == AlertRuleType.RELATIVE_CHANGE) is compares:
        options = [each for each in AlertThresholdOperator if (each in COMPARISONS) is not compares]
        message = f"{doc['alertType']} takes {_words(options)}"
        yield Fault("operatorType", message, "UNSUPPORTED", doc["operatorType"], options)


def _period_faults(doc: Doc) -> Iterator[Fault]:
    kind, period = doc["alertType"], doc["periodDuration"]
    options: Sequence[AlertPeriod] = EVALUATED
    if kind == AlertRuleType.CUMULATIVE_USAGE:
        options = CALENDAR
    elif kind == AlertRuleType.ANOMALY:
        options = (AlertPeriod.ONE_HOUR,)
    elif doc["dataSource"] == DataSource.PROVIDER:
        options = BILLED
    if period not in options:
        told = _words(options) if len(options) > 1 else f"{options[0]} alone"
        yield Fault("periodDuration", f"{kind} takes {told}", "UNSUPPORTED", period, options)
    if doc.get("triggerAfterPersistsDuration") and kind == AlertRuleType.RELATIVE_CHANGE:
        message = "a change does not persist: leave it empty"
        yield Fault("triggerAfterPersistsDuration", message, "UNSUPPORTED")


def _threshold_faults(doc: Doc) -> Iterator[Fault]:
    threshold = Decimal(str(doc["threshold"]))
    if threshold < 0 and doc["metricType"] != AlertMetricType.MARGIN:
        yield Fault("threshold", f"{doc['metricType']} is never negative", "RANGE")
    is_rate = doc["metricType"] in _PERCENT and doc["operatorType"] in COMPARISONS
    if is_rate and threshold > _MOST_PERCENT:
        yield Fault("threshold", f"{doc['metricType']} is 100 percent at most", "RANGE")


def _dimension_faults(doc: Doc) -> Iterator[Fault]:
    """A rule that looks at what no call says would never fire."""
    for field, dimension in list_dimensions(doc):
        if doc["dataSource"] == DataSource.PROVIDER:
            if dimension not in _BILLED_DIMENSIONS:
                message = f"providers' bills tell {_words(_BILLED_DIMENSIONS)}"
                yield Fault(field, message, "UNSUPPORTED", dimension, _BILLED_DIMENSIONS)
        elif dimension in NOT_IN_CALLS:
            message = NOT_IN_CALLS[AlertDimension(dimension)]
            yield Fault(field, message, "UNSUPPORTED", dimension)


def list_dimensions(doc: Doc) -> Iterator[tuple[str, str]]:
    """The dimensions that a rule looks at, by the field that names each."""
    if doc.get("groupBy"):
        yield "groupBy", doc["groupBy"]
    for number, each in enumerate(doc["filters"]):
        yield f"filters[{number}].dimension", each["dimension"]


def _quality_faults(doc: Doc) -> Iterator[Fault]:
    if doc["alertType"] != AlertRuleType.THRESHOLD:
        yield Fault("alertType", "QUALITY_RATE takes THRESHOLD alone", "UNSUPPORTED")
    if doc.get("groupBy"):
        yield Fault("groupBy", "QUALITY_RATE has no groups", "UNSUPPORTED")
    filters = [(each["dimension"], each["operator"]) for each in doc["filters"]]
    if filters != [(AlertDimension.TASK_TYPE, AlertFilterOperator.IS)]:
        message = "QUALITY_RATE takes one filter: TASK_TYPE IS a type of jobs"
        yield Fault("filters", message, "UNSUPPORTED")


def _margin_faults(doc: Doc) -> Iterator[Fault]:
    if doc["alertType"] != AlertRuleType.THRESHOLD:
        yield Fault("alertType", "MARGIN takes THRESHOLD alone", "UNSUPPORTED")
    elif doc["periodDuration"] in HOURS:
        message = "revenue is known by day: take a day or more"
        yield Fault("periodDuration", message, "UNSUPPORTED", doc["periodDuration"])
    if doc["dataSource"] == DataSource.PROVIDER:
        return
    for field, dimension in list_dimensions(doc):
        if dimension not in _EARNING_DIMENSIONS:
            message = "revenue is one of an ORGANIZATION or PRODUCT"
            yield Fault(field, message, "UNSUPPORTED", dimension, _EARNING_DIMENSIONS)


def _billing_faults(doc: Doc) -> Iterator[Fault]:
    kinds = (AlertRuleType.THRESHOLD, AlertRuleType.CUMULATIVE_USAGE)
    if doc["alertType"] not in kinds:
        message = f"providers' bills take {_words(kinds)}"
        yield Fault("alertType", message, "UNSUPPORTED", doc["alertType"], kinds)
    elif doc["alertType"] == AlertRuleType.CUMULATIVE_USAGE and doc["operatorType"] not in UPWARD:
        message = "too little is known of days that are settled: take THRESHOLD"
        yield Fault("operatorType", message, "UNSUPPORTED", doc["operatorType"], sorted(UPWARD))
    if doc["metricType"] not in _BILLED_METRICS:
        message = f"providers' bills tell {_words(_BILLED_METRICS)}"
        yield Fault("metricType", message, "UNSUPPORTED", doc["metricType"], _BILLED_METRICS)


def _extra_faults(doc: Doc) -> Iterator[Fault]:
    """Of the members that are ours."""
    kind, lines = doc["alertType"], [Decimal(str(each)) for each in doc.get("thresholds") or ()]
    if lines and kind != AlertRuleType.CUMULATIVE_USAGE:
        yield Fault("thresholds", "lines are those of a budget, CUMULATIVE_USAGE", "UNSUPPORTED")
    if len(set(lines)) < len(lines):
        yield Fault("thresholds", "a line stands in it twice", "DUPLICATE")
    if kind != AlertRuleType.ANOMALY:
        if doc.get("sensitivity"):
            yield Fault("sensitivity", "is one of an ANOMALY", "UNSUPPORTED")
    elif doc["metricType"] == AlertMetricType.QUALITY_RATE:
        yield Fault("metricType", "what is usual is known of calls alone", "UNSUPPORTED")
    if doc.get("action") == AlertAction.BLOCK:
        yield from _blocking_faults(doc)


def _blocking_faults(doc: Doc) -> Iterator[Fault]:
    if doc["alertType"] == AlertRuleType.CUMULATIVE_USAGE:
        yield Fault("action", "a budget that blocks is a cost control", "UNSUPPORTED")
    if doc["metricType"] == AlertMetricType.QUALITY_RATE:
        yield Fault("action", "jobs cannot be blocked, calls can", "UNSUPPORTED")
    if doc["dataSource"] == DataSource.PROVIDER:
        yield Fault("action", "what a provider bills cannot be blocked", "UNSUPPORTED")
