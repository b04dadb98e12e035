"""Queries: the requests to operations of ours that give the figures of advice."""

from collections.abc import Sequence

from chalicelib.kit.clock import iso
from chalicelib.kit.windows import Window
from chalicelib.providers.periods import CUSTOM, Period
from chalicelib.recommendations.findings import Query
from chalicelib.recommendations.slices import Slice

SLICE_PATH = "/api/v2/insights/slice"
_REPORTS = "/api/v2/analytics"
_BILLING = "/profitstream/v2/api/billing"
_MOST_GROUPS = 100
Parameters = Sequence[tuple[str, str]]


def query_slice(window: Window, chosen: Slice, run: Parameters, member: str) -> Query:
    """The query for a sum of a slice; `run` are the parameters that narrow the run."""
    parameters = [*_window(window), *run, *chosen.parameters]
    return Query(SLICE_PATH, parameters, f"$.{member}")


def query_workings(window: Window, chosen: Slice, run: Parameters, rule: str, member: str) -> Query:
    """The query for what a rule makes the saving of a slice of."""
    return query_slice(window, chosen, [*run, ("rule", rule)], f"workings.{member}")


def query_rank(window: Window, chosen: Slice, run: Parameters, rule: str) -> Query:
    """The query for what better findings count of the saving of a slice."""
    asked = [*run, ("rule", rule), ("ranked", "true")]
    return query_slice(window, chosen, asked, "countedBeforeUsd")


def query_revenue(window: Window, customer: str) -> Query:
    """The query for what a customer has paid."""
    return _query_report(window, "revenue-per-customer", customer)


def query_tools(window: Window, agent: str) -> Query:
    """The query for what the tools of an agent cost."""
    return _query_report(window, "cost-by-tool-agent", agent)


def query_seats(days: Period, assistant: str) -> Query:
    """The query for what the unused seats of an assistant cost a month."""
    parameters = [("fromDate", days.first), ("toDate", days.last), ("provider", assistant)]
    return Query(f"{_BILLING}/seats", parameters, "$.assistants[0].monthlyCostOfUnusedSeats")


def query_coverage(days: Period, provider: str) -> Query:
    """The query for what a provider billed and metering does not cover."""
    return Query(f"{_BILLING}/coverage", _days(days, provider), "$.hiddenSpend")


def query_bill(days: Period, provider: str) -> Query:
    """The query for all that a provider billed."""
    return Query(f"{_BILLING}/models", _days(days, provider), "$.totalCost")


def _days(days: Period, provider: str) -> Parameters:
    ends = [("startDate", days.first), ("endDate", days.last)]
    return [("period", CUSTOM), *ends, ("provider", provider)]


def _query_report(window: Window, slug: str, group: str) -> Query:
    quoted = group.replace("\\", "\\\\").replace("'", "\\'")
    member = f"$._embedded.items[?@.groupName=='{quoted}'].metrics[0].metricResult"
    parameters = [*_window(window), ("size", str(_MOST_GROUPS))]
    return Query(f"{_REPORTS}/{slug}", parameters, member)


def _window(window: Window) -> list[tuple[str, str]]:
    return [("startDate", iso(window.start)), ("endDate", iso(window.end))]
