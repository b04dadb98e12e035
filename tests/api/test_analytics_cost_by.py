"""GET /api/v2/analytics/cost-by-… and /api/v2/status/connection, from posted calls to
envelopes."""

import json
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.kit.clock import DAY, HOUR, MINUTE, SECOND, iso
from chalicelib.kit.ids import new_id
from chalicelib.lake.compaction import compact_due
from chalicelib.lake.rebuild import rebuild_day
from chalicelib.lake.rolling import roll_due
from chalicelib.reports.catalogue import COSTS, REPORTS
from chalicelib.reports.service import fold_spellings
from infra.local.feeder import drain
from tests.conftest import NOON
from tests.support.bodies import completion
from tests.support.client import Answer, Client

BASE = "/api/v2/analytics/"
SLUGS = [report.slug for report in COSTS if "user" not in report.slug]
EVERY = [report.slug for report in REPORTS]
UNPRICED_MODEL = "no-such-model-9"
CALL = Decimal("0.00021")
"""What tests.support.bodies.completion costs."""
LOCAL = pytest.mark.parametrize("world", ["local"], indirect=True)
"""For what no adapter has a part in."""


def post(client: Client, *bodies: dict[str, Any]) -> None:
    for body in bodies:
        assert client.post("/meter/v2/ai/completions", body).status == 201
    drain(client.world)


def groups(answer: Answer) -> dict[str, Decimal]:
    """Figures of a total, or the sums over the buckets of a series, by group."""
    found: dict[str, Decimal] = {}
    for item in json.loads(answer.body, parse_float=Decimal, parse_int=Decimal)["_embedded"][
        "items"
    ]:
        for group in item.get("groups", [item]):
            found[group["groupName"]] = (
                found.get(group["groupName"], Decimal(0)) + group["metrics"][0]["metricResult"]
            )
    return found


def get(client: Client, slug: str, **query: Any) -> Answer:
    return client.get(BASE + slug, {"size": 100, **query})


def three_calls() -> list[dict[str, Any]]:
    return [
        completion(
            1, agent="a", organizationName="o", productName="p", subscriber={"email": "s@x.io"}
        ),
        completion(2, agent="b", at=NOON - HOUR),
        completion(3, model=UNPRICED_MODEL, agent="b"),
    ]


@pytest.mark.parametrize("slug", SLUGS)
def test_every_report_adds_up_to_what_was_posted_and_tells_what_it_does_not_know(
    client: Client, slug: str
) -> None:
    post(client, *three_calls())
    answer = get(client, slug)
    assert answer.status == 200
    assert sum(groups(answer).values()) == 2 * CALL
    assert answer.headers["X-Meterlake-Unpriced-Calls"] == "1/3"


def test_upkeep_of_the_lake_changes_no_digit(client: Client) -> None:
    post(
        client,
        *three_calls(),
        *(completion(n, at=NOON - n * HOUR, agent=f"a{n % 3}") for n in range(4, 60)),
    )
    windows = [
        {},
        {"startDate": iso(NOON - 50 * HOUR), "endDate": iso(NOON - 2 * HOUR)},
        {"startDate": iso(NOON - 5 * DAY)},
    ]
    asked = [
        (slug, window)
        for slug in ("cost-by-agent", "cost-by-team", "cost-by-model-aggregated")
        for window in windows
    ]

    def figures() -> list[dict[str, Decimal]]:
        return [groups(get(client, slug, **window)) for slug, window in asked]

    written = figures()
    assert compact_due(client.world, quiet_ms=0) >= 3
    assert figures() == written
    assert roll_due(client.world) >= 3
    assert figures() == written
    assert sum(written[-1].values()) == 58 * CALL


@LOCAL
def test_calls_without_a_value_have_a_group_of_their_own(client: Client) -> None:
    post(client, *three_calls())
    assert groups(get(client, "cost-by-organization")) == {"o": CALL, "UNCLASSIFIED": CALL}
    assert set(groups(get(client, "cost-by-api-key"))) == {"ANONYMOUS"}


@LOCAL
def test_a_series_is_dense_and_aligned(client: Client) -> None:
    post(client, *three_calls())
    answer = get(
        client, "cost-by-agent", startDate=iso(NOON - 3 * HOUR + 1), endDate=iso(NOON)
    ).json
    items = answer["_embedded"]["items"]
    assert [item["startTimestamp"] for item in items] == [
        iso(NOON - hour * HOUR) for hour in (3, 2, 1, 0)
    ]
    assert [item["endTimestamp"] for item in items] == [
        iso(NOON - hour * HOUR + HOUR - 1) for hour in (3, 2, 1, 0)
    ]
    assert all({group["groupName"] for group in item["groups"]} == {"a", "b"} for item in items)
    assert answer["period"] == {"start": iso(NOON - 3 * HOUR + 1), "end": iso(NOON)}
    assert (answer["id"], answer["resourceType"], answer["updated"]) == (
        "cost-by-agent",
        "metric_timeseries",
        None,
    )
    assert {group["metrics"][0]["metricType"] for item in items for group in item["groups"]} == {
        "COST_BY_AGENT_OVER_TIME"
    }


@LOCAL
@pytest.mark.parametrize(
    ("days", "buckets", "first"),
    [
        (2, 49, "2026-11-22T12:00:00.000Z"),
        (3, 4, "2026-11-21T00:00:00.000Z"),
        (93, 4, "2026-08-01T00:00:00.000Z"),
    ],
)
def test_the_span_chooses_the_interval(client: Client, days: int, buckets: int, first: str) -> None:
    answer = get(client, "cost-by-model", startDate=iso(NOON - days * DAY), endDate=iso(NOON)).json
    assert answer["page"]["totalElements"] == buckets
    assert answer["_embedded"]["items"][0]["startTimestamp"] == first


@LOCAL
def test_the_default_window_is_the_last_day_and_both_ends_belong_to_it(client: Client) -> None:
    post(
        client,
        completion(1, at=NOON - DAY),
        completion(2, at=NOON - DAY - 1),
        completion(3, at=NOON),
    )
    assert sum(groups(get(client, "cost-by-model")).values()) == 2 * CALL


@LOCAL
def test_pages_of_a_series_cut_buckets_and_link_to_each_other(client: Client) -> None:
    post(client, *three_calls())
    answer = client.get(BASE + "cost-by-agent", {"agents": ["b", "c&d"]}).json
    assert answer["page"] == {
        "size": 20,
        "number": 0,
        "totalElements": 25,
        "totalPages": 2,
        "last": False,
    }
    path, _, query = answer["_links"]["next"]["href"].partition("?")
    pairs = [tuple(pair.split("=")) for pair in query.split("&")]
    assert ("agents", "c%26d") in pairs
    following = client.get(path, [(name, value.replace("%3A", ":")) for name, value in pairs]).json
    assert len(following["_embedded"]["items"]) == 5
    assert following["page"]["last"] is True
    assert set(following["_links"]) == {"self", "first", "last", "prev"}
    assert following["period"] == answer["period"]


@LOCAL
def test_pages_of_a_total_cut_groups_largest_first(client: Client) -> None:
    post(
        client,
        *(completion(number, agent=f"a{number // 2}") for number in range(5)),
        completion(9, agent="a0"),
    )
    answer = client.get(BASE + "cost-by-agent-aggregated", {"size": 2}).json
    assert [item["groupName"] for item in answer["_embedded"]["items"]] == ["a0", "a1"]
    assert answer["page"]["totalElements"] == 3
    beyond = client.get(BASE + "cost-by-agent-aggregated", {"size": 2, "page": 7})
    assert (
        beyond.status,
        beyond.json["_embedded"]["items"],
        beyond.json["page"]["totalPages"],
    ) == (200, [], 2)


@LOCAL
def test_filters_keep_exact_names_and_blank_ones_count_as_absent(client: Client) -> None:
    post(
        client,
        *three_calls(),
        completion(4, agent="it's 50%", provider="ANTHROPIC", model="claude-x"),
    )
    assert set(groups(get(client, "cost-by-agent", agents=["a", "it's 50%"]))) == {"a", "it's 50%"}
    assert set(groups(get(client, "cost-by-agent", agents=["A"]))) == set()
    assert len(groups(get(client, "cost-by-agent", agents=[""]))) == 3
    assert set(groups(get(client, "cost-by-model", providers=["ANTHROPIC"]))) == {"claude-x"}
    assert (
        groups(get(client, "cost-by-model", providers=["ANTHROPIC"], models=["gpt-4o-mini"])) == {}
    )
    assert set(groups(get(client, "cost-by-product", costSource=["provider_billing"]))) == set()
    both = get(client, "cost-by-product", costSource=["revenium_metered", "provider_billing"])
    assert set(groups(both)) == {"p", "UNCLASSIFIED"}


@LOCAL
def test_one_metric_a_group_but_runs_beside_products(client: Client) -> None:
    post(client, *three_calls())
    for slug in SLUGS:
        for item in get(client, slug).json["_embedded"]["items"]:
            for group in item.get("groups", [item]):
                types = [metric["metricType"] for metric in group["metrics"]]
                assert types[1:] == (
                    ["runs"]
                    if slug in ("cost-by-product-aggregated", "cost-by-task-aggregated")
                    else []
                )
    (known,) = (
        item
        for item in get(client, "cost-by-product-aggregated").json["_embedded"]["items"]
        if item["groupName"] == "UNCLASSIFIED"
    )
    assert known["metrics"][1]["metricResult"] == 2


@LOCAL
def test_twenty_keys_are_named_and_the_rest_is_merged(client: Client) -> None:
    bodies = [
        completion(
            n,
            subscriber={"email": "s@x.io", "credential": {"name": f"k{n:02d}", "value": f"v{n}"}},
            inputTokenCount=1000 + n,
        )
        for n in range(23)
    ]
    post(client, *bodies)
    for slug in ("cost-by-api-key", "cost-by-api-key-aggregated"):
        for measure in ("sum", "p95", "count"):
            found = groups(get(client, slug, metricType=measure))
            assert len(found) == 21
            assert {"k22", "k03", "Other API keys"} <= set(found)
            assert "k02" not in found
    assert (
        groups(get(client, "cost-by-api-key-aggregated", metricType="count"))["Other API keys"] == 3
    )


@LOCAL
def test_a_series_names_the_costliest_hundred_groups(client: Client) -> None:
    for number in range(103):
        dear = {"totalCost": 0.01 * (number + 1)}
        body = completion(number, subscriber={"id": f"team {number}"}, **dear)
        assert client.post("/meter/v2/ai/completions", body).status == 201
    drain(client.world)
    found = groups(get(client, "cost-by-team"))
    assert len(found) == 101
    assert found["Other teams"] == Decimal("0.06")
    assert found["team 102"] == Decimal("1.03")
    assert sum(found.values()) == Decimal("0.01") * (103 * 104 // 2)


@LOCAL
@pytest.mark.parametrize("slug", EVERY)
@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"size": 0}, "size"),
        ({"size": 101}, "size"),
        ({"page": -1}, "page"),
        ({"metricType": "mean"}, "metricType"),
        ({"startDate": "yesterday"}, "startDate"),
        ({"endDate": "9999-12-31T00:00:00Z"}, "endDate"),
        ({"startDate": iso(NOON), "endDate": iso(NOON - 1)}, "startDate"),
    ],
)
def test_bad_parameters_are_refused(
    client: Client, slug: str, query: dict[str, Any], field: str
) -> None:
    if field == "metricType" and slug.startswith(("tokens-per-minute", "profit-per-")):
        pytest.skip("it has no such parameter")
    answer = client.get(BASE + slug, query)
    assert (answer.status, answer.json["code"]) == (400, "VALIDATION_ERROR")
    assert [entry["field"] for entry in answer.json["errors"]] == [field]


@LOCAL
def test_a_cost_source_that_is_none_is_refused_with_those_that_are(client: Client) -> None:
    answer = client.get(BASE + "cost-by-agent", {"costSource": "coding_assistant", "size": 0})
    assert answer.status == 400
    options = {entry["field"]: entry["options"] for entry in answer.json["errors"]}
    assert options["costSource.0"] == ["revenium_metered", "provider_billing"]
    assert "size" in options


@LOCAL
@pytest.mark.parametrize("path", [*(BASE + slug for slug in EVERY), "/api/v2/status/connection"])
def test_keys_and_teams_are_checked(client: Client, path: str) -> None:
    assert client.get(path, x_api_key="").status == 401
    metering_only = client.get(path, x_api_key=client.installed.metering_key or "")
    assert (metering_only.status, metering_only.json["code"]) == (403, "FORBIDDEN")
    assert client.get(path, {"teamId": client.installed.team}).status == 200
    other = client.get(path, {"teamId": new_id()})
    assert (other.status, other.json["code"]) == (403, "TEAM_NOT_IN_MEMBERSHIP")
    assert client.get(path, {"teamId": "no_id"}).json["code"] == "INVALID_TEAM_ID"


def test_no_team_sees_another_ones_calls(client: Client) -> None:
    post(client, *three_calls())
    stranger = Client(client.world)
    for slug in SLUGS:
        assert groups(get(stranger, slug)) == {}
    assert stranger.get("/api/v2/status/connection").json == {
        "completion_logs": {"last_date_received": None}
    }


def test_the_connection_tells_when_the_newest_call_came(client: Client) -> None:
    post(client, completion(1, at=NOON - 40 * SECOND))
    assert client.get("/api/v2/status/connection").json == {
        "completion_logs": {"last_date_received": iso(NOON)}
    }


def test_a_report_without_a_damaged_file_says_so(client: Client) -> None:
    post(client, completion(1, agent="a"))
    (file,) = client.world.lake.list(client.installed.team, "ai_events")
    post(client, completion(2, agent="b"))
    client.world.lake.put(client.installed.team, file.path, b"rubbish")
    for _ in range(2):
        answer = get(client, "cost-by-agent-aggregated")
        assert groups(answer) == {"b": CALL}
        assert answer.headers["X-Meterlake-Incomplete-Days"] == file.path.day
    rebuild_day(client.world, client.installed.team, file.path.day)
    answer = get(client, "cost-by-agent-aggregated")
    assert groups(answer) == {"a": CALL, "b": CALL}
    assert "X-Meterlake-Incomplete-Days" not in answer.headers


@pytest.mark.parametrize(
    "slug", ["cost-by-provider", "cost-by-provider-aggregated", "cost-by-vendor"]
)
def test_spellings_of_one_provider_stand_in_one_row(client: Client, slug: str) -> None:
    spellings = ["OPENAI", "OpenAI", "openai.chat", "Mistral"]
    post(client, *(completion(n, provider=each) for n, each in enumerate(spellings)))
    totals = groups(get(client, slug))
    assert totals.keys() == {"OPENAI", "Mistral"}
    assert totals["OPENAI"] == 3 * CALL
    if slug != "cost-by-provider":
        assert groups(get(client, slug, metricType="median"))["OPENAI"] == CALL


def test_what_makes_no_other_provider() -> None:
    names = ["openai", "OpenAI", "my-openai-proxy", "aws.bedrock", "AWS_BEDROCK", "", "x"]
    assert fold_spellings(names) == {
        "openai": "OPENAI",
        "aws.bedrock": "AWS_BEDROCK",
        "aws_bedrock": "AWS_BEDROCK",
    }


@pytest.mark.parametrize(
    "names",
    [
        ("BEDROCK", "AWS BEDROCK", "AMAZON_BEDROCK", "aws.bedrock", "bedrock_converse"),
        ("AZURE", "AZURE_OPENAI", "az.ai.openai", "azure.ai.inference"),
        ("VERTEX", "VERTEX_AI", "gcp.vertex_ai", "google-vertex", "vertex_ai_beta"),
        ("GOOGLE", "GEMINI", "gcp.gemini", "google.generative-ai"),
        ("XAI", "x-ai", "grok"),
        ("TOGETHER", "together_ai"),
        ("FIREWORKS", "fireworks_ai"),
        ("MISTRAL", "mistral_ai"),
        ("DEEPSEEK", "DeepSeek-AI"),
        ("MOONSHOT", "moonshotai"),
        ("ANTHROPIC", "anthropic.messages", "Claude"),
    ],
)
def test_aliases_of_one_provider_are_one(names: tuple[str, ...]) -> None:
    shown = set(fold_spellings(names).values())
    assert (len(fold_spellings(names)), len(shown)) == (len(names), 1)


def test_these_stay_apart() -> None:
    names = ["GEMINI", "VERTEX", "ANTHROPIC", "ClaudeCode", "FOUNDRY", "AWS", "openrouter"]
    assert fold_spellings([*names, "OPENAI", "Codex_CLI", "AZURE"]) == {}


def test_a_group_whose_cost_nobody_knows_is_told_from_one_that_costs_nothing(
    client: Client,
) -> None:
    post(client, *three_calls())
    items = get(client, "cost-by-model-aggregated").json["_embedded"]["items"]
    counts = {item["groupName"]: item["metrics"][0].get("unpricedCount") for item in items}
    assert counts == {UNPRICED_MODEL: 1, "gpt-4o-mini": None}
    window = {"startDate": iso(NOON - HOUR), "endDate": iso(NOON)}
    post(client, completion(9, model=UNPRICED_MODEL, at=NOON - 90 * MINUTE))
    movers = get(client, "top-movers", **window)
    (moved,) = (
        item for item in movers.json["_embedded"]["items"] if item["groupName"] == UNPRICED_MODEL
    )
    assert moved["metrics"][0]["unpricedCount"] == 2
    assert movers.headers["X-Meterlake-Unpriced-Calls"].startswith("2/")
    table = client.get(BASE + "cost-by-model-aggregated", window, accept="text/csv").body.decode()
    header, *lines = table.splitlines()
    place = header.split(",").index("unpricedCount")
    assert {line.split(",")[0]: line.split(",")[place] for line in lines} == {
        UNPRICED_MODEL: "1",
        "gpt-4o-mini": "",
    }


def test_what_a_flat_plan_covers_is_told_beside_the_costs(client: Client) -> None:
    post(client, completion(1), completion(2, provider="ClaudeCode"))
    for slug in ("cost-by-provider", "cost-by-model-aggregated", "cost-by-user"):
        answer = get(client, slug)
        assert answer.headers["X-Meterlake-Flat-Plan-Calls"] == "CLAUDE_CODE=1"
        assert answer.json["flatPlan"]["calls"] == {"CLAUDE_CODE": 1}
        assert "coding-assistant-filter" in answer.json["flatPlan"]["message"]
    assert groups(get(client, "cost-by-provider")) == {"OPENAI": CALL}
    assert "X-Meterlake-Flat-Plan-Calls" not in get(client, "tool-latency").headers
    compact_due(client.world, quiet_ms=0)
    roll_due(client.world)
    assert get(client, "cost-by-team").headers["X-Meterlake-Flat-Plan-Calls"] == "CLAUDE_CODE=1"
    switch(client, "claude-code")
    answer = get(client, "cost-by-provider")
    assert "X-Meterlake-Flat-Plan-Calls" not in answer.headers
    assert "flatPlan" not in answer.json
    assert groups(answer).keys() == {"OPENAI", "ClaudeCode"}
    switch(client)
    assert groups(get(client, "cost-by-provider")) == {"OPENAI": CALL}


def switch(client: Client, *names: str) -> None:
    path = f"/profitstream/v2/api/teams/{client.installed.team}/settings/coding-assistant-filter"
    body = json.dumps({"apiRateProviders": names}).encode()
    assert client.send("PUT", path, body, None, {}).status == 200
