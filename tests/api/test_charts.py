"""Charts: definitions that are kept, and the numbers of one, on both adapters."""

import json
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest

from chalicelib.kit.clock import DAY, HOUR, MINUTE, SECOND, day_of, day_start, iso
from chalicelib.lake.parquet import encode, schema_of
from chalicelib.lake.tables import BILLING_DAYS, CHARGES
from chalicelib.ports.lake import LakePath
from chalicelib.ports.scope import Scope
from tests.conftest import NOON
from tests.support.bodies import completion
from tests.support.client import Answer, Client
from tests.support.clock import Clock
from tests.support.feeding import feed

CHARTS = "/profitstream/v2/api/reports/chart-definitions"
BUILDER = "/profitstream/v2/api/reports/chart-builder"
LOCAL = pytest.mark.parametrize("world", ["local"], indirect=True)


def configuration(**members: Any) -> dict[str, Any]:
    return {
        "chartType": "column",
        "mode": "aggregate",
        "dateRange": "7d",
        "primaryMetric": metric(),
        **members,
    }


def metric(base: str = "totalCost", calculation: str = "total") -> dict[str, Any]:
    return {"baseMetric": base, "calculationType": calculation}


def draw(client: Client, **members: Any) -> dict[str, Any]:
    answer = client.post(f"{BUILDER}/generate", {"configuration": configuration(**members)})
    assert answer.status == 200, answer.body
    return dict(answer.json)


def figures(chart: dict[str, Any]) -> dict[str, list[Any]]:
    return {series["name"]: series["data"] for series in chart["series"]}


@pytest.fixture
def calls(client: Client) -> None:
    """Two of agent a, one of b, one of nobody, over four days; one costs nobody knows what."""
    bodies = [
        completion(1, NOON - 3 * DAY, agent="a", totalCost=1, requestDuration=100),
        completion(2, NOON - DAY, agent="a", totalCost=2, requestDuration=300),
        completion(3, NOON - DAY, agent="b", totalCost=4, stopReason="ERROR", requestDuration=900),
        completion(4, NOON - 2 * HOUR, totalCost=0.5, requestDuration=500),
        completion(5, NOON - 2 * HOUR, agent="c", model="nobody-knows", requestDuration=500),
        completion(6, NOON - 9 * DAY, agent="a", totalCost=8, requestDuration=500),
    ]
    for body in bodies:
        assert client.post("/meter/v2/ai/completions", body).status == 201
    feed(client.world)


@pytest.mark.usefixtures("calls")
def test_groups_the_largest_first(client: Client) -> None:
    chart = draw(client, groupBy="agent")
    assert chart["categories"] == ["b", "a", "UNCLASSIFIED", "c"]
    assert figures(chart) == {"Total cost": [4, 3, 0.5, None]}
    assert (chart["total"], chart["unpricedCount"], chart["mode"]) == (7.5, 1, "aggregate")
    chart = draw(client, groupBy="AGENT", limit=1)
    assert (chart["categories"], figures(chart)) == (["b", "Other"], {"Total cost": [4, 3.5]})


@pytest.mark.usefixtures("calls")
def test_every_bucket_is_there(client: Client) -> None:
    chart = draw(client, chartType="line", groupBy="AGENT", limit=2)
    assert (chart["mode"], chart["timeGrain"], len(chart["categories"])) == ("time", "day", 8)
    assert chart["categories"][-1] == "2026-11-24T00:00:00.000Z"
    assert figures(chart) == {
        "b": [0, 0, 0, 0, 0, 0, 4, 0],
        "a": [0, 0, 0, 0, 1, 0, 2, 0],
        "Other": [0, 0, 0, 0, 0, 0, 0, 0.5],
    }
    weeks = draw(client, chartType="line", dateRange="30d", timeGrain="week")
    assert weeks["categories"][-2:] == ["2026-11-16T00:00:00.000Z", "2026-11-23T00:00:00.000Z"]
    assert figures(weeks)["Total cost"][-3:] == [8, 1, 6.5]
    months = draw(client, chartType="line", dateRange="365d")
    assert (months["timeGrain"], months["series"][0]["data"][-1]) == ("month", 15.5)


@LOCAL
@pytest.mark.usefixtures("calls")
@pytest.mark.parametrize(
    ("base", "calculation", "expected"),
    [
        ("totalCost", "average", 7.5 / 8),
        ("totalCost", "per-request", 1.875),
        ("totalCost", "minimum", 0.5),
        ("totalCost", "maximum", 4),
        ("totalCost", "percentage", 100),
        ("requestCount", "total", 5),
        ("tokenCount", "total", 5_500),
        ("errorCount", "per-request", 0.2),
        ("duration", "average", 460),
        ("duration", "maximum", 900),
        ("timeToFirstToken", "average", None),
    ],
)
def test_what_is_made_of_a_metric(
    client: Client, base: str, calculation: str, expected: float | None
) -> None:
    assert draw(client, primaryMetric=metric(base, calculation))["total"] == expected


@LOCAL
@pytest.mark.usefixtures("calls")
def test_parts_of_the_whole_and_two_axes(client: Client) -> None:
    chart = draw(
        client,
        chartType="dual-axis",
        groupBy="AGENT",
        primaryMetric=metric("totalCost", "percentage"),
        secondaryMetric=metric("requestCount"),
    )
    assert chart["categories"] == ["b", "a", "UNCLASSIFIED", "c"]
    assert [series["axis"] for series in chart["series"]] == ["primary", "secondary"]
    shares, counts = (series["data"] for series in chart["series"])
    assert shares == [53.333333333, 40, 6.666666667, None]
    assert counts == [1, 2, 1, 1]


@LOCAL
@pytest.mark.usefixtures("calls")
def test_filters_and_the_span_before(client: Client) -> None:
    filters = [{"dimension": "AGENT", "operator": "IS", "value": "a"}]
    chart = draw(client, filters=filters, comparePrevious=True)
    assert figures(chart) == {"Total cost": [3], "Total cost (before)": [8]}
    chart = draw(client, filters=filters, comparePrevious=True, chartType="line")
    assert [len(data) for data in figures(chart).values()] == [8, 8]
    assert sum(figures(chart)["Total cost (before)"]) == 8


@LOCAL
def test_a_custom_range(client: Client, calls: None) -> None:
    bounds = {"startDate": iso(NOON - DAY - SECOND), "endDate": iso(NOON - DAY)}
    chart = draw(client, dateRange="custom", **bounds)
    assert chart["total"] == 6
    assert (chart["startDate"], chart["endDate"]) == tuple(bounds.values())


@LOCAL
@pytest.mark.parametrize(
    ("members", "field"),
    [
        ({"chartType": "LINE"}, "chartType"),
        ({"chartType": "pie"}, "groupBy"),
        ({"groupBy": "PLANET"}, "groupBy"),
        ({"primaryMetric": metric("happiness")}, "primaryMetric"),
        ({"primaryMetric": metric("duration", "total")}, "primaryMetric"),
        ({"dateRange": "custom"}, "startDate"),
        ({"dateRange": "custom", "startDate": iso(NOON), "endDate": iso(NOON - 1)}, "endDate"),
        ({"dateRange": "custom", "startDate": iso(0), "endDate": iso(NOON)}, "startDate"),
        (
            {"dateRange": "custom", "startDate": "9999-11-01", "endDate": "9999-12-31"},
            "between the years",
        ),
        ({"dateRange": "90d", "timeGrain": "hour"}, "timeGrain"),
        ({"limit": 0}, "limit"),
        ({"filters": [{"dimension": "AGENT", "operator": "IS"}]}, "filters"),
    ],
)
def test_what_no_chart_may_be(client: Client, members: dict[str, Any], field: str) -> None:
    answer = client.post(f"{BUILDER}/generate", {"configuration": configuration(**members)})
    assert answer.status == 400, answer.body
    assert field in answer.body.decode()


@LOCAL
def test_all_that_is_wrong_is_told_at_once(client: Client) -> None:
    wrong = configuration(chartType="pie", dateRange="custom")
    answer = client.post(f"{BUILDER}/generate", {"configuration": wrong})
    assert fields_of(answer) == ["groupBy", "startDate", "endDate"]
    answer = client.post(f"{BUILDER}/generate", {"chartDefinitionId": "no/id"})
    assert fields_of(answer) == ["chartDefinitionId"]
    wrong = configuration(
        limit=0, groupBy="PLANET", primaryMetric=metric("happiness", "guess"), timeGrain="eon"
    )
    answer = client.post(f"{BUILDER}/generate", {"configuration": wrong})
    assert fields_of(answer) == [
        "configuration.primaryMetric.baseMetric",
        "configuration.primaryMetric.calculationType",
        "configuration.timeGrain",
        "configuration.groupBy",
        "configuration.limit",
    ]


def fields_of(answer: Answer) -> list[str]:
    assert answer.status == 400, answer.body
    return [each["field"] for each in answer.json["errors"]]


@LOCAL
def test_a_saved_chart_of_what_is_no_longer_drawn(client: Client) -> None:
    made = client.post(CHARTS, {"name": "Old", "configuration": configuration()}).json
    scope = Scope(client.installed.team)
    documents = client.world.documents
    record = documents.get(scope, "CHART_DEFINITION", made["id"])
    assert record is not None
    stored = {**record.doc["configuration"], "primaryMetric": metric("happiness")}
    documents.update(scope, replace(record, doc={**record.doc, "configuration": stored}))
    answer = client.post(f"{BUILDER}/generate", {"chartDefinitionId": made["id"]})
    assert fields_of(answer) == ["primaryMetric.baseMetric"]
    assert "chartDefinitionId: the saved chart cannot be drawn" in answer.json["message"]
    assert client.get(f"{CHARTS}/{made['id']}").status == 200


@LOCAL
def test_a_label_is_no_longer_than_a_name(client: Client) -> None:
    made = client.post(CHARTS, {"name": "Short", "configuration": configuration()}).json
    body = json.dumps({**made, "label": "x" * 256}).encode()
    assert fields_of(client.send("PUT", f"{CHARTS}/{made['id']}", body, None, {})) == ["label"]


@LOCAL
def test_what_figures_of_money_miss_stands_beside_them(client: Client) -> None:
    bodies = [
        completion(1, NOON - HOUR, agent="a", totalCost=1),
        completion(2, NOON - HOUR, agent="a", provider="openai", model="nobody-knows"),
        completion(3, NOON - HOUR, agent="a", provider="ClaudeCode"),
        completion(4, NOON - HOUR, agent="flat", provider="ClaudeCode"),
    ]
    for body in bodies:
        assert client.post("/meter/v2/ai/completions", body).status == 201
    feed(client.world)
    both = configuration(
        chartType="dual-axis", groupBy="AGENT", secondaryMetric=metric("requestCount")
    )
    answer = client.post(f"{BUILDER}/generate", {"configuration": both})
    assert answer.headers["X-Meterlake-Unpriced-Calls"] == "1/2"
    assert answer.headers["X-Meterlake-Flat-Plan-Calls"] == "CLAUDE_CODE=2"
    assert answer.json["categories"] == ["a", "flat"]
    assert figures(answer.json) == {"Total cost": [1, 0], "Requests": [3, 1]}
    swapped = {**both, "primaryMetric": metric("requestCount"), "secondaryMetric": metric()}
    drawn = client.post(f"{BUILDER}/generate", {"configuration": swapped}).json
    assert (drawn["total"], drawn["unpricedCount"]) == (4, 1)
    filters = [{"dimension": "AGENT", "operator": "IS", "value": "flat"}]
    answer = client.post(f"{BUILDER}/generate", {"configuration": {**both, "filters": filters}})
    assert answer.headers["X-Meterlake-Flat-Plan-Calls"] == "CLAUDE_CODE=1"
    counted = configuration(primaryMetric=metric("requestCount"))
    answer = client.post(f"{BUILDER}/generate", {"configuration": counted})
    assert not [name for name in answer.headers if "Flat-Plan" in name or "Unpriced" in name]
    providers = draw(client, groupBy="PROVIDER")
    assert (providers["categories"], figures(providers)) == (["OPENAI"], {"Total cost": [1]})


def test_a_saved_chart(client: Client, calls: None) -> None:
    body = {"name": "By agent", "configuration": configuration(groupBy="AGENT", colour="red")}
    made = client.post(CHARTS, body).json
    assert (made["label"], made["type"]) == ("By agent", "COLUMN")
    assert made["configuration"]["colour"] == "red"
    path = f"{CHARTS}/{made['id']}"
    assert client.get(path).json == made
    listed = client.get(CHARTS).json["_embedded"]["chartDefinitionResourceList"]
    assert [each["id"] for each in listed] == [made["id"]]
    drawn = client.post(f"{BUILDER}/generate", {"chartDefinitionId": made["id"]}).json
    assert drawn["total"] == 7.5
    bare = client.post(f"{BUILDER}/generate", configuration(groupBy="AGENT")).json
    assert bare == drawn
    changed = put(client, path, {**made, "label": "Who spends"})
    assert (changed["name"], changed["label"]) == ("Who spends", "Who spends")
    changed = put(client, path, {**changed, "type": "DUAL_AXIS"})
    assert (changed["type"], changed["configuration"]["chartType"]) == ("DUAL_AXIS", "dual-axis")
    changed = put(client, path, {**changed, "configuration": configuration(chartType="line")})
    assert (changed["type"], changed["configuration"]["chartType"]) == ("LINE", "line")
    assert client.send("DELETE", path, b"", None, {}).status == 200
    assert client.get(path).status == 404
    assert client.post(f"{BUILDER}/generate", {"chartDefinitionId": made["id"]}).status == 404
    assert client.post(f"{BUILDER}/generate", {}).status == 400


def put(client: Client, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = client.send("PUT", path, json.dumps(body).encode(), None, {})
    assert answer.status == 200, answer.body
    return dict(answer.json)


@LOCAL
def test_what_may_be_drawn(client: Client, clock: Clock) -> None:
    told = client.get(f"{BUILDER}/available-data", {"teamId": client.installed.team}).json
    known = {each["key"] for each in told["groupings"]}
    assert known == {each["key"] for each in told["entityTypes"]}
    assert known == {key for each in told["metrics"] for key in each["groupings"]}
    for each in told["metrics"]:
        assert each["unit"] in ("USD", "count", "tokens", "ms", "percent")
        for calculation in each["calculationTypes"]:
            draw(client, primaryMetric=metric(each["key"], calculation))
        first = metric(each["key"], each["calculationTypes"][0])
        for grouping in each["groupings"]:
            filters = [{"dimension": grouping, "operator": "IS_NOT", "value": "x"}]
            draw(client, chartType="pie", groupBy=grouping, filters=filters, primaryMetric=first)
        for grouping in known - set(each["groupings"]):
            filters = [{"dimension": grouping, "operator": "IS", "value": "x"}]
            wrong = configuration(groupBy=grouping, filters=filters, primaryMetric=first)
            answer = client.post(f"{BUILDER}/generate", {"configuration": wrong})
            assert fields_of(answer) == ["groupBy", "filters.0.dimension"]
            assert ", ".join(each["groupings"]) in answer.json["message"]
    for span in told["dateRanges"]:
        if span != "custom":
            draw(client, chartType="line", dateRange=span)


@LOCAL
@pytest.mark.usefixtures("calls")
def test_a_budget_stands_beside_calls_but_not_by_their_models(client: Client) -> None:
    both: dict[str, Any] = {
        "chartType": "dual-axis",
        "primaryMetric": metric("duration", "p95"),
        "secondaryMetric": metric("budgetShare", "maximum"),
    }
    chart = draw(client, **both)
    assert figures(chart) == {"Duration": [900], "Used of the limit": [None]}
    wrong = configuration(**both, groupBy="MODEL")
    answer = client.post(f"{BUILDER}/generate", {"configuration": wrong})
    assert fields_of(answer) == ["groupBy"]
    assert "budgetShare knows BUDGET" in answer.json["message"]
    assert draw(client, groupBy="MODEL", secondaryMetric=both["secondaryMetric"])["total"] == 7.5


@LOCAL
@pytest.mark.usefixtures("calls")
def test_the_first_metric_names_the_groups_of_percentiles(client: Client) -> None:
    both: dict[str, Any] = {
        "chartType": "dual-axis",
        "groupBy": "AGENT",
        "limit": 1,
        "primaryMetric": metric("requestCount"),
        "secondaryMetric": metric("duration", "p50"),
    }
    chart = draw(client, **both, comparePrevious=True)
    assert chart["categories"] == ["a", "Other"]
    assert figures(chart) == {
        "Requests": [2, 3],
        "Duration": [100, 500],
        "Requests (before)": [1, 0],
        "Duration (before)": [500, None],
    }
    chart = draw(client, **both | {"mode": "time"})
    told = [each["data"] for each in chart["series"] if each["axis"] == "secondary"]
    assert told == [
        [None, None, None, None, 100, None, 300, None],
        [None, None, None, None, None, None, 900, 500],
    ]
    nothing = draw(client, dateRange="1h", primaryMetric=metric("duration", "p99"))
    assert (nothing["total"], figures(nothing)) == (None, {"Duration": [None]})


@LOCAL
def test_percentiles_go_by_the_names_of_today(client: Client, clock: Clock) -> None:
    path, names = "/profitstream/v2/api/organizations", ("Acme", "Acme Ltd")
    for number, name in enumerate(names):
        body = completion(number, NOON - HOUR, organizationName=name, requestDuration=100 + number)
        assert client.post("/meter/v2/ai/completions", body).status == 201
        if not number:
            team = {"teamId": client.installed.team}
            (made,) = client.get(path, team).json["_embedded"]["organizationResourceList"]
            put(client, f"{path}/{made['id']}", {**made, **team, "name": names[1]})
            clock.move(2 * MINUTE)
    feed(client.world)
    asked = {"groupBy": "ORGANIZATION", "primaryMetric": metric("duration", "p99")}
    for name in names:
        filters = [{"dimension": "ORGANIZATION", "operator": "IS", "value": name}]
        chart = draw(client, **asked, filters=filters)
        assert (chart["categories"], figures(chart)) == ([names[1]], {"Duration": [101]})


@LOCAL
def test_calls_without_a_duration_stand_in_their_group(client: Client, calls: None) -> None:
    asked = {"groupBy": "AGENT", "primaryMetric": metric("timeToFirstToken", "p90")}
    chart = draw(client, **asked)
    assert set(chart["categories"]) == {"a", "b", "c", "UNCLASSIFIED"}
    assert figures(chart) == {"Time to first token": [None] * 4}


@LOCAL
def test_a_value_that_nobody_can_convert_is_told(client: Client, clock: Clock) -> None:
    for number, currency in enumerate(("USD", "EUR")):
        body = completion(number, agenticJobId=f"job-{number}", agenticJobType="loan")
        assert client.post("/meter/v2/ai/completions", body).status == 201
        outcome = {"outcomeType": "CONVERTED", "outcomeValue": 7, "outcomeCurrency": currency}
        path = f"/profitstream/v2/api/jobs/job-{number}/outcome"
        assert client.post(path, {"executionStatus": "SUCCESS", **outcome}).status == 200
    clock.move(SECOND)
    feed(client.world)
    chart = draw(client, primaryMetric=metric("outcomeValue"), groupBy="JOB_TYPE")
    assert (chart["categories"], chart["total"], chart["unratedCount"]) == (["loan"], 7, 1)
    assert draw(client, primaryMetric=metric("jobCount"))["unratedCount"] is None


@LOCAL
def test_what_budgets_miss(client: Client, clock: Clock) -> None:
    bodies = [
        completion(1, NOON - HOUR, agent="a", totalCost=1),
        completion(2, NOON - HOUR, agent="a", model="nobody-knows"),
        completion(3, NOON - HOUR, agent="b", totalCost=2),
    ]
    for body in bodies:
        assert client.post("/meter/v2/ai/completions", body).status == 201
    feed(client.world)
    rule = {"windowType": "DAILY", "action": "BLOCK", "hardLimit": 4}
    agents = [{"dimension": "AGENT", "operator": "IS", "value": "a"}]
    for body in (
        {"name": "a", "metricType": "TOTAL_COST", "filters": agents},
        {"name": "all", "metricType": "TOTAL_COST"},
        {"name": "tokens", "metricType": "INPUT_TOKEN_COUNT", "hardLimit": 2000},
    ):
        assert client.post("/profitstream/v2/api/ai/cost-controls", rule | body).status == 200
    by: dict[str, Any] = {"groupBy": "BUDGET"}
    chart = draw(client, **by, primaryMetric=metric("budgetShare", "maximum"))
    assert dict(zip(chart["categories"], chart["series"][0]["data"], strict=True)) == {
        "tokens": 150,
        "all": 75,
        "a": 25,
    }
    asked = configuration(**by, primaryMetric=metric("budgetUsed"))
    answer = client.post(f"{BUILDER}/generate", {"configuration": asked})
    # The call without a price counts under both budgets, and so is missed in both.
    assert answer.headers["X-Meterlake-Unpriced-Calls"] == "2/5"
    assert answer.json["categories"] == ["all", "a"]
    assert (answer.json["total"], answer.json["unpricedCount"]) == (4, 2)
    only = [{"dimension": "BUDGET", "operator": "STARTS_WITH", "value": "al"}]
    assert draw(client, filters=only, primaryMetric=metric("budgetUsed"))["total"] == 3


def test_what_providers_billed(client: Client) -> None:
    lines = [
        ("OPENAI", "gpt-4o", NOON - DAY, 3 * 10**9),
        ("OPENAI", None, NOON - 2 * DAY, 10**9),
        ("ANTHROPIC", "claude", NOON - DAY, 2 * 10**9),
        ("ANTHROPIC", "claude", NOON - DAY, None),
        ("ANTHROPIC", "claude", NOON - 10 * DAY, 5 * 10**9),
    ]
    for number, (provider, model, at, nano) in enumerate(lines):
        put_billed(client, number, day_of(at), provider=provider, model=model, usd_nano=nano)
    billed = {"primaryMetric": metric("billedCost"), "groupBy": "PROVIDER"}
    chart = draw(client, **billed, comparePrevious=True)
    assert chart["categories"] == ["OPENAI", "ANTHROPIC"]
    assert figures(chart) == {
        "Billed by providers": [4, 2],
        "Billed by providers (before)": [0, 5],
    }
    assert (chart["total"], chart["unratedCount"]) == (6, 1)
    chart = draw(client, **billed | {"chartType": "line", "limit": 1})
    assert figures(chart)["Other"][-2:] == [2, 0]
    chart = draw(client, **billed | {"groupBy": "MODEL"})
    assert chart["categories"] == ["gpt-4o", "claude", "UNCLASSIFIED"]


def put_billed(client: Client, number: int, day: str, **columns: Any) -> None:
    row = {"billed_at": day_start(day), "currency": "USD", "amount_nano": 1, **columns}
    table = pa.Table.from_pylist([row], schema_of(BILLING_DAYS))
    path = LakePath(BILLING_DAYS.name, day, f"lines-{number}.parquet")
    client.world.lake.put(Scope(client.installed.team), path, encode(table))


def test_what_was_earned_and_what_is_left(client: Client) -> None:
    bodies = [
        completion(1, NOON - DAY, organizationName="Halden", agent="a", totalCost=4),
        completion(2, NOON - HOUR, organizationName="Orsini", agent="a", totalCost=3),
        completion(3, NOON - HOUR, organizationName="Orsini", totalCost=2),
    ]
    for body in bodies:
        assert client.post("/meter/v2/ai/completions", body).status == 201
    feed(client.world)
    put_charges(client, day_of(NOON), {"Halden": 16, "Orsini": 4})
    by = {"groupBy": "ORGANIZATION"}
    assert shown(client, "revenue", "total", **by) == {"Halden": 16, "Orsini": 4}
    assert shown(client, "revenue", "percentage", **by) == {"Halden": 80, "Orsini": 20}
    assert shown(client, "profit", "total", **by) == {"Halden": 12, "Orsini": -1}
    assert shown(client, "margin", "average", **by) == {"Halden": 75, "Orsini": -25}
    assert draw(client, primaryMetric=metric("margin", "average"))["total"] == 55
    over_time = draw(client, chartType="line", primaryMetric=metric("margin", "average"))
    assert over_time["series"][0]["data"][-2:] == [None, 75]
    # Revenue names no agent, so that by agents it stands in the group of none.
    assert shown(client, "profit", "total", groupBy="AGENT") == {"UNCLASSIFIED": 18, "a": -7}
    filters = [{"dimension": "ORGANIZATION", "operator": "IS", "value": "Orsini"}]
    assert draw(client, primaryMetric=metric("profit"), filters=filters)["total"] == -1


def shown(client: Client, base: str, calculation: str, **members: Any) -> dict[str, Any]:
    chart = draw(client, primaryMetric=metric(base, calculation), **members)
    (series,) = chart["series"]
    return dict(zip(chart["categories"], series["data"], strict=True))


def put_charges(client: Client, day: str, usd: dict[str, int | None]) -> None:
    rows = [
        {
            "charge_id": name,
            "earned_at": day_start(day),
            "currency": "USD" if amount is not None else "EUR",
            "amount_nano": (amount or 1) * 10**9,
            "usd_nano": None if amount is None else amount * 10**9,
            "organization": name,
        }
        for name, amount in usd.items()
    ]
    table = pa.Table.from_pylist(rows, schema_of(CHARGES))
    path = LakePath(CHARGES.name, day, "charges.parquet")
    client.world.lake.put(Scope(client.installed.team), path, encode(table))
