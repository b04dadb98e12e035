"""What is unusual at an hour of the week, and what earns less than it costs, on both adapters."""

from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from chalicelib.kit.clock import DAY, HOUR, MINUTE, SECOND, day_of, iso
from chalicelib.lake.compaction import compact_due
from chalicelib.lake.parquet import encode, schema_of
from chalicelib.lake.rolling import roll_due
from chalicelib.lake.tables import CHARGES
from chalicelib.ports.lake import LakePath
from chalicelib.ports.scope import Scope
from tests.api.test_alerts import LOCAL, RULES, alerts, call, get, look, make, rule
from tests.support.bodies import completion
from tests.support.client import Client
from tests.support.clock import Clock
from tests.support.feeding import feed

WEEK = 7 * DAY


def anomaly(**members: Any) -> dict[str, Any]:
    return rule(**{"alertType": "ANOMALY", "threshold": 1, "name": "odd", **members})


def weeks(client: Client, clock: Clock, counts: list[int], **members: Any) -> None:
    """So many calls at this hour in each of the weeks before, the newest week first."""
    for week, count in enumerate(counts, 1):
        at = clock.now - week * WEEK
        for number in range(count):
            times = {"requestTime": iso(at + number), "responseTime": iso(at + number + 500)}
            name = f"{members.get('agent', '')}-{at}-{number}"
            body = completion(transactionId=name, **{**times, **members})
            assert client.post("/meter/v2/ai/completions", body).status == 201
    feed(client.world)


def test_a_runaway_loop_is_an_anomaly_and_a_rhythm_is_none(client: Client, clock: Clock) -> None:
    weeks(client, clock, [6, 5, 6, 7, 6])
    made = make(client, anomaly())
    call(client, clock, 6)
    clock.move(MINUTE)
    assert look(client)["opened"] == 0
    reading = get(client, f"{RULES}/{made['id']}/metric")
    assert (reading["value"], reading["expectedValue"]) == (6, 6)
    call(client, clock, 6)
    clock.move(MINUTE)
    assert look(client)["opened"] == 1
    (alert,) = alerts(client)
    assert (alert["triggeredValue"], alert["expectedValue"]) == (12, 6)
    clock.move(2 * HOUR)
    assert look(client)["resolved"] == 1


@LOCAL
@pytest.mark.parametrize(
    ("sensitivity", "calls", "fires"),
    [
        # The spread is a tenth of the middle, 10.
        ("HIGH", 12, False),
        ("HIGH", 13, True),
        (None, 13, False),
        (None, 14, True),
        ("LOW", 15, False),
        ("LOW", 16, True),
    ],
)
def test_how_far_from_usual_is_odd(
    client: Client, clock: Clock, sensitivity: str | None, calls: int, fires: bool
) -> None:
    weeks(client, clock, [10, 10, 10])
    call(client, clock, calls)
    make(client, anomaly(sensitivity=sensitivity))
    assert len(alerts(client)) == fires


@LOCAL
def test_what_is_too_little(client: Client, clock: Clock) -> None:
    weeks(client, clock, [10, 10, 10], agent="a")
    weeks(client, clock, [1, 1, 1], agent="b")
    body = anomaly(operatorType="LESS_THAN", groupBy="AGENT", threshold=5)
    made = make(client, body)
    # Nothing is called in the hour before noon, which this last hour is for the most part.
    assert get(client, f"{RULES}/{made['id']}/metric")["conditionMet"] is False
    clock.move(-HOUR)
    weeks(client, clock, [10, 10, 10], agent="a")
    clock.move(HOUR)
    make(client, body)
    (alert,) = alerts(client)
    assert (alert["groupDisplayName"], alert["triggeredValue"]) == ("a", 0)


@LOCAL
def test_the_past_must_be_known(client: Client, clock: Clock) -> None:
    weeks(client, clock, [1, 1])
    made = make(client, anomaly())
    call(client, clock, 50)
    look(client)
    assert alerts(client) == []
    assert get(client, f"{RULES}/{made['id']}")["firingState"] == "UNKNOWN"


@LOCAL
def test_a_customer_that_was_not_there_before(client: Client, clock: Clock) -> None:
    weeks(client, clock, [3, 3, 3], organizationName="old")
    call(client, clock, 3, organizationName="old")
    call(client, clock, 4, organizationName="new")
    make(client, anomaly(groupBy="ORGANIZATION", threshold=5))
    assert alerts(client) == []
    call(client, clock, 1, organizationName="new")
    clock.move(SECOND)
    look(client)
    assert [each["groupDisplayName"] for each in alerts(client)] == ["new"]


@LOCAL
def test_what_is_usual_is_asked_once_an_hour(
    client: Client, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    weeks(client, clock, [3, 3, 3, 3])
    make(client, anomaly())
    call(client, clock)
    asked: list[str] = []
    run = type(client.world.engine).run

    def count(self: Any, team: Any, statement: Any) -> Any:
        asked.append(statement.sql)
        return run(self, team, statement)

    monkeypatch.setattr(type(client.world.engine), "run", count)
    clock.move(MINUTE)
    look(client)
    assert len(asked) == 1
    clock.move(HOUR)
    look(client)
    assert len(asked) == 1 + 1 + 4


@LOCAL
def test_a_customer_who_earns_less_than_it_costs(client: Client, clock: Clock) -> None:
    call(client, clock, 2, organizationName="acme")
    call(client, clock, 1)
    members = {"metricType": "MARGIN", "operatorType": "LESS_THAN", "threshold": 0}
    made = make(client, rule(**members, groupBy="ORGANIZATION", periodDuration="DAILY"))
    (alert,) = alerts(client)
    assert (alert["groupDisplayName"], alert["triggeredValue"]) == ("acme", -0.00042)
    only = [{"dimension": "ORGANIZATION", "operator": "IS", "value": "nobody"}]
    made = make(client, rule(**members, filters=only, periodDuration="DAILY"))
    assert Decimal(str(get(client, f"{RULES}/{made['id']}/metric")["value"])) == 0


@LOCAL
def test_a_mean_of_an_hour_without_calls_tells_nothing(client: Client, clock: Clock) -> None:
    """Of the errors at an hour at which nobody calls as a rule, nothing is usual."""
    weeks(client, clock, [1, 1, 1], requestDuration=500)
    made = make(client, anomaly(metricType="DURATION"))
    call(client, clock, 2, requestDuration=500)
    assert get(client, f"{RULES}/{made['id']}/metric")["expectedValue"] == 500
    call(client, clock, 2, requestDuration=2000)
    clock.move(SECOND)
    look(client)
    assert len(alerts(client)) == 1
    clock.move(12 * HOUR)
    call(client, clock, 2, requestDuration=9000)
    make(client, anomaly(metricType="DURATION", groupBy="AGENT"))
    look(client)
    assert [each["resolved"] for each in alerts(client)] == [True]


@LOCAL
def test_a_job_of_every_day_is_no_anomaly_shortly_after(client: Client, clock: Clock) -> None:
    """The last hour begins in an hour of the clock in which nothing ever happens."""
    weeks(client, clock, [10, 10, 10])
    call(client, clock, 10)
    make(client, anomaly())
    clock.move(5 * MINUTE)
    look(client)
    assert alerts(client) == []


@LOCAL
@pytest.mark.parametrize("metric", ["REQUEST_COUNT", "DURATION", "TOTAL_COST", "ERROR_RATE"])
def test_rollups_tell_the_same_as_calls(client: Client, clock: Clock, metric: str) -> None:
    for number, calls in enumerate((3, 4, 5, 4)):
        weeks(client, clock, [0] * number + [calls], requestDuration=100 * calls)
    call(client, clock, 2, requestDuration=150, stopReason="ERROR")
    names = ("odd", "change")
    bodies = (
        anomaly(metricType=metric, threshold=0),
        rule(
            metricType=metric,
            alertType="RELATIVE_CHANGE",
            operatorType="INCREASES_BY",
            periodDuration="MONTHLY",
        ),
    )
    told: list[list[Any]] = []
    for is_settled in (False, True):
        if is_settled:
            compact_due(client.world)
            roll_due(client.world)
        found: list[Any] = []
        for name, body in zip(names, bodies, strict=True):
            made = make(client, {**body, "name": f"{name} {is_settled}"})
            reading = get(client, f"{RULES}/{made['id']}/metric")
            found.append([reading[key] for key in ("value", "previousValue", "expectedValue")])
        told.append(found)
    assert told[0] == told[1]
    if metric == "DURATION":
        # The medians of 300, 400, 500 and 400 ms.
        assert told[0][0] == [150, None, 400]


def earn(client: Client, clock: Clock, customer: str, usd: str, *, days_ago: int = 0) -> None:
    """A charge of a day, as billing keeps it in the lake."""
    start = clock.now - clock.now % DAY - days_ago * DAY
    row = {"charge_id": customer, "earned_at": start, "organization": customer}
    rows = [{**row, "usd_nano": int(Decimal(usd) * 10**9)}]
    path = LakePath(CHARGES.name, day_of(start), f"{customer}.parquet")
    data = encode(pa.Table.from_pylist(rows, schema_of(CHARGES)))
    client.world.lake.put(Scope(client.installed.team), path, data)


def test_a_margin_is_revenue_less_cost(client: Client, clock: Clock) -> None:
    call(client, clock, 2, organizationName="acme")
    call(client, clock, 2, organizationName="poor")
    earn(client, clock, "acme", "0.00043", days_ago=1)
    earn(client, clock, "poor", "9", days_ago=2)
    earn(client, clock, "poor", "0.00041")
    earn(client, clock, "idle", "5")
    members = {"metricType": "MARGIN", "operatorType": "LESS_THAN", "threshold": 0}
    made = make(client, rule(**members, groupBy="ORGANIZATION", periodDuration="DAILY"))
    reading = get(client, f"{RULES}/{made['id']}/metric")
    assert {each["groupValue"]: each["value"] for each in reading["groups"]} == {
        "acme": 0.00001,
        "poor": -0.00001,
        "idle": 5,
    }
    assert [each["groupDisplayName"] for each in alerts(client)] == ["poor"]
    only = [{"dimension": "ORGANIZATION", "operator": "IN", "values": ["acme", "poor"]}]
    made = make(client, rule(**members, filters=only, periodDuration="DAILY"))
    assert get(client, f"{RULES}/{made['id']}/metric")["value"] == 0
