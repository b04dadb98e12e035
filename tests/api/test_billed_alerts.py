"""Alert rules on what providers bill, on both adapters: from days that were read, and never from
days that were not."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chalicelib.directory.exchange import Rates
from chalicelib.kit.clock import DAY, HOUR
from chalicelib.ports.world import World
from chalicelib.providers.days import write_days
from chalicelib.providers.lines import BilledLine
from chalicelib.providers.lookup import connection_of
from chalicelib.providers.records import Connection
from chalicelib.providers.syncing import sync
from chalicelib.providers.vocabulary import BillingProvider
from tests.api.test_alerts import RULES, alerts, budget, get, look, make, rule
from tests.providers.anthropic import FakeAnthropic, Use, connect, reach
from tests.support.client import Client
from tests.support.clock import Clock
from tests.support.provider import FakeProvider

USES = [
    Use("2026-11-20", "100", tokens=10, workspace="wrkspc_2"),
    Use("2026-11-22", "200", tokens=20, model="claude-sonnet-4-5-20250929"),
    Use("2026-11-24", "300", tokens=30, key="apikey_2"),
]
"""Today is the 24th; the 22nd is the last day that is settled."""
BILLED: dict[str, Any] = {"dataSource": "PROVIDER", "metricType": "TOTAL_COST"}


@pytest.fixture
def anthropic() -> Iterator[FakeAnthropic]:
    with FakeProvider() as serving:
        yield FakeAnthropic(serving, USES)


@pytest.fixture
def client(world: World, anthropic: FakeAnthropic, tmp_path: Path) -> Client:
    return Client(reach(world, anthropic.provider, tmp_path))


@pytest.fixture
def connection(client: Client, anthropic: FakeAnthropic) -> Connection:
    connect(client, anthropic.provider)
    found = connection_of(client.world, client.installed.team, "anthropic")
    assert found
    return found


def month(threshold: float, **members: Any) -> dict[str, Any]:
    return budget(**BILLED, periodDuration="MONTHLY", threshold=threshold, **members)


def settled(threshold: float, period: str = "DAILY", **members: Any) -> dict[str, Any]:
    return rule(**BILLED, periodDuration=period, threshold=threshold, **members)


def of(dimension: str, value: str, operator: str = "IS") -> list[dict[str, str]]:
    return [{"dimension": dimension, "operator": operator, "value": value}]


def metric(client: Client, made: dict[str, Any]) -> dict[str, Any]:
    return get(client, f"{RULES}/{made['id']}/metric")


def state(client: Client, made: dict[str, Any]) -> str:
    return str(get(client, f"{RULES}/{made['id']}")["firingState"])


def progress(client: Client, made: dict[str, Any]) -> dict[str, Any]:
    return get(client, f"/profitstream/v2/api/ai/alerts/{made['id']}/budget/progress")


def test_a_bill_that_was_not_read_is_not_nothing(client: Client, connection: Connection) -> None:
    low = make(client, settled(1, operatorType="LESS_THAN"))
    none = make(client, month(0))
    for made in (low, none):
        assert state(client, made) == "UNKNOWN"
        assert metric(client, made)["value"] is None
    assert metric(client, low)["unreadDays"] == ["2026-11-22"]
    told = progress(client, none)
    assert (told["currentValue"], told["percentUsed"], len(told["unreadDays"])) == (None, None, 23)
    assert alerts(client) == []


def test_charts_name_the_days_that_were_not_read(client: Client, connection: Connection) -> None:
    told = {"baseMetric": "billedCost", "calculationType": "total"}
    asked = {"chartType": "column", "mode": "time", "dateRange": "7d", "primaryMetric": told}
    path = "/profitstream/v2/api/reports/chart-builder/generate"

    def unread(**members: Any) -> Any:
        answer = client.post(path, {"configuration": asked | members})
        assert answer.status == 200, answer.body
        return answer.json["unreadDays"]

    assert unread()[0] == "2026-11-17"
    assert len(unread()) == 7
    sync(client.world, connection, 7)
    assert unread() == ["2026-11-17"]
    assert unread(comparePrevious=True)[0] == "2026-11-10"
    assert unread(primaryMetric={**told, "baseMetric": "totalCost"}) is None


def test_a_budget_is_told_by_what_was_billed_so_far(
    client: Client, connection: Connection, clock: Clock
) -> None:
    sync(client.world, connection, 35)
    made = make(client, month(10, thresholds=[0.5, 0.6, 1]))
    assert state(client, made) == "FIRING"
    (alert,) = alerts(client)
    assert [line["threshold"] for line in alert["crossedThresholds"]] == [5, 6]
    told = progress(client, made)
    assert (told["currentValue"], told["percentUsed"]) == (6, 0.6)
    assert (told["unreadDays"], told["unsettledDays"]) == ([], ["2026-11-23", "2026-11-24"])
    clock.move(7 * DAY)
    look(client)
    assert metric(client, made)["value"] is None
    assert [each["resolved"] for each in alerts(client)] == [False]
    sync(client.world, connection, 35)
    look(client)
    assert state(client, made) == "NOT_FIRING"
    assert [each["resolved"] for each in alerts(client)] == [True]


def test_days_that_are_missing_hold_no_line_back_that_is_passed_without_them(
    client: Client, connection: Connection
) -> None:
    sync(client.world, connection, 3)
    passed, open_ = make(client, month(5)), make(client, month(5.01))
    assert (state(client, passed), state(client, open_)) == ("FIRING", "UNKNOWN")
    assert metric(client, open_)["value"] == 5
    assert len(metric(client, open_)["unreadDays"]) == 21


def test_a_threshold_looks_at_settled_days(
    client: Client, connection: Connection, clock: Clock
) -> None:
    sync(client.world, connection, 35)
    made = make(client, settled(1.5))
    reading = metric(client, made)
    assert (reading["value"], reading["unsettledDays"]) == (2, [])
    assert reading["windowStart"] == "2026-11-22T00:00:00.000Z"
    assert reading["windowEnd"] == "2026-11-22T23:59:59.999Z"
    assert state(client, made) == "FIRING"
    assert metric(client, make(client, settled(9, "WEEKLY")))["value"] == 3
    low = make(client, settled(1, operatorType="LESS_THAN"))
    assert state(client, low) == "NOT_FIRING"
    clock.move(DAY)
    look(client)
    assert (state(client, made), state(client, low)) == ("NOT_FIRING", "FIRING")
    clock.move(2 * DAY)
    look(client)
    assert metric(client, low)["unreadDays"] == ["2026-11-25"]
    assert (state(client, made), state(client, low)) == ("UNKNOWN", "FIRING")


@pytest.mark.parametrize(
    ("members", "value"),
    [
        ({"filters": of("PROVIDER", "Anthropic")}, 6),
        ({"filters": of("PROVIDER", "ClaudeCode")}, 6),
        ({"filters": of("PROVIDER", "anthropic", "IS_NOT")}, None),
        ({"filters": of("PROVIDER", "openai")}, None),
        ({"filters": of("WORKSPACE", "wrkspc_2")}, 1),
        ({"filters": of("WORKSPACE", "Support")}, 5),
        ({"filters": of("WORKSPACE", "Support", "IS_NOT")}, 1),
        ({"filters": of("API_KEY", "apikey_2")}, 3),
        ({"filters": of("MODEL", "claude-sonnet-4-5")}, 6),
        ({"filters": of("MODEL", "claude-sonnet-4-5-20250929")}, 2),
        ({"filters": of("MODEL", "gpt", "STARTS_WITH")}, 0),
        ({"metricType": "TOKEN_COUNT"}, 60),
        ({"metricType": "OUTPUT_TOKEN_COUNT"}, None),
    ],
)
def test_what_a_rule_looks_at(
    client: Client, connection: Connection, members: dict[str, Any], value: int | None
) -> None:
    sync(client.world, connection, 35)
    made = make(client, month(100) | members)
    assert metric(client, made)["value"] == value


def test_groups(client: Client, connection: Connection) -> None:
    sync(client.world, connection, 35)
    made = make(client, month(3, groupBy="WORKSPACE"))
    groups = [(each["groupValue"], each["value"]) for each in metric(client, made)["groups"]]
    assert groups == [("Support", 5), ("wrkspc_2", 1)]
    assert [each["groupDisplayName"] for each in alerts(client)] == ["Support"]
    found = get(client, f"{RULES}/provider-dimensions/workspaces", query="supp")
    assert found == {"items": [{"id": "wrkspc_1", "name": "Support"}], "total": 1}
    bare = get(client, f"{RULES}/provider-dimensions")
    assert [each["id"] for each in bare["apiKeys"]] == ["apikey_1", "apikey_2"]


def test_every_bill_must_be_known(client: Client, connection: Connection, clock: Clock) -> None:
    """An import is known by the days that have lines; what has no rate is in no value."""
    sync(client.world, connection, 35)
    aws = replace(connection, id="focus", source="focus", provider=BillingProvider.BEDROCK)
    day = "2026-11-22"
    line = BilledLine(day=day, model="claude", currency="USD", amount_nano=10**9, cost_type="x")
    write_days(client.world, aws, [day], [line], Rates({}))
    whole, week = make(client, settled(9)), make(client, settled(9, "WEEKLY"))
    assert (metric(client, whole)["value"], state(client, whole)) == (3, "NOT_FIRING")
    assert (state(client, week), len(metric(client, week)["unreadDays"])) == ("UNKNOWN", 6)
    only = make(client, settled(9, "WEEKLY", filters=of("PROVIDER", "anthropic")))
    assert state(client, only) == "NOT_FIRING"
    write_days(client.world, aws, [day], [replace(line, currency="XXX")], Rates({}))
    clock.move(HOUR)
    look(client)
    assert (state(client, whole), metric(client, whole)["unconvertedLines"]) == ("UNKNOWN", 1)


def test_a_reset_counts_from_the_next_whole_day(
    client: Client, connection: Connection, clock: Clock
) -> None:
    sync(client.world, connection, 35)
    made = make(client, month(5))
    path = f"/profitstream/v2/api/ai/alerts/{made['id']}/budget/reset"
    assert client.post(path, {}).json["currentValue"] is None
    clock.move(DAY)
    sync(client.world, connection, 2)
    assert progress(client, made)["currentValue"] == 0


def test_a_budget_below_a_line_is_refused(client: Client) -> None:
    answer = client.post(RULES, month(5, operatorType="LESS_THAN"))
    assert (answer.status, "operatorType" in answer.body.decode()) == (400, True)
