"""How budgets stand, on both adapters."""

from typing import Any

import pytest

from chalicelib.alerts import progress_rows
from chalicelib.kit.clock import DAY, HOUR, iso
from chalicelib.kit.ids import number_of
from tests.api.test_alerts import LOCAL, RULES, budget, call, get, make, put, rule
from tests.support.client import Client
from tests.support.clock import Clock

ALERTS = "/profitstream/v2/api/ai/alerts"
PORTFOLIO = f"{ALERTS}/budgets/portfolio"
BULK = f"{ALERTS}/budgets/progress"


def progress(client: Client, made: dict[str, Any], **query: Any) -> dict[str, Any]:
    return get(client, f"{ALERTS}/{made['id']}/budget/progress", **query)


def portfolio(client: Client, **query: Any) -> list[dict[str, Any]]:
    return list(get(client, PORTFOLIO, **query)["_embedded"]["budgetPortfolioItemResourceList"])


def test_the_progress_of_a_budget(client: Client, clock: Clock) -> None:
    call(client, clock, 4)
    made = make(client, budget())
    shown = progress(client, made)
    assert (shown["anomalyId"], shown["alertId"]) == (number_of(made["id"]), made["id"])
    assert (shown["currentValue"], shown["threshold"], shown["remaining"]) == (
        0.00084,
        0.001,
        0.00016,
    )
    assert (shown["percentUsed"], shown["risk"], shown["currency"]) == (0.84, "MEDIUM", "USD")
    assert shown["window"] == {
        "start": "2026-11-24T00:00:00.000Z",
        "endExpected": "2026-11-24T23:59:59.999999999Z",
        "now": iso(clock.now),
    }
    assert "aheadBehindVsLinear" not in shown
    shown = progress(client, made, includeTrend="true")
    assert shown["aheadBehindVsLinear"] == {
        "expectedByNow": 0.0005,
        "delta": 0.00034,
        "status": "AHEAD",
    }
    assert shown["forecast"] == {
        "runRatePerDay": 0.00168,
        "endValue": 0.00168,
        "endPercentUsed": 1.68,
        "isExhausted": False,
        "exhaustedOn": "2026-11-24",
    }
    earlier = progress(client, made, now=iso(clock.now - HOUR), includeTrend="true")
    assert (earlier["currentValue"], earlier["risk"]) == (0, "LOW")
    assert earlier["aheadBehindVsLinear"]["status"] == "BEHIND"
    tomorrow = progress(client, made, now=iso(clock.now + DAY))
    assert (tomorrow["currentValue"], tomorrow["window"]["start"]) == (
        0,
        "2026-11-25T00:00:00.000Z",
    )


def test_the_progress_of_a_budget_with_groups(client: Client, clock: Clock) -> None:
    call(client, clock, 3, agent="b")
    call(client, clock, 5, agent="a")
    call(client, clock, 1)
    made = make(client, budget(groupBy="AGENT"))
    shown = progress(client, made)
    assert [(each["groupValue"], each["percentUsed"]) for each in shown["groups"]] == [
        ("a", 1.05),
        ("b", 0.63),
    ]
    assert (shown["risk"], "currentValue" in shown) == ("CRITICAL", False)
    (item,) = portfolio(client)
    assert (item["currentValue"], item["percentUsed"]) == (0.00168, 1.68)
    assert (item["groupCount"], item["groupsOverLimit"]) == (2, 1)
    assert (item["worstPercentUsed"], item["risk"]) == (1.05, "CRITICAL")
    (item,) = portfolio(client, groupLimit=1)
    assert [each["groupValue"] for each in item["groups"]] == ["a"]
    assert item["groupCount"] == 2


def test_the_portfolio(client: Client, clock: Clock) -> None:
    call(client, clock, 3)
    make(client, budget(name="low", threshold=1))
    off = make(client, budget(name="off", threshold=0.0001))
    put(client, f"{RULES}/{off['id']}", {**off, "enabled": False})
    make(client, budget(name="high", threshold=0.0007))
    make(client, budget(name="tokens", metricType="TOKEN_COUNT", threshold=3300))
    make(client, rule())
    items = portfolio(client)
    assert [(each["name"], each["risk"], each["currency"]) for each in items] == [
        ("tokens", "CRITICAL", None),
        ("high", "HIGH", "USD"),
        ("low", "LOW", "USD"),
    ]
    assert items[0]["cumulativePeriod"] == "DAILY"
    names = [each["name"] for each in portfolio(client, sort="risk,asc")]
    assert names == ["low", "high", "tokens"]
    names = [each["name"] for each in portfolio(client, sort="percentUsed", size=1, page=1)]
    assert names == ["high"]
    assert portfolio(client, includeTrend="true")[1]["aheadBehindVsLinear"]["status"] == "AHEAD"
    for query in ({"groupLimit": 0}, {"groupLimit": 101}, {"sort": "money"}, {"now": "soon"}):
        assert client.get(PORTFOLIO, query).status == 400, query


def test_several_budgets_at_once(client: Client, clock: Clock) -> None:
    call(client, clock, 3)
    other = Client(client.world)
    theirs = make(other, budget())
    made, plain = make(client, budget()), make(client, rule())
    ids = [made["id"], "not-an-id", plain["id"], theirs["id"], made["id"]]
    items = client.get(BULK, [("ids", each) for each in ids]).json["items"]
    assert [each["ok"] for each in items] == [True, False, False, False, True]
    assert [each["error"]["code"] for each in items[1:4]] == [
        "VALIDATION_ERROR",
        "UNSUPPORTED_TYPE",
        "NOT_FOUND",
    ]
    assert (items[0], items[0]["currentValue"]) == (items[4], 0.00063)
    assert client.get(BULK, {"ids": ",".join(ids)}).json["items"] == items
    for bad in ("", ",", ",".join(ids * 11)):
        assert client.get(BULK, {"ids": bad}).status == 400
    assert client.get(BULK).status == 400


# A number, as a compiled rule shows it. Not that of a rule just made: some digits are a hashid too.
NO_HASHID = "42"


@LOCAL
def test_what_has_no_progress(client: Client) -> None:
    made = make(client, rule())
    for verb in ("progress", "reset"):
        for each, status in ((made["id"], 422), ("!", 400), (NO_HASHID, 400)):
            path = f"{ALERTS}/{each}/budget/{verb}"
            answer = client.get(path) if verb == "progress" else client.post(path, {})
            assert answer.status == status, (verb, each)
    assert client.get(f"{ALERTS}/{client.installed.team}/budget/progress").status == 404


@LOCAL
def test_a_threshold_of_nothing(client: Client, clock: Clock) -> None:
    made = make(client, budget(threshold=0, operatorType="GREATER_THAN"))
    shown = progress(client, made, includeTrend="true")
    assert (shown["percentUsed"], shown["remaining"], shown["risk"]) == (None, None, "LOW")
    call(client, clock, 1)
    assert progress(client, made)["risk"] == "CRITICAL"


@LOCAL
def test_costs_that_are_unknown_are_told(client: Client, clock: Clock) -> None:
    call(client, clock, 2, model="nobody's")
    assert progress(client, make(client, budget()))["unpricedCount"] == 2


VALUES = "/profitstream/v2/api/ai/filter-values"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["OPENAI"]),
        ({"dimension": "AGENT"}, ["Apple", "apricot", "banana"]),
        ({"dimension": "AGENT", "prefix": "AP"}, ["Apple", "apricot"]),
        ({"dimension": "AGENT", "size": 1, "page": 1}, ["apricot"]),
        ({"dimension": "SUBSCRIBER"}, ["ann@x.io"]),
        ({"dimension": "WORKSPACE"}, []),
        ({"dimension": "MODEL", "prefix": "nothing"}, []),
    ],
)
def test_values_that_a_filter_may_name(
    client: Client, clock: Clock, query: dict[str, Any], expected: list[str]
) -> None:
    for agent in ("Apple", "apricot", "banana", "Apple"):
        call(client, clock, 1, agent=agent, subscriber={"email": "ann@x.io"})
    assert get(client, VALUES, **query)["items"] == expected


@LOCAL
def test_the_smallest_threshold_there_is(client: Client, clock: Clock) -> None:
    call(client, clock, 1)
    made = make(client, budget(threshold="0.000000000000000001"))
    shown = progress(client, made, includeTrend="true")
    assert shown["percentUsed"] == 210_000_000_000_000
    assert portfolio(client)[0]["risk"] == "CRITICAL"
    assert client.post(RULES, budget(threshold="0.0000000000000000001")).status == 400


@LOCAL
def test_very_many_groups_are_cut(
    client: Client, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress_rows, "MOST_GROUPS", 2)
    for number, agent in enumerate("cab", 1):
        call(client, clock, number, agent=agent)
    made = make(client, budget(groupBy="AGENT"))
    shown = progress(client, made)
    assert ([each["groupValue"] for each in shown["groups"]], shown["groupCount"]) == (
        ["b", "a"],
        3,
    )
