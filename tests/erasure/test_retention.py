"""Retention, on both worlds: what is past is gone, what is younger or another's stays, and so does
the money."""

from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest
from click.testing import CliRunner

from chalicelib.erasure.retention import (
    RetentionReport,
    empty_due_days,
    read_retention,
    set_retention,
)
from chalicelib.export.service import export, find_sub_accounts
from chalicelib.identity.service import create_team
from chalicelib.identity.settings import RETENTION_DAYS
from chalicelib.kit.clock import DAY, MINUTE, day_of, iso
from chalicelib.kit.errors import Invalid, NotFound
from chalicelib.kit.ids import event_id
from chalicelib.lake.compaction import compact_due
from chalicelib.lake.days import KIND, ROLLUP_FORMAT, close_days, open_days, read_believed_states
from chalicelib.lake.gaps import HEADER
from chalicelib.lake.parquet import decode, encode, schema_of
from chalicelib.lake.rolling import FILE, roll_due
from chalicelib.lake.tables import QUARANTINE, ROLLUP_DAILY, TRACE_DAILY
from chalicelib.metering.prompts import prompts_of
from chalicelib.ports.events import EventRecord
from chalicelib.ports.lake import LakePath
from chalicelib.ports.world import World
from functions.schedules import upkeep as upkeep_schedule
from infra.cli.main import main
from infra.installation import installation
from infra.local.feeder import drain
from infra.local.world import build
from tests.conftest import NOON
from tests.functions.test_functions import SCHEDULED, Context
from tests.support.bodies import completion
from tests.support.client import Client

COMPLETIONS = "/meter/v2/ai/completions"
AGES = (0, 9, 10, 11, 40)
"""Days before today of the calls; ten days are kept, so the last two are past."""
PAST = [day_of(NOON - age * DAY) for age in (40, 11)]
YOUNG = [day_of(NOON - age * DAY) for age in (10, 9, 0)]


OLDEST = iso(NOON - 60 * DAY)
DATES = {"startDate": OLDEST, "endDate": iso(NOON)}
RANGE = {"startDate": day_of(NOON - 45 * DAY), "endDate": YOUNG[-1]}


@pytest.fixture
def client(world: World) -> Client:
    client = Client(world)
    path = f"/profitstream/v2/api/teams/{client.installed.team}/settings/prompts"
    assert client.send("PUT", path, b'{"promptCaptureEnabled":true}', {}, {}).status == 200
    fill(client)
    return client


def fill(client: Client) -> None:
    for age in AGES:
        body = completion(
            age,
            NOON - age * DAY - 1_000,
            subscriber={"email": "anna@acme.example"},
            inputMessages="hi",
            agenticJobId="job-1",
        )
        assert client.post(COMPLETIONS, body).status == 201
    upkeep(client)


def upkeep(client: Client) -> None:
    drain(client.world)
    compact_due(client.world, quiet_ms=0)
    roll_due(client.world)


def run(client: Client, days: int | None = 10) -> RetentionReport:
    set_retention(client.world, client.installed.tenant, days)
    return empty_due_days(client.world)


def days_of(client: Client, table: str = "ai_events") -> list[str]:
    return list(client.world.lake.days(client.installed.team, table))


def rollup(client: Client, day: str) -> list[dict[str, Any]]:
    path = LakePath(ROLLUP_DAILY.name, day, FILE)
    rows: list[dict[str, Any]] = decode(
        client.world.lake.get(client.installed.team, path), schema_of(ROLLUP_DAILY)
    ).to_pylist()
    return rows


def known(client: Client, age: int) -> bool:
    team, identity = (
        client.installed.team,
        event_id(client.installed.team, "COMPLETION", f"chatcmpl-{age}"),
    )
    found = client.world.events.history(team, identity)
    assert (prompts_of(client.world, team, identity) is not None) == bool(found)
    return bool(found)


def test_what_is_past_is_gone_to_the_day(client: Client) -> None:
    done = run(client)
    assert (done.days, done.events, done.prompts, done.waiting) == (2, 2, 2, 0)
    assert days_of(client) == YOUNG
    assert [age for age in AGES if known(client, age)] == [0, 9, 10]
    assert run(client) == RetentionReport()


def test_a_day_is_past_when_its_last_instant_is(client: Client, clock: Any) -> None:
    clock.move(12 * 60 * MINUTE - 1)  # the last millisecond of the day
    run(client)
    assert days_of(client) == YOUNG
    clock.move(1)
    empty_due_days(client.world)
    assert days_of(client) == YOUNG[1:]


def test_a_report_says_which_days_it_cannot_know_any_more(client: Client) -> None:
    run(client)
    start = NOON - 40 * DAY - NOON % DAY
    half = {"startDate": iso(start), "endDate": iso(start + DAY // 2 - 1), "size": 100}
    hours, whole = ({**half, "endDate": iso(start + days * DAY - 1)} for days in (1, 4))
    for window in (half, hours):
        answer = client.get("/api/v2/analytics/cost-by-team", window)
        assert answer.headers["X-Meterlake-Incomplete-Days"] == PAST[0]
    for path, window in (("cost-by-agent", whole), ("cost-by-model-aggregated", whole)):
        answer = client.get(f"/api/v2/analytics/{path}", window)
        assert "X-Meterlake-Incomplete-Days" not in answer.headers
        assert b"0.00021" in answer.body
    (account,) = find_sub_accounts(client.world, client.installed.tenant)
    with pytest.raises(Invalid):
        export(client.world, account, "csv", [PAST[0]])


GONE = f"{PAST[0]}, {PAST[1]}"
METRICS = "/profitstream/v2/api/sources/metrics/ai"


@pytest.mark.parametrize("world", ["local"], indirect=True)
@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/api/v2/analytics/cost-by-user", DATES),
        ("/api/v2/analytics/cost-by-api-key", DATES),
        ("/api/v2/analytics/cost-by-team", DATES),
        ("/api/v2/analytics/trace-cost-distribution", DATES),
        (f"{METRICS}/completions", DATES),
        (f"{METRICS}/completions", {}),
        (f"{METRICS}/completions", {"transactionId": "chatcmpl-40"}),
        (f"{METRICS}/traces", DATES),
        (f"{METRICS}/traces", {}),
        (f"{METRICS}/traces/anomalies", {"period": "NINETY_DAYS"}),
        ("/profitstream/v2/api/squads", {"period": "NINETY_DAYS"}),
        ("/profitstream/v2/api/jobs", {}),
        ("/profitstream/v2/api/billing/users/github-prs", {**RANGE, "includeCosts": True}),
        ("/profitstream/v2/api/billing/seats", {"fromDate": RANGE["startDate"]}),
    ],
)
def test_whoever_asks_for_what_is_gone_is_told(
    client: Client, path: str, query: dict[str, Any]
) -> None:
    asked = {"teamId": client.installed.team, **query}
    whole = client.get(path, asked)
    assert (whole.status, whole.headers.get(HEADER)) == (200, None), whole.body
    run(client)
    answer = client.get(path, asked)
    assert (answer.status, answer.headers.get(HEADER)) == (200, GONE), answer.body


def test_sums_stay_without_names(client: Client) -> None:
    before = {day: rollup(client, day) for day in PAST + YOUNG}
    run(client)
    for day in PAST:
        known = rollup(client, day)
        personal = [row for row in known if row["dimension"] in ("user", "api-key")]
        assert [row for row in known if row not in personal] == [
            row for row in before[day] if row["dimension"] not in ("user", "api-key")
        ]
        assert {
            row["dimension"]: (row["value"], row["value_id"], row["calls"]) for row in personal
        } == {
            "user": (None, None, 1),
            "api-key": (None, None, 1),
        }
        assert "anna" not in repr(rollup(client, day))
        assert {row["cost_nano"] for row in rollup(client, day)} == {210_000}
    assert {day: rollup(client, day) for day in YOUNG} == {day: before[day] for day in YOUNG}


def test_what_nobody_is_named_for_any_more_is_in_the_totals(client: Client) -> None:
    first = NOON - AGES[-1] * DAY
    window = {
        "startDate": iso(first - first % DAY),
        "endDate": iso(first - first % DAY + 4 * DAY - 1),
    }
    run(client)
    for slug, nobody in (("cost-by-team", "UNCLASSIFIED"), ("cost-by-api-key", "ANONYMOUS")):
        answer = client.get(f"/api/v2/analytics/{slug}", window | {"size": 100})
        groups = [group for item in answer.json["_embedded"]["items"] for group in item["groups"]]
        assert {group["groupName"] for group in groups} == {nobody}
        assert sum(group["metrics"][0]["metricResult"] for group in groups) == pytest.approx(
            0.00021
        )


def test_rollups_of_an_older_version_are_believed_where_events_are_gone(client: Client) -> None:
    run(client)
    team, table = client.installed.team, "ai_events"
    for record in client.world.documents.page(team, KIND).records:
        days = {
            day: {**state, "rollups": ROLLUP_FORMAT - 1}
            for day, state in record.doc["days"].items()
        }
        client.world.documents.update(team, replace(record, doc={**record.doc, "days": days}))
    found = read_believed_states(client.world, team, table, PAST + YOUNG)
    assert [found[day].is_rolled for day in PAST + YOUNG] == [True] * len(PAST) + [False] * len(
        YOUNG
    )


def test_a_rollup_of_an_older_version_is_made_anew_before_its_events_go(client: Client) -> None:
    team, path = client.installed.team, LakePath(ROLLUP_DAILY.name, PAST[0], FILE)
    (record,) = [
        each
        for each in client.world.documents.page(team, KIND).records
        if PAST[0] in each.doc["days"]
    ]
    days = {
        day: {**state, "rollups": ROLLUP_FORMAT - 1} for day, state in record.doc["days"].items()
    }
    client.world.documents.update(team, replace(record, doc={**record.doc, "days": days}))
    old = pa.Table.from_pylist(
        [{"dimension": "team", "value": "anna", "calls": 1}], schema_of(ROLLUP_DAILY)
    )
    client.world.lake.put(team, path, encode(old))
    assert run(client).days == 2
    rows = rollup(client, PAST[0])
    assert "anna" not in repr(rows)
    assert {row["cost_nano"] for row in rows} == {210_000}


def test_traces_go_with_their_events(client: Client) -> None:
    assert days_of(client, TRACE_DAILY.name) == PAST + YOUNG
    run(client)
    assert days_of(client, TRACE_DAILY.name) == YOUNG


def test_days_that_were_never_rolled_up_are_first(client: Client) -> None:
    body = completion(99, NOON - 11 * DAY - 1_000)
    assert client.post(COMPLETIONS, body).status == 201
    drain(client.world)
    run(client)
    assert days_of(client) == YOUNG
    assert {row["cost_nano"] for row in rollup(client, PAST[1]) if row["dimension"] == "model"} == {
        420_000
    }


def test_an_event_that_comes_too_late_is_acknowledged_and_changes_no_sum(client: Client) -> None:
    run(client)
    before = rollup(client, PAST[1])
    assert client.post(COMPLETIONS, completion(98, NOON - 11 * DAY - 1_000)).status == 201
    upkeep(client)
    empty_due_days(client.world)
    upkeep(client)
    assert days_of(client) == YOUNG
    assert rollup(client, PAST[1]) == before


def test_a_day_with_an_open_writer_waits(client: Client) -> None:
    world, team = client.world, client.installed.team
    open_days(world, team, "ai_events", [PAST[0]], "w")
    done = run(client)
    assert (done.days, done.waiting) == (1, 1)
    assert days_of(client) == [PAST[0], *YOUNG]
    close_days(world, team, "ai_events", {PAST[0]: {}}, "w")
    assert empty_due_days(world).days == 1
    assert days_of(client) == YOUNG


def test_quarantined_records_go_too(client: Client) -> None:
    world, team = client.world, client.installed.team
    world.events.append(team, [EventRecord(team, "bad", 1, "ai_events", PAST[0], "no row")])
    drain(world)
    assert days_of(client, QUARANTINE) == [PAST[0]]
    run(client)
    assert days_of(client, QUARANTINE) == []
    assert world.events.history(team, "bad") == []


def test_another_tenant_is_untouched_and_without_a_setting_all_is_kept(client: Client) -> None:
    other = Client(client.world)
    fill(other)
    assert read_retention(client.world, other.installed.tenant) is None
    run(client)
    assert days_of(other) == PAST + YOUNG
    assert len(list(other.world.events.every(other.installed.team))) == len(AGES)


def test_all_teams_of_a_tenant(client: Client) -> None:
    world = client.world
    team = create_team(world, client.installed.tenant, "second")
    world.events.append(team, [EventRecord(team, "bad", 1, "ai_events", PAST[0], "no row")])
    drain(world)
    run(client)
    assert list(world.lake.days(team, QUARANTINE)) == []


def test_for_ever_again(client: Client) -> None:
    run(client)
    assert run(client, None) == RetentionReport()
    assert client.post(COMPLETIONS, completion(97, NOON - 11 * DAY - 1_000)).status == 201
    upkeep(client)
    assert PAST[1] in days_of(client)


def test_the_api_does_not_show_it(client: Client) -> None:
    tenant = client.installed.tenant
    set_retention(client.world, tenant, 30)
    assert RETENTION_DAYS not in client.get(f"/profitstream/v2/api/tenants/{tenant}").json
    assert read_retention(client.world, tenant) == 30


@pytest.mark.parametrize("days", [0, -1, 36_501])
def test_bad_days(client: Client, days: int) -> None:
    with pytest.raises(Invalid):
        set_retention(client.world, client.installed.tenant, days)


def test_an_unknown_tenant(world: World) -> None:
    with pytest.raises(NotFound):
        set_retention(world, "nobody", 1)


def test_the_command(tmp_path: Any) -> None:
    data = str(tmp_path / "data")
    installation(build(tmp_path / "data"))

    def meterlake(*words: str, **options: Any) -> str:
        return CliRunner().invoke(main, ["retention", *words, "--data", data], **options).output

    assert meterlake("show") == "events are kept for ever\n"
    assert "Aborted" in meterlake("set", "30", input="n\n")
    assert "for 30 days" in meterlake("set", "30", "--yes")
    assert meterlake("show") == "events are kept for 30 days\n"
    assert "0 days emptied" in meterlake("run")
    assert meterlake("set", "forever") == "events are kept for ever\n"
    assert "a number of days" in meterlake("set", "soon")
    assert "between 1 and" in meterlake("set", "0", "--yes")


def test_the_scheduled_function(aws_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep_schedule, "world", lambda: aws_world)
    client = Client(aws_world)
    fill(client)
    set_retention(aws_world, client.installed.tenant, 10)
    assert (
        upkeep_schedule.retain(SCHEDULED, Context())["days"] >= 2
    )  # other tests' tenants are there too
    assert days_of(client) == YOUNG
