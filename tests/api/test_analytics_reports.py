"""Every report through the API, on both worlds: from posted calls to JSON and CSV, before and after
upkeep."""

import csv
import json
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest

from chalicelib.kit.clock import DAY, HOUR, iso
from chalicelib.lake.compaction import compact_due
from chalicelib.lake.rolling import roll_due
from chalicelib.reports.catalogue import REPORTS
from chalicelib.reports.declarations import Report
from chalicelib.reports.facts import FactTable
from chalicelib.reports.measures import Measure
from infra.local.feeder import drain
from tests.conftest import NOON
from tests.support.bodies import completion
from tests.support.client import Answer, Client

BASE = "/api/v2/analytics/"
LOCAL = pytest.mark.parametrize("world", ["local"], indirect=True)
WINDOW = {"startDate": iso(NOON - 3 * DAY), "endDate": iso(NOON), "size": 100}
HOSTILE = [
    "x' or '1'='1",
    "a'); drop table ai_events; --",
    "100%_",
    "Ünï\u202e",
    "?",
    ":p1",
    "/* lake */",
]
SOURCES = ["coding_assistant", "revenium_metered", "provider_billing"]
FILTERED = [report for report in REPORTS if any(not each.options for each in report.filters)]


def tool(number: int, **members: Any) -> dict[str, Any]:
    return {
        "transactionId": f"tool{number}",
        "toolId": "search",
        "durationMs": 40,
        "agent": "a",
        "costUsd": 0.5,
        "timestamp": iso(NOON - number * HOUR),
        **members,
    }


@pytest.fixture
def posted(client: Client) -> Client:
    person = {"subscriber": {"email": "s@x.io"}}
    bodies = [
        completion(
            n,
            agent="a",
            at=NOON - n * HOUR,
            traceId=f"t{n % 3}",
            organizationName="o",
            productName="p",
            **person,
        )
        for n in range(1, 40)
    ]
    for body in [*bodies, completion(41, model="no-such-model-9", agent="=b")]:
        assert client.post("/meter/v2/ai/completions", body).status == 201
    for number in range(1, 4):
        assert (
            client.post(
                "/meter/v2/tool/events", tool(number, traceId="t0", success=number != 2)
            ).status
            == 201
        )
    drain(client.world)
    return client


def get(client: Client, report: Report, **more: Any) -> Answer:
    sources = (
        {"costSources": SOURCES}
        if any(each.parameter == "costSources" for each in report.filters)
        else {}
    )
    return client.get(BASE + report.slug, {**WINDOW, **sources, **more})


def figures(answer: Answer) -> Any:
    """The answer without what is fresh in each."""
    body = json.loads(answer.body, parse_float=Decimal)
    text = json.dumps(
        {name: body.get(name) for name in ("_embedded", "data", "dataPoints", "summary")},
        default=str,
    )

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                name: plain(each) for name, each in value.items() if name not in ("id", "created")
            }
        return [plain(each) for each in value] if isinstance(value, list) else value

    return plain(json.loads(text))


@LOCAL
def test_every_report_says_the_same_before_and_after_upkeep(posted: Client) -> None:
    before = {report.slug: figures(get(posted, report)) for report in REPORTS}
    assert compact_due(posted.world, quiet_ms=0) >= 4
    assert {report.slug: figures(get(posted, report)) for report in REPORTS} == before
    assert roll_due(posted.world) >= 4
    assert {report.slug: figures(get(posted, report)) for report in REPORTS} == before
    empty = {
        slug
        for slug, found in before.items()
        if not (found["_embedded"] or {"items": found["data"] or 1})["items"]
    }
    assert empty <= {
        "revenue-per-customer",
        "revenue-per-product",
        "filter-options/api-keys",
        "filter-options/model-sources",
        "filter-options/task-types",
        "filter-options/tool-providers",
        "filter-options/teams",
    }


@LOCAL
def test_every_money_report_tells_how_much_it_does_not_know(posted: Client) -> None:
    for report in REPORTS:
        headers = get(posted, report).headers
        facts: set[FactTable] = set()
        for metric in report.metrics:
            for term in metric.formula.terms(report.asked or Measure.SUM):
                facts.update(term.facts)
        of_calls = report.is_money and any(fact.tokens for fact in facts)
        assert ("X-Meterlake-Unpriced-Calls" in headers) >= of_calls, report.slug
        assert ("X-Meterlake-Unpriced-Tokens" in headers) == of_calls, report.slug


@LOCAL
@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.slug)
def test_csv_has_the_same_figures(posted: Client, report: Report) -> None:
    answer = get(posted, report, threshold=1)
    table = posted.get(BASE + report.slug, {**WINDOW}, accept="text/csv, application/json;q=0.5")
    assert (table.status, table.headers["Vary"]) == (200, "Accept")
    assert len(list(csv.reader(StringIO(table.body.decode())))) >= 1
    assert json.loads(answer.body)["id"] == report.slug
    assert not any(line.split(",")[0].startswith("=") for line in table.body.decode().splitlines())


@LOCAL
@pytest.mark.parametrize(
    ("accept", "is_csv"),
    [
        ("", False),
        ("*/*", False),
        ("text/csv", True),
        ("application/json, text/csv", False),
        ("text/csv;q=0", False),
        ("text/csv;q=0.9, application/json", False),
        ("application/json;q=0.1,text/csv;q=0.2", True),
        ("text/csv;q=x", False),
    ],
)
def test_json_is_the_answer_unless_csv_is_liked_better(
    posted: Client, accept: str, is_csv: bool
) -> None:
    answer = posted.get(BASE + "cost-by-agent", WINDOW, accept=accept)
    assert (answer.body[:1] != b"{") == is_csv


@pytest.mark.parametrize("report", FILTERED, ids=lambda report: report.slug)
def test_no_filter_value_is_ever_sql(posted: Client, report: Report) -> None:
    for each in report.filters:
        if not each.options:
            answer = get(posted, report, **{each.parameter: HOSTILE})
            assert answer.status == 200
            assert all(
                not item.get("metrics") or not report.by
                for item in answer.json["_embedded"]["items"]
            )


@LOCAL
@pytest.mark.parametrize("report", FILTERED, ids=lambda report: report.slug)
def test_too_many_filter_values_are_refused_by_name(client: Client, report: Report) -> None:
    for each in report.filters:
        if not each.options:
            answer = client.get(
                BASE + report.slug, {each.parameter: [f"n{n}" for n in range(10_000)]}
            )
            assert (answer.status, [entry["field"] for entry in answer.json["errors"]]) == (
                400,
                [each.parameter],
            )


@LOCAL
@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.slug)
def test_a_page_past_the_end_is_empty_and_knows_the_totals(posted: Client, report: Report) -> None:
    answer = get(posted, report, page=10**12)
    assert answer.status == 200
    if "page" in answer.json:
        assert answer.json["_embedded"]["items"] == []
        assert (
            answer.json["page"]["totalElements"]
            == get(posted, report).json["page"]["totalElements"]
        )
    else:
        assert "page=" not in answer.json["_links"]["self"]["href"]


@LOCAL
@pytest.mark.parametrize(
    ("slug", "query"),
    [
        ("cost-by-user", {"costSources": "x"}),
        ("tokens-per-minute", {"tokenType": "x"}),
        ("top-movers", {"groupBy": "x"}),
        ("cost-by-agent", {"metricType": "x"}),
        ("filter-options/users", {"costSources": "x"}),
    ],
)
def test_a_word_that_is_none_is_refused_with_those_that_are(
    client: Client, slug: str, query: dict[str, str]
) -> None:
    answer = client.get(BASE + slug, query)
    assert answer.status == 400
    assert len(answer.json["errors"][0]["options"]) >= 3


@LOCAL
def test_a_span_of_more_than_ten_years_is_refused(client: Client) -> None:
    answer = client.get(BASE + "cost-by-agent", {"startDate": iso(0), "endDate": iso(NOON)})
    assert (answer.status, answer.json["errors"][0]["field"]) == (400, "startDate")


@LOCAL
def test_providers_may_stand_alone_or_twice(posted: Client) -> None:
    for providers in (["OPENAI"], ["OPENAI", "OPENAI"]):
        answer = posted.get(
            BASE + "tokens-per-minute-aggregated", {**WINDOW, "providers": providers}
        )
        (item,) = answer.json["_embedded"]["items"]
        assert item["metrics"][0]["tokenType"] == "TOTAL"


@LOCAL
@pytest.mark.parametrize("threshold", ["nan", "inf", "x"])
def test_a_threshold_is_a_number(posted: Client, threshold: str) -> None:
    answer = posted.get(BASE + "trace-cost-distribution", {**WINDOW, "threshold": threshold})
    assert (answer.status, answer.json["errors"][0]["field"]) == (400, "threshold")


def test_calls_without_a_known_cost_are_grouped_by_the_reason(client: Client) -> None:
    named = [("m", "gpt-4o"), ("n", "nobody-made-this"), ("o", "nor-this")]
    for number, (name, model) in enumerate(named):
        client.post("/meter/v2/ai/completions", completion(f"u{name}{number}", model=model))
    flex = completion("flex", model="gpt-5", provider="OPENAI", requestedServiceTier="flex")
    client.post("/meter/v2/ai/completions", flex)
    drain(client.world)
    answer = client.get(BASE + "unpriced-calls-by-reason", WINDOW)
    found = {
        group["groupName"]: group["metrics"][0]["metricResult"]
        for group in answer.json["_embedded"]["items"]
    }
    assert found == {"NO_PRICE": 2, "TIER_NOT_TOLD": 1}
