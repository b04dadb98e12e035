"""Files of an export: FOCUS's columns, exact costs, cells that no spreadsheet runs; written whole,
over and over."""

import csv
import json
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from chalicelib.erasure.service import erase
from chalicelib.erasure.subject import identify
from chalicelib.erasure.task import Task
from chalicelib.export.files import FORMATS, cells_of
from chalicelib.export.focus import COLUMNS
from chalicelib.export.service import EXPORTS, days_between, export, find_sub_accounts
from chalicelib.kit.clock import DAY, day_of, now_ms
from chalicelib.kit.errors import Invalid, NotFound
from chalicelib.metering.revisions import void
from chalicelib.ports.lake import LakePath
from chalicelib.ports.world import World
from infra.cli.main import main
from infra.local.feeder import drain
from infra.local.world import build
from tests.conftest import NOON
from tests.support.bodies import completion
from tests.support.client import Client

TODAY, YESTERDAY = day_of(NOON), day_of(NOON - DAY)
MANDATORY = (
    "BilledCost BillingAccountId BillingAccountName BillingCurrency BillingPeriodEnd "
    "BillingPeriodStart ChargeCategory ChargeClass ChargeDescription ChargePeriodEnd "
    "ChargePeriodStart ContractedCost EffectiveCost InvoiceIssuerName ListCost PricingQuantity "
    "PricingUnit ProviderName PublisherName ServiceCategory ServiceName"
).split()
NULLABLE = {"ChargeClass", "InvoiceId", "RegionId", "RegionName"}
"""Of FOCUS's own columns, those that may be null in a row whose cost is known."""


@pytest.fixture
def client(world: World) -> Client:
    """Two calls on one day, one of them unpriced and of an agent with a wicked name, and one the
    day before."""
    client = Client(world)
    bodies = [
        completion(
            1,
            organizationName="Ünïon",
            agent='=HYPERLINK("evil")',
            subscriber={"email": "anna@acme.example"},
        ),
        completion(2, model="=cmd|' /C calc'!A0", provider="NOBODY"),
        completion(3, NOON - DAY),
    ]
    assert {client.post("/meter/v2/ai/completions", body).status for body in bodies} == {201}
    drain(world)
    return client


def run(client: Client, kind: str, days: list[str] | None = None) -> Any:
    (account,) = find_sub_accounts(client.world, client.installed.tenant)
    return export(client.world, account, kind, days or [YESTERDAY, TODAY])


def data(client: Client, kind: str, day: str = TODAY) -> bytes:
    return client.world.lake.get(
        client.installed.team, LakePath(EXPORTS, day, FORMATS[kind].ending)
    )


def sheet(client: Client, kind: str = "focus", day: str = TODAY) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(data(client, kind, day).decode())))


def test_focus_has_its_columns_in_order(client: Client) -> None:
    run(client, "focus")
    names = list(sheet(client)[0])
    assert set(MANDATORY) <= set(names)
    own = [name for name in names if name.startswith("x_")]
    assert names == sorted(name for name in names if name not in own) + sorted(own)


def test_focus_says_what_it_must(client: Client) -> None:
    run(client, "focus")
    row = next(
        row
        for row in sheet(client)
        if row["x_TokenKind"] == "input" and row["x_CostStatus"] == "Known"
    )
    assert {name for name in row if not row[name]} <= NULLABLE | {
        name for name in row if name.startswith("x_")
    }
    assert (row["ChargeCategory"], row["BillingCurrency"], row["PricingCategory"]) == (
        "Usage",
        "USD",
        "Standard",
    )
    assert row["BillingPeriodStart"] == "2026-11-01T00:00:00Z"
    assert row["BillingPeriodEnd"] == "2026-12-01T00:00:00Z"
    assert (row["ChargePeriodStart"], row["ChargePeriodEnd"]) == (
        "2026-11-24T00:00:00Z",
        "2026-11-25T00:00:00Z",
    )
    assert (row["ConsumedQuantity"], row["ConsumedUnit"], row["SkuMeter"]) == (
        "1000.000000",
        "Tokens",
        "Input Tokens",
    )
    assert (Decimal(row["PricingQuantity"]), row["PricingUnit"]) == (
        Decimal("0.001"),
        "1000000 Tokens",
    )
    assert Decimal(row["ListUnitPrice"]) == Decimal(row["ContractedUnitPrice"]) == Decimal("0.15")
    assert (row["SkuId"], row["x_CostBasis"]) == ("OPENAI/gpt-4o-mini/input", "estimate")
    assert row["SkuPriceId"] == "OPENAI/gpt-4o-mini/input/STANDARD"
    assert json.loads(row["SkuPriceDetails"])["TokenCacheAction"] == "Uncached"
    assert (row["BillingAccountId"], row["SubAccountId"]) == (
        client.installed.tenant,
        client.installed.team,
    )
    assert json.loads(row["Tags"])["organization"] == "Ünïon"


def test_costs_are_exact_and_unknown_ones_marked(client: Client) -> None:
    done = run(client, "focus")
    rows = sheet(client) + sheet(client, day=YESTERDAY)
    assert sum(Decimal(row["EffectiveCost"]) for row in rows) == Decimal("0.00042") == done.cost
    unpriced = [row for row in rows if row["x_CostStatus"] == "Unknown"]
    assert {(row["x_PriceStatus"], row["BilledCost"], row["ListCost"]) for row in unpriced} == {
        ("UNPRICED", "0", "0")
    }
    assert (done.files, done.rows, done.unpriced) == (2, len(rows), len(unpriced))
    run(client, "csv")
    assert {
        row["cost_usd"] for row in sheet(client, "csv") if row["price_status"] == "UNPRICED"
    } == {""}


@pytest.mark.parametrize("kind", ["focus", "csv"])
def test_no_cell_is_a_formula(client: Client, kind: str) -> None:
    run(client, kind)
    for row in sheet(client, kind):
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row.values())
    assert any("'=cmd" in cell for row in sheet(client, kind) for cell in row.values())


def test_parquet_has_decimals(client: Client) -> None:
    run(client, "parquet")
    rows = pq.read_table(BytesIO(data(client, "parquet")))
    assert rows.column_names == [column.name for column in COLUMNS]
    assert rows.schema.field("EffectiveCost").type == pa.decimal128(38, 9)
    assert sum(rows["EffectiveCost"].to_pylist()) == Decimal("0.00021")
    prices = dict(zip(rows["SkuId"].to_pylist(), rows["ListUnitPrice"].to_pylist(), strict=True))
    assert prices["OPENAI/gpt-4o-mini/output"] == Decimal("0.6")
    assert rows["ChargePeriodStart"][0].as_py() == datetime(2026, 11, 24, tzinfo=UTC)
    assert "=cmd|' /C calc'!A0" in rows["ResourceName"].to_pylist()


def test_a_plain_table(client: Client) -> None:
    run(client, "csv")
    row = next(
        row for row in sheet(client, "csv") if row["token_kind"] == "output" and row["cost_usd"]
    )
    assert (row["day"], row["model"], row["quantity"], row["cost_usd"]) == (
        TODAY,
        "gpt-4o-mini",
        "100.000000",
        "0.000060000",
    )


@pytest.mark.parametrize("kind", list(FORMATS))
def test_a_second_run_writes_the_same_bytes(client: Client, kind: str) -> None:
    run(client, kind)
    before = data(client, kind)
    run(client, kind)
    assert data(client, kind) == before


def test_a_file_of_a_day_that_has_nothing_any_more_goes(client: Client) -> None:
    run(client, "focus")
    team = client.installed.team
    ids = [event.event_id for event in client.world.events.every(team) if event.day == YESTERDAY]
    void(client.world, team, ids)
    drain(client.world)
    run(client, "focus")
    assert list(client.world.lake.days(team, EXPORTS)) == [TODAY]


def test_another_teams_calls_are_not_in_it(client: Client) -> None:
    other = Client(client.world)
    assert other.post("/meter/v2/ai/completions", completion(1)).status == 201
    drain(client.world)
    assert run(client, "focus").cost == Decimal("0.00042")


@pytest.mark.parametrize("kind", list(FORMATS))
def test_erasure_takes_exports_that_name_the_person(client: Client, kind: str) -> None:
    run(client, kind)
    team = client.installed.team
    assert any(
        "anna@acme.example" in text
        for _, text in cells_of(data(client, kind), FORMATS[kind].ending)
    )
    subject = identify(client.world, team, "anna@acme.example")
    erase(Task(client.world, team, subject), "test", feed=lambda: drain(client.world))
    assert list(client.world.lake.days(team, EXPORTS)) == [YESTERDAY]
    run(client, kind)
    assert not any("anna" in text for _, text in cells_of(data(client, kind), FORMATS[kind].ending))


@pytest.mark.parametrize(
    ("first", "last"), [("2026-11-02", "2026-11-01"), ("2025-01-01", "2026-02-05")]
)
def test_ranges_that_are_refused(first: str, last: str) -> None:
    with pytest.raises(Invalid):
        days_between(first, last)
    assert len(days_between("2025-01-01", "2026-02-04")) == 400


def test_unknown_tenants_and_teams(client: Client) -> None:
    with pytest.raises(NotFound):
        find_sub_accounts(client.world, "nobody")
    with pytest.raises(NotFound):
        find_sub_accounts(client.world, client.installed.tenant, "nobody")


def test_the_command(tmp_path: Path) -> None:
    client = Client(build(tmp_path / "data"))
    place = ["--data", str(tmp_path / "data"), "--tenant", client.installed.tenant]
    assert client.post("/meter/v2/ai/completions", completion(1, now_ms() - 1_000)).status == 201
    today = day_of(now_ms())

    def exported(*words: str) -> str:
        span = ["--from", today, "--to", today]
        return CliRunner().invoke(main, ["export", *place, *span, *words]).output

    assert "1 file, 2 rows: $0.000210000" in exported("--out", str(tmp_path / "out"))
    assert "1 file, " in exported("--format", "parquet", "--out", str(tmp_path / "out"))
    team = client.installed.team
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == [f"{team}-{today}-focus.csv", f"{team}-{today}-focus.parquet"]
    assert "1 file, " in exported("--team", team)
    assert "no team" in exported("--team", "nobody")
    assert (tmp_path / "data" / "lake" / EXPORTS).is_dir()
