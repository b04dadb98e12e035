"""Syncing: what was read stands, whatever happens afterwards; nothing is counted twice."""

import json
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from chalicelib.directory.exchange import Rate, Rates, set_rates
from chalicelib.kit.clock import DAY, HOUR, MINUTE
from chalicelib.ports.lake import LakePath
from chalicelib.ports.outbound import AddressRefused
from chalicelib.ports.world import World
from chalicelib.providers.billed import BilledQuestion, ask
from chalicelib.providers.days import write_days
from chalicelib.providers.leases import Busy, free_syncs, take_lease
from chalicelib.providers.lines import BilledLine
from chalicelib.providers.lookup import connection_of, progress_of
from chalicelib.providers.periods import Period
from chalicelib.providers.readers import READERS
from chalicelib.providers.records import CONNECTION, Connection
from chalicelib.providers.syncing import choose_days, sync, sync_due
from chalicelib.providers.vocabulary import BillingProvider
from chalicelib.reconciliation.gathering import days_read
from functions import table
from functions.seam import Seam
from infra.local.outbound import LocalOutbound
from infra.local.turns import Turns
from infra.local.wsgi import wsgi
from tests.conftest import NOON
from tests.providers.anthropic import KEY, FakeAnthropic, Use, connect, reach
from tests.support.bodies import completion
from tests.support.client import Client
from tests.support.clock import Clock
from tests.support.provider import Answer, Asked, FakeProvider

USES = [
    Use("2026-11-20", "100", tokens=10),
    Use("2026-11-22", "200", tokens=20),
    Use("2026-11-24", "300", tokens=30),
]
ALL = Period("2026-01-01", "2026-11-30")
COST = "/v1/organizations/analytics/cost"


@pytest.fixture
def provider() -> Iterator[FakeProvider]:
    with FakeProvider() as serving:
        yield serving


@pytest.fixture
def anthropic(provider: FakeProvider) -> FakeAnthropic:
    return FakeAnthropic(provider, USES)


@pytest.fixture
def client(local_world: World, provider: FakeProvider, tmp_path: Path) -> Client:
    return Client(reach(local_world, provider, tmp_path))


@pytest.fixture
def connection(client: Client, anthropic: FakeAnthropic) -> Connection:
    connect(client, anthropic.provider)
    found = connection_of(client.world, client.installed.team, "anthropic")
    assert found
    return found


def billed(client: Client) -> dict[str, int]:
    """Nano-USD by day."""
    question = BilledQuestion(ALL, ("day",), {})
    return {each.names[0]: each.cost for each in ask(client.world, client.installed.team, question)}


WHOLE = {"2026-11-20": 10**9, "2026-11-22": 2 * 10**9, "2026-11-24": 3 * 10**9}


def test_reading_twice_changes_nothing(client: Client, connection: Connection) -> None:
    assert sync(client.world, connection, 35).written.changed == 3
    assert billed(client) == WHOLE
    again = sync(client.world, connection, 35)
    assert (again.status, again.written.lines, again.written.changed) == ("SUCCESS", 6, 0)
    assert billed(client) == WHOLE


def test_a_provider_revises_a_day_and_takes_one_back(
    client: Client, connection: Connection, anthropic: FakeAnthropic
) -> None:
    sync(client.world, connection, 35)
    anthropic.uses = [replace(USES[0], cents="99.5"), replace(USES[2], cents="-12.34")]
    assert sync(client.world, connection, 35).written.changed == 3
    assert billed(client) == {"2026-11-20": 995_000_000, "2026-11-24": -123_400_000}


def test_while_a_key_is_checked_others_write(client: Client, provider: FakeProvider) -> None:
    application = wsgi(Seam(client.world).dispatcher(table.routers()), 10**6, Turns(1, 1, 0.05))
    seen: list[str] = []

    def post(path: str, body: dict[str, Any]) -> None:
        data = json.dumps(body).encode()
        environ = {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": path,
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(data)),
            "HTTP_X_API_KEY": client.key,
            "wsgi.input": BytesIO(data),
        }
        list(application(environ, lambda status, _: seen.append(status)))

    def meter(_asked: Asked) -> Answer:
        post("/meter/v2/ai/completions", completion())
        return Answer({"id": "org", "type": "organization"})

    provider.script("GET", "/v1/organizations/me", meter)
    names = {"credentialName": "Anthropic", "provider": "anthropic", "baseUrl": provider.url}
    post("/profitstream/v2/api/provider-credentials", {**names, "apiKey": KEY})
    assert seen == ["201 Created", "200 OK"]


def test_an_address_that_may_not_be_called(
    client: Client, connection: Connection, tmp_path: Path
) -> None:
    sync(client.world, connection, 35)
    world, team = client.world, client.installed.team
    before = progress_of(world, team, connection.id)
    shell = replace(world, outbound=LocalOutbound(tmp_path))
    with pytest.raises(AddressRefused):
        sync(shell, connection, 35, is_guest=True)
    assert progress_of(world, team, connection.id) == before
    assert sync(shell, connection, 35).status == "FAILED", "who reads all day says so"
    after = progress_of(world, team, connection.id)
    assert (after.status, bool(after.error), after.ranges) == ("FAILED", True, before.ranges)
    assert sync(world, connection, 35).status == "SUCCESS"


def test_days_that_were_not_asked_for_stay(
    client: Client, connection: Connection, anthropic: FakeAnthropic
) -> None:
    sync(client.world, connection, 35)
    anthropic.uses = []
    sync(client.world, connection, 2)
    assert billed(client) == {"2026-11-20": 10**9, "2026-11-22": 2 * 10**9}


@pytest.mark.parametrize(
    ("answer", "status", "word"),
    [
        (Answer(b"<html>" * 100), "FAILED", "not JSON"),
        (Answer({"data": [], "has_more": True, "next_page": None}), "FAILED", "more"),
        (Answer({"data": [], "has_more": True, "next_page": "1"}), "FAILED", "twice"),
        (Answer({"rows": []}), "FAILED", "no list"),
        (Answer({"data": [{"starting_at": "yesterday"}]}), "FAILED", "no day"),
        (
            Answer(
                {
                    "data": [
                        {
                            "starting_at": "2020-01-01T00:00:00Z",
                            "group": {},
                            "cost": {"amount": "1"},
                        }
                    ]
                }
            ),
            "FAILED",
            "not asked for",
        ),
        (
            Answer(
                {
                    "data": [
                        {
                            "starting_at": "2026-11-24T00:00:00Z",
                            "group": {"model": ["x"]},
                            "cost": {"amount": "1e999999999999999999"},
                        }
                    ]
                }
            ),
            "FAILED",
            "provider",
        ),
        (Answer(b'{"data": [{"amount": 1e99999999999999999999}]}'), "FAILED", "not JSON"),
        (Answer({"error": "down"}, 503), "FAILED", "503"),
        (Answer({}, 429, {"retry-after": "3600"}), "FAILED", "3600"),
    ],
    ids=["html", "half", "repeats", "shape", "row", "stray", "odd", "huge", "down", "throttled"],
)
def test_what_is_no_bill_leaves_what_is_known(
    client: Client,
    connection: Connection,
    provider: FakeProvider,
    answer: Answer,
    status: str,
    word: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    sync(client.world, connection, 35)
    provider.script("GET", COST, lambda _asked: answer)
    monkeypatch.setattr(Connection, "upstream", quick(Connection.upstream))
    result = sync(client.world, connection, 35)
    assert (result.status, word in result.error) == (status, True), result.error
    assert billed(client) == WHOLE
    progress = progress_of(client.world, connection.team, connection.id)
    assert (progress.status, progress.error, progress.lease) == (status, result.error, "")


def quick(make: Any) -> Any:
    """Requests that wait for nothing."""
    return lambda self, world: replace(make(self, world), pause=lambda _seconds: None)


def test_half_a_bill_is_told_and_its_good_days_stay(
    client: Client,
    connection: Connection,
    anthropic: FakeAnthropic,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Connection, "upstream", quick(Connection.upstream))
    serve = anthropic.provider.scripts["GET", COST]

    def fail_before(asked: Asked) -> Answer:
        recent = dict(asked.query)["ending_at"] > "2026-11-20"
        return serve(asked) if recent else Answer({}, 500)

    anthropic.provider.script("GET", COST, fail_before)
    result = sync(client.world, connection, 35)
    assert (result.status, "500" in result.error) == ("PARTIAL", True)
    assert billed(client) == WHOLE
    progress = progress_of(client.world, connection.team, connection.id)
    assert (progress.first_day, progress.last_day) == ("2026-11-18", "2026-11-24")
    assert progress.full_at == 0, "the rest of the window is still to be read"


def test_days_between_two_readings_are_not_taken_for_read(
    client: Client, connection: Connection, clock: Clock
) -> None:
    sync(client.world, connection, 2)
    clock.move(10 * DAY)
    sync(client.world, connection, 2)
    progress = progress_of(client.world, connection.team, connection.id)
    assert progress.ranges == [["2026-11-23", "2026-11-24"], ["2026-12-03", "2026-12-04"]]
    read = days_read(client.world, connection.tenant, connection.team, {})
    assert "2026-11-30" not in read["anthropic"]


def test_a_token_that_was_revoked(
    client: Client, connection: Connection, provider: FakeProvider
) -> None:
    sync(client.world, connection, 35)
    for path in (COST, "/v1/organizations/cost_report"):
        provider.script("GET", path, lambda _asked: Answer({"error": KEY}, 401))
    result = sync(client.world, connection, 35)
    assert (result.status, result.token) == ("FAILED", "INVALID")
    assert KEY not in result.error
    assert billed(client) == WHOLE


def test_a_key_that_may_not_see_analytics_reads_the_older_reports(
    client: Client, connection: Connection, provider: FakeProvider
) -> None:
    provider.script("GET", COST, lambda _asked: Answer({}, 403))

    def costs(asked: Asked) -> Answer:
        row = {
            "amount": "123.45",
            "currency": "USD",
            "workspace_id": "wrkspc_1",
            "description": "Claude Sonnet 4.5 Usage - Input Tokens",
            "model": "claude-sonnet-4-5",
            "token_type": "uncached_input_tokens",
        }
        in_range = dict(asked.query)["starting_at"] <= "2026-11-23" < dict(asked.query)["ending_at"]
        bucket = {"starting_at": "2026-11-23T00:00:00Z", "results": [row]}
        return Answer({"data": [bucket] if in_range else [], "has_more": False})

    def usage(asked: Asked) -> Answer:
        written = {"ephemeral_5m_input_tokens": 3, "ephemeral_1h_input_tokens": 4}
        row = {"uncached_input_tokens": 5, "cache_creation": written, "model": "claude-sonnet-4-5"}
        in_range = dict(asked.query)["starting_at"] <= "2026-11-23" < dict(asked.query)["ending_at"]
        bucket = {"starting_at": "2026-11-23T00:00:00Z", "results": [row]}
        return Answer({"data": [bucket] if in_range else [], "has_more": False})

    provider.script("GET", "/v1/organizations/cost_report", costs)
    provider.script("GET", "/v1/organizations/usage_report/messages", usage)
    assert sync(client.world, connection, 35).status == "SUCCESS"
    (sum_,) = ask(client.world, client.installed.team, BilledQuestion(ALL, (), {}))
    assert (sum_.cost, sum_.input_tokens, sum_.cache_creation_tokens) == (1_234_500_000, 5, 7)


def test_a_connection_that_is_deleted_meanwhile_writes_nothing(
    client: Client, connection: Connection, anthropic: FakeAnthropic
) -> None:
    serve = anthropic.provider.scripts["GET", COST]

    def delete(asked: Asked) -> Answer:
        client.send(
            "DELETE", f"/profitstream/v2/api/provider-credentials/{connection.id}", b"", {}, {}
        )
        return serve(asked)

    anthropic.provider.script("GET", COST, delete)
    assert sync(client.world, connection, 35).error == "the connection was deleted"
    assert billed(client) == {}
    assert sync_due(client.world) == {"synced": 0, "failed": 0}


def test_one_at_a_time(client: Client, connection: Connection, clock: Clock) -> None:
    take_lease(client.world, connection)
    with pytest.raises(Busy):
        sync(client.world, connection, 2)
    assert sync_due(client.world) == {"synced": 0, "failed": 0}
    assert free_syncs(client.world) == 1
    assert sync(client.world, connection, 2).status == "SUCCESS"
    take_lease(client.world, connection)
    clock.move(21 * MINUTE)
    assert sync(client.world, connection, 2).status == "SUCCESS"


def test_hourly_the_running_days_and_nightly_the_window(
    client: Client, connection: Connection, anthropic: FakeAnthropic, clock: Clock
) -> None:
    def asked_days() -> list[str]:
        found = [dict(each.query) for each in anthropic.provider.asked if each.path == COST]
        anthropic.provider.asked.clear()
        return sorted(each["starting_at"][:10] for each in found)

    sync_due(client.world)
    assert (asked_days()[0], len(billed(client))) == ("2026-10-21", 3)
    sync_due(client.world)
    assert asked_days() == []
    clock.move(HOUR)
    sync_due(client.world)
    assert asked_days() == ["2026-11-23"]
    clock.move(DAY - 2 * HOUR)
    sync_due(client.world)
    assert asked_days()[0] == "2026-10-22"


def test_a_foreign_currency_counts_at_the_rate_of_its_day(
    client: Client, connection: Connection, anthropic: FakeAnthropic
) -> None:
    serve = anthropic.provider.scripts["GET", COST]

    def in_euro(asked: Asked) -> Answer:
        page = serve(asked).content
        for row in page["data"]:
            row["cost"]["currency"] = "EUR"
        return Answer(page)

    anthropic.provider.script("GET", COST, in_euro)
    result = sync(client.world, connection, 35)
    assert (result.status, result.written.without_rate) == ("PARTIAL", 3)
    assert billed(client) == dict.fromkeys(WHOLE, 0)
    rate = Rate(Decimal("1.1"), "2026-11-21", "test")
    set_rates(client.world, client.installed.tenant, [("EUR", rate)])
    assert sync(client.world, connection, 35).written.without_rate == 1
    assert billed(client) == {
        "2026-11-20": 0,
        "2026-11-22": 2_200_000_000,
        "2026-11-24": 3_300_000_000,
    }


def test_half_a_file_is_never_seen(
    client: Client,
    connection: Connection,
    anthropic: FakeAnthropic,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sync(client.world, connection, 35)
    anthropic.uses = [replace(use, cents="1") for use in USES]
    put = client.world.lake.put

    def die(team: Any, path: LakePath, data: bytes) -> None:
        if path.day == "2026-11-22":
            raise KeyboardInterrupt
        put(team, path, data)

    monkeypatch.setattr(client.world.lake, "put", die)
    with pytest.raises(KeyboardInterrupt):
        sync(client.world, connection, 35)
    assert billed(client)["2026-11-22"] == 2 * 10**9
    monkeypatch.undo()
    assert client.world.documents.get(connection.team, CONNECTION, connection.id)
    free_syncs(client.world)
    sync(client.world, connection, 35)
    assert set(billed(client).values()) == {10_000_000}


def test_the_same_key_again_is_the_same_bill(
    client: Client, connection: Connection, anthropic: FakeAnthropic
) -> None:
    sync(client.world, connection, 35)
    path = f"/profitstream/v2/api/provider-credentials/{connection.id}"
    assert client.send("DELETE", path, b"", {}, {}).status == 200
    connect(client, anthropic.provider)
    again = connection_of(client.world, client.installed.team, "anthropic")
    assert again
    assert again.id != connection.id
    sync(client.world, again, 35)
    assert billed(client) == WHOLE


def test_an_answer_of_another_shape_ends_its_own_reading_alone(
    client: Client, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(*_: Any) -> Any:
        raise AttributeError("'list' object has no attribute 'items'")

    reader = replace(READERS[connection.provider], read=stumble)
    monkeypatch.setitem(READERS, connection.provider, reader)
    assert sync_due(client.world) == {"synced": 0, "failed": 1}
    progress = progress_of(client.world, connection.team, connection.id)
    assert (progress.status, progress.lease) == ("FAILED", "")
    assert "another shape" in progress.error


def test_a_bill_that_two_files_tell_is_named(
    client: Client, connection: Connection, anthropic: FakeAnthropic
) -> None:
    sync(client.world, connection, 35)
    other = replace(connection, source="focus-anthropic")
    write_days(client.world, other, ["2026-11-22"], [line_of_cost("2026-11-22")], Rates({}))
    told = client.get("/api/v2/reconciliation").json
    assert told["daysBilledTwice"] == {"anthropic": ["2026-11-22"]}


def line_of_cost(day: str) -> BilledLine:
    return BilledLine(day=day, amount_nano=5)


@pytest.mark.parametrize(
    ("provider", "days", "first", "last", "count"),
    [
        ("anthropic", 2, "2026-11-23", "2026-11-24", 2),
        ("anthropic", 1, "2026-11-24", "2026-11-24", 1),
        ("anthropic", 90, "2026-08-27", "2026-11-24", 90),
        ("openrouter", 1, "2026-11-23", "2026-11-23", 1),
        ("openrouter", 2, "2026-11-23", "2026-11-23", 1),
        ("openrouter", 35, "2026-10-25", "2026-11-23", 30),
    ],
)
def test_days_that_a_provider_tells(
    provider: str, days: int, first: str, last: str, count: int
) -> None:
    chosen = choose_days(READERS[BillingProvider(provider)], NOON, days)
    assert (chosen[0], chosen[-1], len(chosen)) == (first, last, count)
