"""Re-rating: new prices reach old events as new versions; stated costs stay; rollups follow."""

import json
from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from chalicelib.kit.clock import DAY, MINUTE, SECOND, day_of, iso
from chalicelib.kit.ids import event_id
from chalicelib.lake.compaction import compact_due
from chalicelib.lake.rolling import roll_due
from chalicelib.metering import rerating
from chalicelib.metering.rerating import Order, rerate, rerate_due
from chalicelib.metering.revisions import void
from chalicelib.ports.world import World
from chalicelib.resources.audit import AUDIT
from infra.local.feeder import drain
from tests.conftest import NOON
from tests.support.bodies import completion
from tests.support.client import Client

TODAY = day_of(NOON)
MODELS = "/profitstream/v2/api/sources/ai/models"
WHOLE = Order(TODAY, TODAY)


@pytest.fixture
def client(world: World) -> Client:
    """A team with three calls: of a model of its own, of a listed one, and one whose cost the
    client stated."""
    client = Client(world)
    home = {"model": "home-grown", "provider": "HOUSE"}
    for body in (completion(1, **home), completion(2), completion(3, totalCost=0.5, **home)):
        assert client.post("/meter/v2/ai/completions", body).status == 201
    drain(world)
    return client


def give_price(client: Client, price: float = 0.000001) -> str:
    body = {
        "name": "home-grown",
        "provider": "HOUSE",
        "inputCostPerToken": price,
        "outputCostPerToken": 2 * price,
    }
    answer = client.post(MODELS, {**body, "mode": "chat"})
    assert answer.status == 200, answer.body
    return str(answer.json["id"])


def history(client: Client, number: int) -> list[dict[str, Any]]:
    team = client.installed.team
    return [
        json.loads(event.body)
        for event in client.world.events.history(
            team, event_id(team, "COMPLETION", f"chatcmpl-{number}")
        )
    ]


def run(client: Client, order: Order = WHOLE) -> rerating.Summary:
    summary = rerate(client.world, client.installed.team, order, "test")
    drain(client.world)
    return summary


def test_a_price_that_arrives_reaches_what_came_before_it(client: Client) -> None:
    assert "cost_nano" not in history(client, 1)[0]
    give_price(client)
    summary = run(client)
    before, after = history(client, 1)
    assert (after["version"], after["price_status"], after["cost_nano"]) == (2, "PRICED", 1_200_000)
    assert {name: after[name] for name in before if "price" not in name and name != "version"} == {
        name: before[name] for name in before if "price" not in name and name != "version"
    }
    line = summary.models["HOUSE", "home-grown"]
    assert (line.events, line.changed, line.before, line.after) == (2, 1, 0, 1_200_000)
    assert (line.unpriced_before, line.unpriced_after) == (1, 0)
    assert (len(history(client, 2)), len(history(client, 3))) == (1, 1)
    assert run(client).number_changed == 0


def test_it_leaves_an_audit_record(client: Client) -> None:
    run(client)
    documents, team = client.world.documents, client.installed.team
    assert not documents.page(team, AUDIT).records
    give_price(client)
    run(client)
    (audit,) = documents.page(team, AUDIT).records
    assert (audit.doc["author"], audit.doc["firstDay"]) == ("test", TODAY)
    assert audit.doc["lines"] == [
        {
            "provider": "HOUSE",
            "model": "home-grown",
            "changed": 1,
            "beforeNano": 0,
            "afterNano": 1_200_000,
            "unpricedBefore": 1,
            "unpricedAfter": 0,
        }
    ]


def test_a_dry_run_changes_nothing(client: Client) -> None:
    give_price(client)
    assert run(client, replace(WHOLE, dry_run=True)).number_changed == 1
    assert len(history(client, 1)) == 1
    assert not client.world.documents.page(client.installed.team, AUDIT).records


@pytest.mark.parametrize(
    "order",
    [replace(WHOLE, model="gpt-4o-mini"), Order(day_of(NOON - DAY), day_of(NOON - DAY))],
    ids=["another model", "another day"],
)
def test_what_was_not_asked_for_stays(client: Client, order: Order) -> None:
    give_price(client)
    assert run(client, order).number_changed == 0
    assert len(history(client, 1)) == 1


def test_voided_events_stay_voided(client: Client) -> None:
    team = client.installed.team
    void(client.world, team, [event_id(team, "COMPLETION", "chatcmpl-1")])
    give_price(client)
    assert run(client).number_changed == 0  # although the lake has not heard of it yet
    assert [row["deleted"] for row in history(client, 1)] == [False, True]


def test_the_schedule_prices_what_was_waiting(client: Client) -> None:
    rerate_due(client.world)  # other tests' teams may have something waiting
    assert len(history(client, 1)) == 1
    give_price(client)
    assert rerate_due(client.world) == 1
    drain(client.world)
    assert history(client, 1)[-1]["cost_nano"] == 1_200_000
    assert rerate_due(client.world) == 0


def test_the_schedule_looks_at_days_of_which_rollups_tell(client: Client, clock: Any) -> None:
    """Old days are rolled up; of the two only the one with an unpriced event is read."""
    for number, day in ((11, 30), (12, 31)):
        house = {"model": "home-grown", "provider": "HOUSE"} if number == 12 else {}
        body = completion(number, NOON - day * DAY, **house)
        assert client.post("/meter/v2/ai/completions", body).status == 201
    drain(client.world)
    clock.move(5 * MINUTE)
    compact_due(client.world, quiet_ms=0)
    roll_due(client.world)
    asked: list[Any] = []

    class Watched:
        def run(self, team: str, statement: Any) -> Any:
            if team == client.installed.team:
                asked.extend((scan.table, scan.first_day, scan.last_day) for scan in statement.scan)
            return client.world.engine.run(team, statement)

    give_price(client)
    assert rerate_due(replace(client.world, engine=Watched())) >= 2
    assert history(client, 12)[-1]["cost_nano"] == 1_200_000
    read = [first for table, first, _ in asked if table == "ai_events"]
    assert read == [day_of(NOON - 31 * DAY), TODAY]


def test_the_schedule_prices_tools_when_they_are_registered(client: Client) -> None:
    answer = client.post("/meter/v2/tool/events", {"transactionId": "t", "toolId": "search"})
    drain(client.world)
    pricing = {"elements": [{"name": "calls", "aggregationType": "COUNT", "unitPrice": "0.01"}]}
    tool = {"name": "Search", "toolId": "search", "toolType": "REST_API", "pricing": pricing}
    assert client.post("/profitstream/v2/api/tools", tool).status == 200
    assert rerate_due(client.world) >= 1
    newest = client.world.events.history(client.installed.team, answer.json["id"])[-1]
    assert json.loads(newest.body)["cost_nano"] == 10_000_000


def test_the_schedule_looks_at_days_of_which_rollups_of_tools_tell(
    client: Client, clock: Any
) -> None:
    """Of two days that were rolled up, only the one with a tool without a price is read."""

    def register(tool_id: str) -> None:
        pricing = {"elements": [{"name": "calls", "aggregationType": "COUNT", "unitPrice": "0.01"}]}
        tool = {"name": tool_id, "toolId": tool_id, "toolType": "REST_API", "pricing": pricing}
        assert client.post("/profitstream/v2/api/tools", tool).status == 200

    register("paid")
    for tool_id, day in (("paid", 30), ("search", 31)):
        body = {"transactionId": tool_id, "toolId": tool_id, "timestamp": iso(NOON - day * DAY)}
        answer = client.post("/meter/v2/tool/events", body)
    drain(client.world)
    clock.move(5 * MINUTE)
    compact_due(client.world, quiet_ms=0)
    roll_due(client.world)
    asked: list[Any] = []

    class Watched:
        def run(self, team: str, statement: Any) -> Any:
            if team == client.installed.team:
                asked.extend((scan.table, scan.first_day) for scan in statement.scan)
            return client.world.engine.run(team, statement)

    register("search")
    assert rerate_due(replace(client.world, engine=Watched())) >= 1
    newest = client.world.events.history(client.installed.team, answer.json["id"])[-1]
    assert json.loads(newest.body)["cost_nano"] == 10_000_000
    assert [day for table, day in asked if table == "tool_events"] == [day_of(NOON - 31 * DAY)]


def test_reports_follow_through_rollups(client: Client, clock: Any) -> None:
    def settle() -> None:
        clock.move(5 * MINUTE)
        compact_due(client.world, quiet_ms=0)
        roll_due(client.world)

    def total() -> tuple[int, str]:
        window = {"startDate": f"{TODAY}T00:00:00Z", "endDate": f"{TODAY}T23:59:59.999Z"}
        answer = client.get("/api/v2/analytics/cost-by-model-aggregated", window)
        costs = [item["metrics"][0]["metricResult"] for item in answer.json["_embedded"]["items"]]
        return round(sum(costs) * 10**9), answer.headers["X-Meterlake-Unpriced-Calls"]

    settle()
    assert total() == (500_210_000, "1/3")
    give_price(client)
    run(client)
    assert total() == (501_410_000, "0/3")
    settle()
    assert total() == (501_410_000, "0/3")


def test_an_event_that_was_changed_meanwhile_is_rated_as_it_is_now(
    client: Client, monkeypatch: Any
) -> None:
    """The lake shows version 1 while the ledger has version 2 already."""
    from chalicelib.metering.revisions import revise

    team, give = client.installed.team, give_price
    identity = event_id(team, "COMPLETION", "chatcmpl-1")
    revise(client.world, team, [identity], lambda row: {"input_tokens": 2_000})
    give(client)
    run(client)
    assert [row.get("cost_nano") for row in history(client, 1)] == [None, None, 2_200_000]


def test_a_price_that_changes_later_does_not_reach_back(client: Client, clock: Any) -> None:
    model = give_price(client)
    run(client)
    clock.move(SECOND)
    assert (
        client.send(
            "PATCH",
            f"{MODELS}/{model}",
            b'{"inputCostPerToken": 0.00001}',
            {"teamId": client.installed.team},
            {},
        ).status
        == 200
    )
    clock.move(MINUTE)
    assert run(client).number_changed == 0


def test_a_tool_event_that_states_its_cost_stops_nothing(client: Client) -> None:
    """What its client stated stays, however exact it is; what stands beside it is rated anew."""
    for number, cost in enumerate((0.25, 1, "0.000000001")):
        body = {"transactionId": f"t{number}", "toolId": "search", "costUsd": cost}
        assert client.post("/meter/v2/tool/events", body).status == 201
    answer = client.post("/meter/v2/tool/events", {"transactionId": "t", "toolId": "search"})
    pricing = {"elements": [{"name": "calls", "aggregationType": "COUNT", "unitPrice": "0.01"}]}
    tool = {"name": "Search", "toolId": "search", "toolType": "REST_API", "pricing": pricing}
    assert client.post("/profitstream/v2/api/tools", tool).status == 200
    drain(client.world)
    summary = run(client)
    line = summary.models["tool", "search"]
    assert (line.events, line.changed, line.after) == (4, 1, 10_000_000)
    newest = client.world.events.history(client.installed.team, answer.json["id"])[-1]
    assert json.loads(newest.body)["cost_nano"] == 10_000_000


def test_every_change_has_its_entry_when_a_later_day_fails(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when it fails within a day: calls were changed, then its tools could not be read."""
    answer = client.post(
        "/meter/v2/ai/completions",
        completion(9, NOON - DAY, model="home-grown", provider="HOUSE"),
    )
    assert answer.status == 201
    drain(client.world)
    give_price(client)
    real = rerating._Run.rerate_day

    def fail(self: Any, table: Any, day: str) -> None:
        if (table.name, day) == ("tool_events", TODAY):
            raise OSError("the disk is gone")
        real(self, table, day)

    monkeypatch.setattr(rerating._Run, "rerate_day", fail)
    with pytest.raises(OSError, match="gone"):
        run(client, Order(day_of(NOON - DAY), TODAY))
    answer = client.get("/profitstream/v2/api/audit-entries")
    entries = answer.json["_embedded"]["auditEntryList"]
    assert sorted(entry["firstDay"] for entry in entries) == [day_of(NOON - DAY), TODAY]
    assert {entry["author"] for entry in entries} == {"test"}


def test_a_run_that_is_killed_leaves_entries_of_nearly_all_that_it_changed(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By SIGTERM, which raises SystemExit anywhere, here within the third batch."""
    for number in range(20, 30):
        body = completion(number, model="home-grown", provider="HOUSE")
        assert client.post("/meter/v2/ai/completions", body).status == 201
    drain(client.world)
    give_price(client)
    monkeypatch.setattr(rerating, "_AT_ONCE", 4)
    monkeypatch.setattr(rerating, "_AUDITED_AT_ONCE", 4)
    real = rerating._Run._append
    batches = count(1)

    def leave(self: Any, *change: Any) -> Any:
        done = real(self, *change)
        if change[1] and next(batches) == 3:
            raise SystemExit
        return done

    monkeypatch.setattr(rerating._Run, "_append", leave)
    with pytest.raises(SystemExit):
        run(client)
    entries = client.get("/profitstream/v2/api/audit-entries").json["_embedded"]["auditEntryList"]
    told = sum(line["changed"] for entry in entries for line in entry["lines"])
    perhaps = sum(entry["facts"].get("perhapsChanged", 0) for entry in entries)
    changed = sum(len(history(client, number)) == 2 for number in (1, *range(20, 30)))
    assert (told + perhaps, perhaps > 0) == (changed, True)


def test_the_summary_of_several_days_is_their_sum(client: Client) -> None:
    body = completion(9, NOON - DAY, model="home-grown", provider="HOUSE")
    assert client.post("/meter/v2/ai/completions", body).status == 201
    drain(client.world)
    give_price(client)
    line = run(client, Order(day_of(NOON - DAY), TODAY)).models["HOUSE", "home-grown"]
    assert (line.events, line.changed, line.after, line.unpriced_before) == (3, 2, 2_400_000, 2)
