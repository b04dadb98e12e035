"""Erasure, on both worlds: nothing that a team has stored names the person any more, and the money
stays."""

import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from click.testing import CliRunner

from chalicelib.budgets.compiling import compile_rules
from chalicelib.budgets.generations import read_counting
from chalicelib.budgets.readings import used_of
from chalicelib.budgets.windows import window_at
from chalicelib.directory.registry import CREDENTIAL, SUBSCRIBER
from chalicelib.erasure import places
from chalicelib.erasure.service import Report, Unfinished, erase
from chalicelib.erasure.subject import identify
from chalicelib.erasure.task import Task
from chalicelib.invoicing.service import bill
from chalicelib.kit.clock import DAY, day_of, now_ms
from chalicelib.kit.ids import event_id
from chalicelib.lake import compaction
from chalicelib.lake.compaction import compact_due
from chalicelib.lake.days import lease_day, read_states, release_day
from chalicelib.lake.parquet import decode, encode, schema_of
from chalicelib.lake.rolling import roll_due
from chalicelib.lake.tables import BILLING_DAYS, CHARGES, QUARANTINE, TABLES
from chalicelib.lake.writer import write
from chalicelib.metering.drafts import Prompts
from chalicelib.metering.prompts import prompts_of
from chalicelib.metering.revisions import revise
from chalicelib.ports.documents import Record
from chalicelib.ports.engine import Scan, Statement
from chalicelib.ports.events import EventRecord
from chalicelib.ports.feed import FeedBatch
from chalicelib.ports.lake import LakePath
from chalicelib.ports.world import World
from chalicelib.resources.audit import AUDIT
from infra.cli.main import main
from infra.local.feeder import drain
from infra.local.world import build
from tests.api.test_catalog_subscriptions import product
from tests.catalog.records import Records
from tests.conftest import NOON
from tests.support.bodies import completion
from tests.support.client import Client
from tests.support.clock import Clock

ANNA = {
    "id": "customer-4711",
    "email": "anna@acme.example",
    "credential": {"name": "Anna's key", "value": "sk-1"},
}
BOB = {"id": "customer-0815", "email": "bob@acme.example"}
TODAY = day_of(NOON)
COMPLETIONS = "/meter/v2/ai/completions"


@pytest.fixture
def client(world: World) -> Client:
    """Calls of Anna and Bob on two days, one of them rolled up; a tool call, a custom event, and a
    text that names Anna where it should not."""
    client = Client(world)
    team = client.installed.team
    path = f"/profitstream/v2/api/teams/{team}/settings/prompts"
    assert client.send("PUT", path, b'{"promptCaptureEnabled":true}', {}, {}).status == 200
    for number in range(4):
        who, at = (ANNA, BOB)[number % 2], NOON - (number // 2) * DAY - 1_000
        body = completion(
            number, at, subscriber=who, inputMessages=f"I am {who['email']}", agent="helper"
        )
        assert client.post(COMPLETIONS, body).status == 201
    strays = completion(
        8, subscriber=BOB, traceName="for Anna@Acme.example", attributes={"cc": ["customer-4711"]}
    )
    assert client.post(COMPLETIONS, strays).status == 201
    tool = {"transactionId": "t1", "toolId": "search", "timestamp": "2026-11-24T11:00:00Z"}
    assert (
        client.post("/meter/v2/tool/events", tool | {"subscriberCredential": "Anna's key"}).status
        == 201
    )
    charge(client)
    settle(client)
    return client


def charge(client: Client) -> None:
    """A subscription of Anna's, its invoice, and what it earned."""
    team, documents = client.installed.team, client.world.documents
    anna = documents.find(team, SUBSCRIBER, "email", "anna@acme.example")
    assert anna
    doc = {"subscriberId": anna.id, "subscriberEmail": "anna@acme.example", "name": "Gold"}
    documents.create(team, Record("SUBSCRIPTION", "sub1", doc, "anna@acme.example", anna.id))
    documents.create(
        team,
        Record(
            "INVOICE", "inv1", {"subscriber": anna.id, "email": "anna@acme.example", "total": 5}
        ),
    )
    who = {
        "subscriber_id": anna.id,
        "subscriber": "anna@acme.example",
        "subscriber_email": "anna@acme.example",
    }
    rows = pa.Table.from_pylist(
        [{"charge_id": "c", "usd_nano": 7, **who}], schema=schema_of(CHARGES)
    )
    client.world.lake.put(team, LakePath(CHARGES.name, TODAY, "charges.parquet"), encode(rows))
    lines = [
        {"model": "cursor-small", "usd_nano": 9, "user_email": "anna@acme.example"},
        {"model": "cursor-large", "usd_nano": 5, "user_email": "bob@acme.example"},
    ]
    bill = pa.Table.from_pylist(lines, schema=schema_of(BILLING_DAYS))
    client.world.lake.put(team, LakePath(BILLING_DAYS.name, TODAY, "c1.parquet"), encode(bill))


def settle(client: Client) -> None:
    drain(client.world)
    compact_due(client.world, quiet_ms=0)
    roll_due(client.world)


def run(
    client: Client, who: str = "anna@acme.example", *, dry_run: bool = False, **options: Any
) -> Report:
    world, team = client.world, client.installed.team
    subject = identify(world, team, who)
    task = Task(world, team, subject, dry_run=dry_run)
    return erase(task, "test", feed=lambda: drain(world), **options)


def stored(client: Client) -> Iterator[tuple[str, str]]:
    """Everything that the team has stored, decoded: where it stands, and its text."""
    world, team = client.world, client.installed.team
    for record in world.documents.every(team):
        yield f"{record.kind} {record.id}", repr(record)
    for event in world.events.every(team):
        yield f"event {event.event_id} {event.version}", event.body
    for table in TABLES.values():
        for file in world.lake.list(team, table.name):
            yield (
                file.path.key(team),
                repr(decode(world.lake.get(team, file.path), schema_of(table)).to_pylist()),
            )
    for file in world.lake.list(team, QUARANTINE):
        yield file.path.key(team), world.lake.get(team, file.path).decode()
    for name in world.vault.names(team, ""):
        yield name, zlib.decompress(world.vault.get(team, name)).decode()


def naming(client: Client, *words: str) -> set[str]:
    return {
        place
        for place, text in stored(client)
        for word in words
        if word.casefold() in text.casefold()
    }


def costs(client: Client) -> list[Any]:
    """What reports by anything but the person are made from."""
    team, span = client.installed.team, ("2026-11-20", "2026-11-25")
    return [
        client.world.engine.run(
            team,
            Statement(
                f"select {by}, sum({what}), count(*) from {table} "
                "where team = ? and day between ? and ? group by 1 order by 1",
                (team, *span),
                [Scan(table, *span)],
            ),
        ).rows
        for table, by, what in (
            ("ai_events", "model", "cost_nano"),
            ("tool_events", "tool_id", "duration_ms"),
            ("rollup_daily", "dimension", "cost_nano"),
            ("tool_rollup_daily", "tool_id", "calls"),
            ("charges", "charge_id", "usd_nano"),
            ("billing_days", "model", "usd_nano"),
        )
    ]


def test_nothing_names_the_person_and_the_money_stays(client: Client) -> None:
    words = ("anna@acme.example", "customer-4711", "anna's key")
    before = costs(client)
    assert len(naming(client, *words)) > 15
    report = run(client)
    assert naming(client, *words) == set()
    # The events of Anna's three calls and the one that mentions her; subscriber, credential,
    # subscription, invoice.
    assert (report.versions, report.prompts, report.records) == (4, 2, 4)
    assert naming(client, "erased-")
    settle(client)
    assert naming(client, *words) == set()
    assert costs(client) == before
    assert read_states(client.world, client.installed.team, "ai_events", [TODAY])[TODAY].is_rolled


def test_days_are_rolled_up_at_once(client: Client) -> None:
    """Where no later version comes behind, as of events that the ledger has forgotten."""
    world, team = client.world, client.installed.team
    before = costs(client)
    world.events.drop(team, [event.event_id for event in world.events.every(team)])
    report = run(client)
    assert (report.versions, report.prompts) == (0, 2)
    assert naming(client, "anna@acme.example", "customer-4711", "anna's key") == set()
    known = read_states(world, team, "ai_events", [TODAY, day_of(NOON - DAY)])
    assert all(state.is_rolled for state in known.values())
    assert costs(client) == before


def test_a_second_run_finds_nothing(client: Client) -> None:
    assert run(client)
    settle(client)
    before = dict(stored(client))
    assert not run(client)
    assert not run(client, "customer-4711")
    assert dict(stored(client)) == before


def test_a_dry_run_changes_nothing(client: Client) -> None:
    before = dict(stored(client))
    report = run(client, dry_run=True)
    assert (report.versions, report.prompts, report.records) == (4, 0, 4)
    assert report.rows
    assert dict(stored(client)) == before


@pytest.mark.parametrize("by", ["id", "externalId"])
def test_the_person_is_found_by(client: Client, by: str) -> None:
    record = client.world.documents.find(
        client.installed.team, SUBSCRIBER, "email", "anna@acme.example"
    )
    assert record
    run(client, record.id if by == "id" else record.doc[by])
    assert naming(client, "anna@acme.example", "customer-4711") == set()


def test_others_keep_what_is_theirs(client: Client) -> None:
    team, documents = client.installed.team, client.world.documents
    bob = documents.find(team, SUBSCRIBER, "email", "bob@acme.example")
    before = client.world.events.get(team, [event_id(team, "COMPLETION", "chatcmpl-1")])
    run(client)
    assert documents.find(team, SUBSCRIBER, "email", "bob@acme.example") == bob
    assert client.world.events.get(team, [event_id(team, "COMPLETION", "chatcmpl-1")]) == before
    kept = prompts_of(client.world, team, event_id(team, "COMPLETION", "chatcmpl-1"))
    assert kept
    assert kept.input == "I am bob@acme.example"


@pytest.mark.parametrize(
    "richer",
    [
        {"agent": "helper"},
        {"cacheReadTokenCount": 800, "traceName": "anna"},
        {"inputTokenCount": 5_000, "outputTokenCount": 900, "totalTokenCount": 5_900},
    ],
)
def test_an_event_that_is_sent_again_does_not_come_back(client: Client, richer: Any) -> None:
    run(client)
    told = richer | {"inputMessages": "I am anna@acme.example"}
    body = completion(0, NOON - 1_000, subscriber=ANNA, **told)
    assert client.post(COMPLETIONS, body).status == 201
    settle(client)
    team, identity = (
        client.installed.team,
        event_id(client.installed.team, "COMPLETION", "chatcmpl-0"),
    )
    assert all("anna" not in event.body for event in client.world.events.history(team, identity))
    assert prompts_of(client.world, team, identity) == Prompts()
    assert not any(
        place.startswith(tuple(TABLES))
        for place in naming(client, "anna@acme.example", "customer-4711")
    )


def test_old_versions_and_quarantined_records_are_found(client: Client) -> None:
    world, team = client.world, client.installed.team
    identity = event_id(team, "COMPLETION", "chatcmpl-0")
    bobs = {
        "subscriber_id": None,
        "subscriber": "bob",
        "subscriber_email": None,
        "credential_id": None,
        "credential": None,
    }
    revise(world, team, [identity], lambda row: bobs)
    world.events.append(
        team, [EventRecord(team, "bad", 1, "ai_events", TODAY, 'no row of "anna@acme.example"')]
    )
    settle(client)
    assert any(place.startswith(QUARANTINE) for place in naming(client, "anna@acme.example"))
    run(client)
    settle(client)
    assert naming(client, "anna@acme.example", "customer-4711") == set()
    assert json.loads(world.events.get(team, [identity])[identity].body)["subscriber"] == "bob"


def test_the_audit_record_tells_what_was_done_and_not_to_whom(client: Client) -> None:
    report = run(client)
    (audit,) = client.world.documents.page(client.installed.team, AUDIT).records
    assert audit.doc["author"] == "test"
    assert audit.doc["rows"] == report.rows
    assert "anna" not in repr(audit).casefold()
    assert "4711" not in repr(audit)


def test_credentials_are_only_tokens(client: Client) -> None:
    team = client.installed.team
    known = client.world.documents.page(team, CREDENTIAL).records
    (mine,) = [record for record in known if record.name == "Anna's key"]
    run(client)
    left = client.world.documents.get(team, CREDENTIAL, mine.id)
    assert left
    assert (left.deleted, left.unique, left.name[:7]) == (True, {}, "erased-")


def test_a_crash_in_between_is_mended_by_running_again(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, real = costs(client), places.erase
    calls: list[int] = []

    def dying(*arguments: Any, **options: Any) -> Any:
        calls.append(1)
        if len(calls) == 2:
            raise RuntimeError("killed")
        return real(*arguments, **options)

    monkeypatch.setattr(places, "erase", dying)
    with pytest.raises(RuntimeError):
        run(client)
    assert run(client)
    settle(client)
    assert naming(client, "anna@acme.example", "customer-4711", "anna's key") == set()
    assert costs(client) == before


def test_a_day_that_somebody_else_rewrites_is_left_and_done_by_the_next_run(client: Client) -> None:
    world, team = client.world, client.installed.team
    job = lease_day(world, team, "ai_events", TODAY, "somebody else")
    assert job
    with pytest.raises(Unfinished, match=f"ai_events of {TODAY}"):
        run(client)
    assert world.documents.find(team, SUBSCRIBER, "email", "anna@acme.example")
    release_day(world, job)
    run(client)
    assert naming(client, "anna@acme.example", "customer-4711", "anna's key") == set()


def test_what_is_written_meanwhile_stays(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    real: Any = compaction.compact_day
    numbers = iter(range(100, 200))

    def disturbed(*arguments: Any) -> Any:
        """Bob calls while a day is being rewritten: after its files were listed, and before they
        are deleted."""

        def change(rows: pa.Table) -> pa.Table:
            body = completion(next(numbers), NOON - 1_000, subscriber=BOB, agent="helper")
            assert client.post(COMPLETIONS, body).status == 201
            drain(client.world)
            return arguments[-1](rows)

        return real(*arguments[:-1], change)

    monkeypatch.setattr(places, "compact_day", disturbed)
    run(client)
    assert naming(client, "anna@acme.example", "customer-4711") == set()
    settle(client)
    assert naming(client, "anna@acme.example", "customer-4711") == set()
    calls = next(numbers) - 100
    assert calls > 0
    assert costs(client)[0][0][2] == 5 + calls


def test_another_team_is_untouched(client: Client) -> None:
    other = Client(client.world)
    assert other.post(COMPLETIONS, completion(0, subscriber=ANNA)).status == 201
    settle(other)
    before = dict(stored(other))
    run(client)
    assert dict(stored(other)) == before


def test_the_command(tmp_path: Path) -> None:
    world = build(tmp_path / "data")
    client = Client(world)
    assert client.post(COMPLETIONS, completion(0, now_ms() - 1_000, subscriber=ANNA)).status == 201
    place = ["--data", str(tmp_path / "data"), "--team", client.installed.team]

    def erased(*words: str) -> str:
        answer = CliRunner().invoke(
            main, ["erase", "subscriber", "anna@acme.example", *place, *words]
        )
        assert answer.exit_code == 0, answer.output
        return answer.output

    assert "Nothing was changed." in erased("--dry-run")
    assert (
        CliRunner()
        .invoke(main, ["erase", "subscriber", "anna@acme.example", *place], input="n\n")
        .exit_code
        == 1
    )
    assert "1 versions of events" in erased("--yes")
    assert "Nothing is stored of this person." in erased("--yes")
    files = [path for path in (tmp_path / "data").rglob("*") if path.is_file()]
    assert [path for path in files if b"anna@acme" in path.read_bytes()] == []


def test_an_earlier_address_goes_too_unless_it_is_somebody_elses_now(client: Client) -> None:
    team, documents = client.installed.team, client.world.documents
    anna = documents.find(team, SUBSCRIBER, "email", "anna@acme.example")
    assert anna
    path = f"/profitstream/v2/api/subscribers/{anna.id}"
    for email in ("anna@first.example", "anna@new.example"):
        body = {"email": email, "subscriberId": "customer-4711"}
        assert client.send("PUT", path, json.dumps(body).encode(), {}, {}).status == 200
    other: dict[str, Any] = {
        "subscriber": {"id": "other", "email": "anna@first.example"},
        "traceName": "anna@first.example",
    }
    assert client.post(COMPLETIONS, completion(9, **other)).status == 201
    settle(client)
    run(client, "anna@new.example")
    assert naming(client, "anna@acme.example", "anna@new.example", "customer-4711") == set()
    assert naming(client, "anna@first.example")


def test_a_subscription_lives_on_without_its_subscriber(world: World) -> None:
    client = Client(world)
    subscriptions, home = Records(client, "subscriptions"), client.installed
    made = subscriptions.make(
        name="Gold",
        subscriberEmail="anna@acme.example",
        productId=product(client, charge=10, setupFees=[]),
        additionalInvoiceRecipients=["anna@acme.example", "books@acme.example"],
    )
    bill(world, home.tenant, home.team)
    run(client)
    assert naming(client, "anna@acme.example") == set()
    left = subscriptions.get(made["id"])
    assert (left["name"], left["additionalInvoiceRecipients"]) == ("Gold", ["books@acme.example"])
    assert len(subscriptions.labels()) == 1
    bill(world, home.tenant, home.team)
    assert naming(client, "anna@acme.example") == set()
    charges = world.lake.list(home.team, CHARGES.name)
    rows = [
        row
        for file in charges
        for row in decode(world.lake.get(home.team, file.path), schema_of(CHARGES)).to_pylist()
    ]
    assert sum(row["amount_nano"] for row in rows) > 0


def test_an_old_version_that_reaches_the_lake_late_does_not_stay(client: Client) -> None:
    """As when the stream's function repeats a batch."""
    team = client.installed.team
    old = [
        event
        for event in client.world.events.every(team)
        if event.table == "ai_events" and event.day == TODAY
    ]
    run(client)
    write(client.world, FeedBatch("late", "1", "2", old))
    assert naming(client, "anna@acme.example")
    settle(client)
    assert naming(client, "anna@acme.example", "customer-4711") == set()


def test_counters_by_person_are_made_anew(client: Client, clock: Clock) -> None:
    world, team = client.world, client.installed.team
    rule = {
        "name": "each",
        "metricType": "TOKEN_COUNT",
        "windowType": "MONTHLY",
        "action": "BLOCK",
        "hardLimit": 10**6,
        "groupBy": "SUBSCRIBER",
    }
    assert client.post("/profitstream/v2/api/ai/cost-controls", rule).status == 200
    assert "4711" in counted(client)
    before = counted(client).count("used of")
    clock.move(DAY // 24)
    run(client)
    clock.move(DAY // 24)
    compile_rules(world, team)
    assert "4711" not in counted(client)
    assert "anna" not in counted(client).lower()
    assert counted(client).count("used of") == before


def counted(client: Client) -> str:
    """The members of all counters that count, and what was used of each."""
    world, team = client.world, client.installed.team
    told: list[str] = []
    for generation in read_counting(world, team).generations.values():
        window = window_at(generation.rule.window, world.now())
        for counter, amounts in world.counters.members(
            team, generation.family(window), world.now()
        ):
            told.append(f"{used_of(amounts)} used of {counter.member}")
    return "\n".join(told)
