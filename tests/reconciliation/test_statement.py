"""The statement over HTTP: a month of generated life is explained to a rest of nothing."""

import csv
import io
import json
import random
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from chalicelib.kit.clock import DAY, HOUR, day_of
from chalicelib.lake.compaction import compact_due
from chalicelib.lake.rolling import roll_due
from chalicelib.ports.world import World
from chalicelib.providers.periods import Period
from chalicelib.providers.syncing import sync_due
from chalicelib.reconciliation import duplicates
from chalicelib.reconciliation.duplicates import TOLERANCE_MS
from chalicelib.reconciliation.parts import PartKind
from chalicelib.reconciliation.presenting import present_text
from chalicelib.reconciliation.statement import reconcile
from tests.conftest import NOON
from tests.otlp.exports import NANOS, as_json, span, traces
from tests.providers.anthropic import FakeAnthropic, Use, connect, reach
from tests.support.bodies import completion
from tests.support.client import Client
from tests.support.feeding import feed
from tests.support.provider import FakeProvider

PATH = "/api/v2/reconciliation"
MODEL = "claude-sonnet-4-5"
COMPLETIONS = "/meter/v2/ai/completions"
INPUT, OUTPUT, READ = "uncached_input_tokens", "output_tokens", "cache_read_input_tokens"
CENTS = {INPUT: Decimal("0.0003"), OUTPUT: Decimal("0.0015"), READ: Decimal("0.00003")}
"""A token, by Anthropic's list."""


@pytest.fixture
def provider() -> Iterator[FakeProvider]:
    with FakeProvider() as serving:
        yield serving


@pytest.fixture
def anthropic(provider: FakeProvider) -> FakeAnthropic:
    return FakeAnthropic(provider)


@pytest.fixture
def client(world: World, provider: FakeProvider, tmp_path: Path) -> Client:
    return Client(reach(world, provider, tmp_path))


def use(day: str, kind: str, tokens: int, **more: Any) -> Use:
    return Use(
        day, f"{tokens * CENTS[kind]:f}", tokens=tokens, kind=kind, **{"model": MODEL, **more}
    )


def meter(client: Client, number: int, at: int, **members: Any) -> dict[str, Any]:
    named = {"provider": "ANTHROPIC", "model": MODEL, **members}
    body = completion(number, at, totalCost=None, **named)
    answer = client.post(COMPLETIONS, body)
    assert answer.status == 201, answer.json
    return body


def parts(figures: dict[str, Any]) -> dict[str, float]:
    return {each["kind"]: each["amount"] for each in figures["parts"]}


def test_dates_are_never_passed_over(client: Client) -> None:
    ask = {"startDate": "2026-11-02", "endDate": "2026-11-03T23:00:00Z"}
    for path in (PATH, f"{PATH}/prices"):
        for query in (ask, ask | {"period": "custom"}, ask | {"period": ""}):
            told = client.get(path, query).json
            assert (told["startDate"], told["endDate"]) == ("2026-11-02", "2026-11-03")
        for query in (ask, {"startDate": ask["startDate"]}, {"endDate": ask["endDate"]}):
            refused = client.get(path, query | {"period": "7d"})
            named = [".".join(each["path"]) for each in refused.json["errors"]]
            assert (refused.status, named) == (400, ["period"])
        lone = client.get(path, {"endDate": ask["endDate"]})
        assert [each["path"] for each in lone.json["errors"]] == [["startDate"]]
        assert client.get(path, {"startDate": " ", "period": "7d"}).status == 200


def test_both_sides_and_the_parts_between_them(client: Client, anthropic: FakeAnthropic) -> None:
    day = day_of(NOON - DAY)
    meter(client, 1, NOON - DAY, inputTokenCount=1000, outputTokenCount=100, totalTokenCount=1100)
    unknown = {"inputTokenCount": 10, "outputTokenCount": 0, "totalTokenCount": 10}
    client.post(
        COMPLETIONS,
        completion(
            2, NOON - DAY, provider="ANTHROPIC", model="claude-next", totalCost=None, **unknown
        ),
    )
    feed(client.world)
    anthropic.uses = [
        use(day, INPUT, 1500),
        use(day, OUTPUT, 100),
        replace(use(day, INPUT, 10), model="claude-next"),
        replace(use(day, READ, 0), cents="7", cost_type="web_search"),
    ]
    connect(client, anthropic.provider)
    sync_due(client.world)
    answer = client.get(PATH)
    told = answer.json
    assert (told["metered"], told["billed"]) == (0.0045, 0.07603)
    assert parts(told) == {"UNMETERED_USAGE": 0.0015, "UNPRICED_CALLS": 0.00003, "FEES": 0.07}
    assert told["unexplained"] == 0
    assert told["withinThreshold"]
    assert (told["meteredCalls"], told["unpricedCalls"]) == (2, 1)
    (covered,) = client.get("/profitstream/v2/api/billing/coverage").json["byProvider"]
    assert (covered["meteredCalls"], covered["unpricedCalls"]) == (2, 1)
    whole = sum((Decimal(str(each["amount"])) for each in told["parts"]), Decimal("0.0045"))
    assert whole == Decimal("0.07603")
    (row,) = [each for each in told["rows"] if each["model"] == MODEL]
    assert (row["meteredCalls"], row["meteredTokens"], row["billedTokens"]) == (1, 1100, 1600)
    assert not row["settled"]
    sheet = list(csv.DictReader(io.StringIO(client.get(PATH, accept="text/csv").body.decode())))
    assert sorted(each["metered_usd"] for each in sheet) == ["0", "0.004500000"]
    small = client.get(PATH, {"size": "1", "page": "1"}).json
    assert (small["page"]["totalElements"], len(small["rows"])) == (2, 1)
    assert small["parts"] == told["parts"]
    assert client.get(PATH, {"provider": "openai"}).json["rows"] == []
    assert client.get(PATH, {"threshold": "101", "provider": "acme"}).status == 400


def test_calls_of_days_without_a_bill_are_counted_whatever_they_cost(
    client: Client, anthropic: FakeAnthropic
) -> None:
    meter(client, 1, NOON - DAY, model="claude-next")
    meter(client, 2, NOON - DAY, model="claude-next", provider="OPENAI")
    meter(client, 3, NOON - DAY, model="gpt-4o-mini", provider="OPENAI")
    feed(client.world)
    told = client.get(PATH).json
    assert (told["meteredCalls"], told["rows"]) == (0, [])
    assert told["meteredWithoutBill"] == {"anthropic": None, "openai": 0.00021}
    assert told["callsWithoutBill"] == {
        "anthropic": {"calls": 1, "unpricedCalls": 1},
        "openai": {"calls": 2, "unpricedCalls": 1},
    }
    assert list(client.get(PATH, {"provider": "openai"}).json["callsWithoutBill"]) == ["openai"]
    period, installed = Period(day_of(NOON - DAY), day_of(NOON)), client.installed
    page = list(present_text(reconcile(client.world, installed.tenant, installed.team, period)))
    assert page[-2].startswith("  an unknown cost of 1 call without a known price metered at anth")
    assert page[-1].startswith("  0.000210000 of 2 calls, 1 of them without a known price, metered")


def test_tokens_of_calls_without_a_price_are_counted_not_guessed(
    client: Client, anthropic: FakeAnthropic
) -> None:
    """Of one model and day: a call whose client stated its cost, and one that nobody knows it of,
    of other kinds of tokens."""
    day, named = day_of(NOON - DAY), {"provider": "ANTHROPIC", "model": "claude-next"}
    for number, (cost, counts) in enumerate([("0.003", (1_000, 0)), (None, (10, 100))]):
        tokens = dict(zip(("inputTokenCount", "outputTokenCount"), counts, strict=True))
        body = completion(
            number, NOON - DAY, totalCost=cost, totalTokenCount=sum(counts), **tokens, **named
        )
        assert client.post(COMPLETIONS, body).status == 201
    feed(client.world)
    anthropic.uses = [
        replace(use(day, INPUT, 1_010), model="claude-next"),
        replace(use(day, OUTPUT, 100), model="claude-next"),
    ]
    connect(client, anthropic.provider)
    sync_due(client.world)
    for _ in range(2):
        assert parts(client.get(PATH).json) == {"UNPRICED_CALLS": 0.00153}
        compact_due(client.world, quiet_ms=0)
        roll_due(client.world)


@pytest.mark.parametrize("most", [1_000, 0])
def test_calls_that_look_metered_twice(
    client: Client, anthropic: FakeAnthropic, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for limit in ("_MOST_DAYS", "_MOST_NAMES"):
        monkeypatch.setattr(duplicates, limit, most)
    at = NOON - DAY
    big = {"inputTokenCount": 1000, "outputTokenCount": 100, "totalTokenCount": 1100}
    free = {"inputTokenCount": 70, "outputTokenCount": 0, "totalTokenCount": 70}
    meter(client, 1, at, **big)
    dated = {"provider": "anthropic", "model": f"{MODEL}-20250929"}
    meter(client, 2, at + 1_000, **big, **dated)
    meter(client, 3, at + 2_001, **big, **dated)  # too late for a duplicate
    meter(client, 4, at, **{**big, "outputTokenCount": 101})
    meter(client, 5, at, **free)
    spanned = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "anthropic",
        "gen_ai.request.model": MODEL,
        "gen_ai.usage.input_tokens": 1000,
        "gen_ai.usage.output_tokens": 101,
    }
    times = {"startTimeUnixNano": (at + 5) * NANOS, "endTimeUnixNano": (at + 800) * NANOS}
    export = as_json(traces(span(9, spanned, **times)))
    assert client.post("/meter/v2/otlp/v1/traces", export).status == 200
    feed(client.world)
    day = day_of(at)
    anthropic.uses = [use(day, INPUT, 3000), use(day, OUTPUT, 301)]
    connect(client, anthropic.provider)
    sync_due(client.world)
    told = client.get(PATH).json
    assert parts(told) == {"DUPLICATES": -0.009015, "METERED_NOT_BILLED": -0.00021}
    (row,) = told["rows"]
    (part,) = [each for each in row["parts"] if each["kind"] == "DUPLICATES"]
    assert str(TOLERANCE_MS) in part["rule"]
    place, _, query = part["calls"].partition("?")
    asked = dict(parse_qsl(query))
    assert client.get(place, asked).json["page"]["totalElements"] == row["meteredCalls"]
    doubled = part["doubled"]
    assert (doubled["calls"], doubled["crossed"], doubled["metered"]) == (2, 1, 0.009015)
    lists = "/profitstream/v2/api/sources/metrics/ai/completions"
    pairs = []
    for pair in doubled["some"]:
        both = [client.get(f"{lists}/{pair[each]}").json for each in ("eventId", "repeats")]
        pairs.append([each["transactionId"] for each in both])
    assert pairs[0][1] == "chatcmpl-4", "by two channels: the surest are told first"
    assert pairs[1] == ["chatcmpl-2", "chatcmpl-1"]
    (summed,) = told["providers"]
    (part,) = [each for each in summed["parts"] if each["kind"] == "DUPLICATES"]
    assert (part["doubled"]["calls"], part["doubled"]["some"]) == (2, [])
    installed = client.installed
    period = Period(day, day)
    page = present_text(reconcile(client.world, installed.tenant, installed.team, period))
    (line,) = [each for each in page if each.strip().startswith("duplicates")]
    assert line.endswith("-0.009015000  2 calls look so")


@pytest.mark.parametrize("world", ["local"], indirect=True)
def test_a_duplicate_that_was_taken_back_is_none(client: Client, anthropic: FakeAnthropic) -> None:
    at = NOON - DAY
    counts = {"inputTokenCount": 1000, "outputTokenCount": 0, "totalTokenCount": 1000}
    for number in (1, 2):
        meter(client, number, at, **counts)
    meter(client, 3, at + HOUR, **counts)
    feed(client.world)
    lists = "/profitstream/v2/api/sources/metrics/ai/completions"
    assert client.send("DELETE", f"{lists}/chatcmpl-2", b"", None, {}).status in (200, 204)
    feed(client.world)
    anthropic.uses = [use(day_of(at), INPUT, 1000)]
    connect(client, anthropic.provider)
    sync_due(client.world)
    assert parts(client.get(PATH).json) == {"METERED_NOT_BILLED": -0.003}


@pytest.mark.parametrize("world", ["local"], indirect=True)
def test_a_month_of_life_is_explained(client: Client, anthropic: FakeAnthropic) -> None:
    """Missing calls, a price that came late, batches, credits, a wrong price, a day that begins
    elsewhere, calls that were metered twice by the same or by other words, equal calls that are
    none."""
    dice = random.Random(16)
    number = planted = 0
    for back in range(30, 0, -1):
        at = NOON - back * DAY
        day = day_of(at)
        sent = {INPUT: 0, OUTPUT: 0}
        for _ in range(dice.randint(1, 3)):
            number += 1
            tokens = {INPUT: dice.randint(1, 90_000), OUTPUT: dice.randint(1, 9_000)}
            if dice.random() < 0.8:
                counts = {
                    "inputTokenCount": tokens[INPUT],
                    "outputTokenCount": tokens[OUTPUT],
                    "totalTokenCount": sum(tokens.values()),
                }
                meter(client, number, at + number * HOUR // 100, **counts)
                if dice.random() < 0.1:
                    planted += 1
                    words = dice.choice(
                        [{}, {"provider": "anthropic", "model": f"{MODEL}-20250929"}]
                    )
                    later = at + number * HOUR // 100 + dice.randint(0, 900)
                    meter(client, number + 10_000, later, **counts, **words)
                elif dice.random() < 0.1:
                    meter(client, number + 20_000, at + number * HOUR // 100, **counts)
                    for kind, count in tokens.items():
                        sent[kind] += count
            for kind, count in tokens.items():
                sent[kind] += count
        dear = Decimal("1.1") if back < 5 else Decimal(1)
        for kind, count in sent.items():
            line = use(day, kind, count)
            cents = Decimal(line.cents) * dear
            anthropic.uses.append(
                replace(line, cents=f"{cents * Decimal('0.95'):f}", list_cents=f"{cents:f}")
            )
    feed(client.world)
    connect(client, anthropic.provider)
    sync_due(client.world)
    period = Period("2026-10-25", "2026-11-24")
    installed = client.installed
    statement = reconcile(client.world, installed.tenant, installed.team, period)
    assert len(statement.rows) == 30
    for row in statement.rows:
        assert row.split.metered + sum(row.split.parts.values()) == row.split.billed, row.key
        assert row.split.parts.get("UNEXPLAINED", 0) == 0, row
    whole = statement.whole
    assert set(whole.parts) == {"UNMETERED_USAGE", "DUPLICATES", "PRICE", "DISCOUNT"}
    assert planted
    (proposal,) = client.get(f"{PATH}/prices").json["proposals"]
    assert (proposal["model"], proposal["effectiveFrom"]) == (MODEL, day_of(NOON - 4 * DAY))
    assert proposal["pricesPerMillion"]["input"] == {"ours": 3.0, "theirs": 3.3}
    assert proposal["difference"] == float(Decimal(whole.parts[PartKind.PRICE]) / 10**9)
    request = proposal["request"]
    assert client.post(request["path"], request["body"]).status in (200, 201)
    text = list(present_text(statement))
    assert any(line.strip().startswith("unmetered usage") for line in text), text
    assert json.dumps(text)
