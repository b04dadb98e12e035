"""The billing commands, as people type them."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from chalicelib.kit.clock import DAY, iso, now_ms
from infra.cli.main import main
from infra.installation import installation
from infra.local.world import build
from tests.catalog.records import Records
from tests.invoicing.conftest import Shop
from tests.support.client import Client
from tests.support.clock import Clock


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def meterlake(data: Path, *words: str) -> Result:
    return CliRunner().invoke(main, [*words, "--data", str(data)], catch_exceptions=False)


def subscribed(data: Path) -> Shop:
    """A folder with one customer, who owes 5 for a period that ended yesterday."""
    world = build(data)
    client = Client(world, installation(world))
    source = Records(client, "sources").make(name="meter", type="API", version="1")["id"]
    shop = Shop(client, Clock(now_ms()), str(source))
    start, end = now_ms() - 11 * DAY, now_ms() - DAY
    shop.subscribe(
        shop.product(charge="5", period="DAY", periodCount=10),
        start=iso(start),
        expiration=iso(end),
    )
    return shop


def test_bill_invoices_and_pay(data: Path) -> None:
    shop = subscribed(data)
    team = shop.team
    assert (
        meterlake(data, "bill", "--team", "nobody").output
        == "Error: team nobody has no subscriptions\n"
    )
    first = meterlake(data, "bill")
    assert first.exit_code == 0, first.output
    assert f"team {team}" in first.output
    assert (
        "1 open, 1 finalized, 1 sent or closed, 0 subscriptions with late events, 11 days of"
        in first.output
    )
    assert "0 open, 0 finalized, 0 sent or closed" in meterlake(data, "bill", "--team", team).output
    head, line = meterlake(data, "invoices").output.splitlines()
    assert head.split() == ["number", "state", "customer", "period", "total", "currency"]
    assert line.split()[:3] == ["INV-000001", "ISSUED", "anna@example.com"]
    assert line.split()[-2:] == ["5.000000000", "USD"]
    assert len(meterlake(data, "invoices", "--state", "draft").output.splitlines()) == 1
    assert (
        len(meterlake(data, "invoices", "--state", "issued", "--team", team).output.splitlines())
        == 2
    )
    for amount in ("0", "-1", "NaN", "much", "1.0000000001"):
        refused = meterlake(
            data, "invoices", "pay", "--reference", "r0", "INV-000001", "--", amount
        )
        assert refused.exit_code == 2, amount
    for _ in range(2):
        paid = meterlake(data, "invoices", "pay", "--reference", "r1", "INV-000001", "2.5")
        assert paid.output == "INV-000001 is PARTIALLY_PAID: 2.500000000 of 5.000000000 USD paid\n"
    unknown = meterlake(data, "invoices", "pay", "--reference", "r1", "INV-9", "2.5")
    assert (unknown.exit_code, unknown.output) == (1, "Error: there is no invoice INV-9\n")


def test_a_team_that_is_being_billed_is_told(data: Path) -> None:
    from chalicelib.invoicing.service import _begin

    shop = subscribed(data)
    _begin(shop.world, shop.team)
    answer = meterlake(data, "bill")
    assert answer.exit_code == 1
    assert answer.output.endswith(f"Error: team {shop.team} is being billed by another run\n")


def test_rates(data: Path, tmp_path: Path) -> None:
    installation(build(data))
    assert (
        meterlake(
            data, "rates", "set", "eur", "1.10", "--date", "2026-06-01", "--source", "ecb"
        ).exit_code
        == 0
    )
    refused = meterlake(data, "rates", "set", "USD", "0", "--source", "ecb")
    assert refused.exit_code == 2
    assert "currency 'USD'" in refused.output
    assert "rate '0'" in refused.output
    file = tmp_path / "rates.csv"
    file.write_text("date,currency,rate\n")
    assert "has no column source" in meterlake(data, "rates", "import", str(file)).output
    file.write_text(
        "date,currency,rate,source\n2026-06-02,GBP,1.3,boe\n"
        "2026-6-2,XXX,-1,\n2026-06-03,GBP,x,boe\n"
    )
    answer = meterlake(data, "rates", "import", str(file))
    assert answer.exit_code == 1
    for fault in (
        "line 3: date '2026-6-2'",
        "line 3: currency 'XXX'",
        "line 3: rate '-1'",
        "line 3: source is missing",
        "line 4: rate 'x'",
    ):
        assert fault in answer.output
    assert meterlake(data, "rates", "list").output == "2026-06-01  EUR  1.10  ecb\n"
    file.write_text("date,currency,rate,source\n2026-06-02,gbp,1.3,boe\n2026-06-01,EUR,1.2,ecb\n")
    assert meterlake(data, "rates", "import", str(file)).output == "2 rates imported\n"
    assert (
        meterlake(data, "rates", "list").output
        == "2026-06-01  EUR  1.2  ecb\n2026-06-02  GBP  1.3  boe\n"
    )


def test_a_currency_takes_five_thousand_rates(data: Path, tmp_path: Path) -> None:
    installation(build(data))
    file = tmp_path / "rates.csv"
    days = [iso(number * DAY)[:10] for number in range(5_001)]
    file.write_text("date,currency,rate,source\n" + "".join(f"{day},EUR,1,ecb\n" for day in days))
    answer = meterlake(data, "rates", "import", str(file))
    assert (answer.exit_code, answer.output) == (1, "Error: EUR would have over 5000 rates\n")
    assert meterlake(data, "rates", "list").output == ""


def test_usage_billing_is_turned_off_and_on(data: Path) -> None:
    subscribed(data)
    assert meterlake(data, "usage-billing", "off").output.endswith("is not billed\n")
    assert "0 open" in meterlake(data, "bill").output
    assert meterlake(data, "usage-billing", "on").output.endswith("is billed\n")
    assert "1 open" in meterlake(data, "bill").output
    assert (
        "there is no tenant" in meterlake(data, "usage-billing", "off", "--tenant", "nobody").output
    )


def test_merge(data: Path) -> None:
    shop = subscribed(data)
    organizations = Records(shop.client, "organizations")
    one, other = (str(organizations.make(name=name)["id"]) for name in ("Acme", "Acme Inc"))
    told = meterlake(data, "merge", "organization", other, one, "--yes")
    assert told.output == f"organization {other} is {one} now; moved with it: 0 records\n"
    assert organizations.send("GET", f"/{other}").status == 404
    refused = meterlake(data, "merge", "organization", one, one, "--yes")
    assert (refused.exit_code, refused.output) == (
        1,
        "Error: a record cannot be merged with itself\n",
    )
