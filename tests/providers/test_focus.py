"""FOCUS files: our own export is the first of them, then rows of the shapes that clouds export."""

import csv
from pathlib import Path
from typing import Any

import pytest

from chalicelib.export.service import export, find_sub_accounts
from chalicelib.kit.clock import DAY, day_of
from chalicelib.kit.errors import Invalid
from chalicelib.ports.world import World
from chalicelib.providers.billed import BilledQuestion, ask
from chalicelib.providers.focus import read_row
from chalicelib.providers.importing import import_focus
from chalicelib.providers.periods import Period
from tests.conftest import NOON
from tests.support.bodies import completion
from tests.support.client import Client
from tests.support.feeding import feed

AWS = {
    "ProviderName": "AWS",
    "ServiceCategory": "AI and Machine Learning",
    "ServiceName": "Amazon Bedrock",
    "BilledCost": "1.5000000001",
    "ListCost": "2",
    "BillingCurrency": "USD",
    "ChargeCategory": "Usage",
    "ChargePeriodStart": "2026-11-20T00:00:00Z",
    "SkuMeter": "USE1-Claude4.6Sonnet-input-tokens",
    "ResourceId": "arn:aws:bedrock:us-east-1::foundation-model/x",
    "ConsumedQuantity": "500",
    "ConsumedUnit": "1K tokens",
    "SubAccountId": "123",
    "SubAccountName": "research",
}


def write(path: Path, *rows: dict[str, Any]) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, sorted({name for row in rows for name in row}))
        writer.writeheader()
        writer.writerows(rows)
    return path


def total(client: Client, by: tuple[str, ...] = ()) -> dict[tuple[str, ...], int]:
    question = BilledQuestion(Period("2026-11-01", "2026-11-30"), by, {})
    return {each.names: each.cost for each in ask(client.world, client.installed.team, question)}


@pytest.mark.parametrize("kind", ["focus", "parquet"])
def test_our_own_export_comes_back_to_the_last_digit(
    local_world: World, tmp_path: Path, kind: str
) -> None:
    client = Client(local_world)
    for number in range(1, 6):
        body = completion(number, NOON - DAY, inputTokenCount=997 * number, outputTokenCount=number)
        body["totalTokenCount"] = 998 * number
        assert client.post("/meter/v2/ai/completions", body).status == 201
    feed(client.world)
    installed = client.installed
    (account,) = find_sub_accounts(client.world, installed.tenant, installed.team)
    day = day_of(NOON - DAY)

    def put(day: str, ending: str, data: bytes | None) -> None:
        (tmp_path / f"{day}{ending}").write_bytes(data or b"")

    done = export(client.world, account, kind, [day], put)
    (path,) = [each for each in tmp_path.iterdir() if each.suffix in (".csv", ".parquet")]
    imported = import_focus(client.world, installed.tenant, installed.team, [path])
    assert (imported.rows, imported.skipped) == (done.rows, 0)
    assert list(imported.written) == ["openai"]
    by_kind = total(client, ("model", "token_kind"))
    assert by_kind == {("gpt-4o-mini", "input"): 2_243_250, ("gpt-4o-mini", "output"): 9_000}
    assert total(client) == {(): round(done.cost * 10**9)}
    again = import_focus(client.world, installed.tenant, installed.team, [path])
    assert again.written["openai"].changed == 0


def test_a_row_of_aws() -> None:
    found = read_row(AWS)
    assert found
    line = found.line
    assert (found.provider, line.model, line.token_kind) == ("bedrock", "Claude4.6Sonnet", "input")
    assert (line.amount_nano, line.list_nano, line.input_tokens) == (
        1_500_000_000,
        2 * 10**9,
        500_000,
    )
    assert (line.day, line.workspace) == ("2026-11-20", "research")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"SkuMeter": "Claude-cache-read-input-token-count"}, ("token_kind", "cache_read")),
        ({"SkuMeter": "Claude-cache-write-input-token-count"}, ("token_kind", "cache_creation")),
        ({"SkuMeter": "gpt 5 cached input Tokens"}, ("token_kind", "cache_read")),
        ({"SkuMeter": "Nova-output-tokens"}, ("output_tokens", 500_000)),
        ({"SkuMeter": "Guardrail", "ConsumedUnit": "Units"}, ("cost_type", "usage")),
        ({"ChargeCategory": "Tax", "SkuMeter": ""}, ("cost_type", "tax")),
        ({"ChargeCategory": "Credit", "BilledCost": "-3"}, ("credits_nano", 3 * 10**9)),
        ({"ConsumedQuantity": ""}, ("input_tokens", None)),
        ({"ListCost": ""}, ("list_nano", None)),
        ({"BillingCurrency": "eur"}, ("currency", "EUR")),
    ],
)  # fmt: skip
def test_what_rows_say(change: dict[str, str], expected: tuple[str, object]) -> None:
    found = read_row({**AWS, **change})
    assert found
    assert getattr(found.line, expected[0]) == expected[1]


@pytest.mark.parametrize(
    ("name", "provider"),
    [("Microsoft", "azure"), ("Google Cloud", "vertex"), ("OpenAI", "openai"), ("Acme", None)],
)
def test_whose_row_it_is(name: str, provider: str | None) -> None:
    found = read_row({**AWS, "ProviderName": name})
    assert (found.provider if found else None) == provider


def test_rows_of_other_services_are_counted_and_left_out(
    local_world: World, tmp_path: Path
) -> None:
    client = Client(local_world)
    installed = client.installed
    storage = {**AWS, "ServiceCategory": "Storage"}
    credit = {**AWS, "ChargeCategory": "Credit", "BilledCost": "-0.5"}
    path = write(tmp_path / "aws.csv", AWS, AWS, storage, credit)
    done = import_focus(client.world, installed.tenant, installed.team, [path])
    assert (done.rows, done.skipped, done.written["bedrock"].lines) == (4, 1, 1)
    assert total(client) == {(): 3_000_000_000}
    write(path, {**AWS, "BilledCost": "7"})
    import_focus(client.world, installed.tenant, installed.team, [path])
    assert total(client) == {(): 7 * 10**9}


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (AWS | {"BillingCurrency": " "}, "BillingCurrency is empty"),
        ({"BilledCost": "1"}, "no column ChargePeriodStart, BillingCurrency"),
        ({**AWS, "BilledCost": "lots"}, "row 2: the provider billed 'lots'"),
        ({**AWS, "ChargePeriodStart": "soon"}, "row 2: ChargePeriodStart is 'soon'"),
    ],
)
def test_what_cannot_be_read_changes_nothing(
    local_world: World, tmp_path: Path, row: dict[str, str], words: str
) -> None:
    client = Client(local_world)
    installed = client.installed
    path = write(tmp_path / "bad.csv", row)
    with pytest.raises(Invalid, match=words):
        import_focus(client.world, installed.tenant, installed.team, [path])
    assert total(client, ("day",)) == {}


def test_rubbish_with_the_name_of_parquet(local_world: World, tmp_path: Path) -> None:
    client = Client(local_world)
    path = tmp_path / "bad.parquet"
    path.write_bytes(b"rubbish" * 10)
    with pytest.raises(Invalid, match="cannot be read as Parquet"):
        import_focus(client.world, client.installed.tenant, client.installed.team, [path])


def test_a_refund_of_last_month_leaves_the_days_around_it(
    local_world: World, tmp_path: Path
) -> None:
    client = Client(local_world)
    installed = client.installed
    early = {**AWS, "ChargePeriodStart": "2026-11-03T00:00:00Z", "BilledCost": "10"}
    between = {**AWS, "ChargePeriodStart": "2026-11-10T00:00:00Z", "BilledCost": "100"}
    path = write(tmp_path / "aws.csv", early, between)
    import_focus(client.world, installed.tenant, installed.team, [path])
    refund = {**early, "BilledCost": "4"}
    write(path, refund, AWS)
    import_focus(client.world, installed.tenant, installed.team, [path])
    by_day = {day: nano for (day,), nano in total(client, ("day",)).items()}
    assert by_day == {
        "2026-11-03": 4 * 10**9,
        "2026-11-10": 100 * 10**9,
        "2026-11-20": 1_500_000_000,
    }


@pytest.mark.parametrize(
    ("rows", "tokens"),
    [
        ([("2000", "4"), ("-1000", "-2")], 1_000_000),
        ([("2000", "4"), ("-2000", "-4")], 0),
        ([("2000", "4"), ("-3000", "-6")], 2_000_000),  # of something that is not here
        ([("2000", "4"), ("-1000", "-2"), ("-1000", "-2")], 0),
    ],
)
def test_corrections_take_tokens_back(
    local_world: World, tmp_path: Path, rows: list[tuple[str, str]], tokens: int
) -> None:
    client = Client(local_world)
    installed = client.installed
    told = [
        {**AWS, "ConsumedQuantity": count, "BilledCost": cost, "ListCost": cost}
        for count, cost in rows
    ]
    told[-1]["ChargeDescription"] = "Correction"
    path = write(tmp_path / "aws.csv", *told)
    done = import_focus(client.world, installed.tenant, installed.team, [path])
    assert done.untaken == (sum(int(count) for count, _ in rows) < 0)
    question = BilledQuestion(Period("2026-11-20", "2026-11-20"), (), {})
    (sums,) = ask(client.world, installed.team, question)
    assert sums.input_tokens == tokens
    assert sums.usd_nano == sum(int(cost) for _, cost in rows) * 10**9


def test_rows_of_an_unknown_provider_are_told_by_its_name(
    local_world: World, tmp_path: Path
) -> None:
    client = Client(local_world)
    installed = client.installed
    acme = {**AWS, "ProviderName": "Acme AI"}
    path = write(tmp_path / "all.csv", AWS, acme, acme, {**acme, "ServiceCategory": "Storage"})
    done = import_focus(client.world, installed.tenant, installed.team, [path])
    assert (done.rows, done.skipped, dict(done.unknown)) == (4, 1, {"Acme AI": 2})


def test_rows_of_days_that_have_not_begun_are_taken_and_counted(
    local_world: World, tmp_path: Path
) -> None:
    client = Client(local_world)
    installed, today = client.installed, client.world.now()
    rows = [
        AWS | {"ChargePeriodStart": f"{day_of(today + days * DAY)}T00:00:00Z"} for days in range(4)
    ]
    path = write(tmp_path / "aws.csv", *rows)
    done = import_focus(client.world, installed.tenant, installed.team, [path])
    assert (done.rows, done.ahead) == (4, 2), "somewhere tomorrow has begun"


def test_one_file_twice_is_refused(local_world: World, tmp_path: Path) -> None:
    client = Client(local_world)
    installed = client.installed
    path = write(tmp_path / "aws.csv", AWS)
    (tmp_path / "copy.csv").write_bytes(path.read_bytes())
    for other in (path, tmp_path / "." / ".." / tmp_path.name / "aws.csv", tmp_path / "copy.csv"):
        with pytest.raises(Invalid) as refused:
            import_focus(client.world, installed.tenant, installed.team, [path, other])
        assert f"{path} and {other} hold the same" in refused.value.message
    assert total(client, ("day",)) == {}


def test_a_file_without_rows(local_world: World, tmp_path: Path) -> None:
    client = Client(local_world)
    for name, data in (("empty.csv", b""), ("packed.csv", b"\x1f\x8b\xff\x00")):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(Invalid, match=r"no rows|unpack it"):
            import_focus(
                client.world, client.installed.tenant, client.installed.team, [tmp_path / name]
            )
