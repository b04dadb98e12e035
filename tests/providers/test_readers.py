"""Readers: what each provider answers, in our units, from answers of the shape it documents."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chalicelib.kit.settings import Settings
from chalicelib.ports.scope import Scope
from chalicelib.providers.failures import AnswerUnreadable, CredentialRefused
from chalicelib.providers.lines import BilledLine, read_count, read_money
from chalicelib.providers.readers import READERS
from chalicelib.providers.readers.openai import split_line_item
from chalicelib.providers.readers.reader import Span
from chalicelib.providers.upstream import Upstream
from chalicelib.providers.vocabulary import BillingProvider, TokenKind
from infra.local.world import build
from tests.support.provider import Answer, Asked, FakeProvider

DAY, NEXT = "2026-11-23", "2026-11-24"
STARTS = {DAY: 1_795_392_000, NEXT: 1_795_478_400}


@pytest.fixture
def provider() -> Iterator[FakeProvider]:
    with FakeProvider() as serving:
        yield serving


@pytest.fixture
def upstream(tmp_path: Path, provider: FakeProvider) -> Upstream:
    world = build(tmp_path, Settings(private_origins=provider.url))
    return Upstream(world, Scope("tenant"), provider.url, pause=lambda _seconds: None)


def read(upstream: Upstream, name: BillingProvider, first: str = DAY) -> list[BilledLine]:
    reader = READERS[name]
    asking = replace(upstream, headers=reader.headers("sk-secret"))
    return list(reader.read(asking, Span(first, NEXT)))


def bucket(day: str, *results: dict[str, Any]) -> dict[str, Any]:
    return {"object": "bucket", "start_time": STARTS[day], "results": list(results)}


def test_openai(upstream: Upstream, provider: FakeProvider) -> None:
    cost = {
        "amount": {"value": 0.06, "currency": "usd"},
        "line_item": "gpt-5-2025-08-07, cached input",
        "project_id": "proj_1",
        "api_key_id": "key_1",
    }
    text = {**cost, "amount": {"value": "1.25", "currency": "usd"}, "line_item": "web search"}
    pages = {
        None: {"data": [bucket(DAY, cost)], "has_more": True, "next_page": "p2"},
        "p2": {"data": [bucket(NEXT, text)], "has_more": False, "next_page": None},
    }
    usage = {
        "input_tokens": 100,
        "input_cached_tokens": 60,
        "input_cache_write_tokens": 10,
        "output_tokens": 7,
        "num_model_requests": 3,
        "model": "gpt-5-2025-08-07",
        "user_id": "user_1",
        "batch": True,
    }
    empty = {"data": [], "has_more": False}
    provider.script("GET", "/v1/organization/costs", lambda asked: Answer(pages[page_of(asked)]))
    people = {"data": [{"id": "user_1", "email": "Ann@Halden.example"}], "has_more": False}
    provider.answer("GET", "/v1/organization/users", people)
    for report in ("embeddings", "images", "audio_speeches", "audio_transcriptions"):
        provider.answer("GET", f"/v1/organization/usage/{report}", empty)
    completions = {"data": [bucket(DAY, usage)], "has_more": False}
    provider.answer("GET", "/v1/organization/usage/completions", completions)
    cached, search, used = read(upstream, BillingProvider.OPENAI)
    assert (cached.day, cached.model, cached.token_kind) == (DAY, "gpt-5-2025-08-07", "cache_read")
    assert (cached.amount_nano, cached.currency, cached.workspace_id) == (
        60_000_000,
        "USD",
        "proj_1",
    )
    assert (search.day, search.amount_nano, search.model) == (NEXT, 1_250_000_000, "")
    assert (used.input_tokens, used.cache_read_tokens, used.cache_creation_tokens) == (30, 60, 10)
    assert (used.user_email, used.service_tier, used.requests) == ("ann@halden.example", "batch", 3)
    asked = provider.asked[0]
    assert ("group_by[]", "line_item") in asked.query
    assert dict(asked.query)["end_time"] == str(STARTS[NEXT] + 86_400)
    assert asked.headers["authorization"] == "Bearer sk-secret"


def page_of(asked: Asked) -> str | None:
    return dict(asked.query).get("page")


@pytest.mark.parametrize(
    ("text", "model", "kind"),
    [
        ("gpt-4o-2024-08-06, input", "gpt-4o-2024-08-06", TokenKind.INPUT),
        ("gpt-4o, cached input", "gpt-4o", TokenKind.CACHE_READ),
        ("gpt-5, cache write input", "gpt-5", TokenKind.CACHE_CREATION),
        ("o3, output", "o3", TokenKind.OUTPUT),
        ("sora-2, video seconds", "sora-2", TokenKind.NONE),
        ("Code interpreter sessions", "", TokenKind.NONE),
    ],
)
def test_line_items_of_openai(text: str, model: str, kind: TokenKind) -> None:
    assert split_line_item(text) == (model, kind)


def test_openrouter(upstream: Upstream, provider: FakeProvider) -> None:
    def activity(asked: Asked) -> Answer:
        row = {
            "date": f"{dict(asked.query)['date']} 00:00:00",
            "model": "anthropic/claude-sonnet-4.5",
            "model_permaslug": "anthropic/claude-4.5-sonnet",
            "provider_name": "Anthropic",
            "usage": 0.0123456789,
            "byok_usage_inference": 9.9,
            "requests": 2,
            "prompt_tokens": 50,
            "completion_tokens": 5,
        }
        return Answer({"data": [row]})

    provider.script("GET", "/activity", activity)
    first, second = read(upstream, BillingProvider.OPENROUTER)
    assert (first.day, second.day) == (DAY, NEXT)
    assert (first.amount_nano, first.input_tokens, first.requests) == (12_345_679, 50, 2)


def test_litellm_adds_up_the_pages_of_a_day(upstream: Upstream, provider: FakeProvider) -> None:
    def activity(asked: Asked) -> Answer:
        number = int(dict(asked.query)["page"])
        metrics = {
            "spend": number / 10,
            "prompt_tokens": 100,
            "cache_read_input_tokens": 40,
            "completion_tokens": 9,
            "api_requests": 1,
        }
        keyed = {"hash1": {"metrics": metrics, "metadata": {"key_alias": "ci"}}}
        models = {"gpt-5": {"metrics": metrics, "api_key_breakdown": keyed}}
        whole = {"spend": number / 10 + 0.01}
        row = {"date": DAY, "metrics": whole, "breakdown": {"models": models}}
        more = {"page": number, "total_pages": 2, "has_more": number == 1}
        return Answer({"results": [row], "metadata": more})

    provider.script("GET", "/user/daily/activity", activity)
    lines = read(upstream, BillingProvider.LITELLM)
    assert sum(line.amount_nano or 0 for line in lines) == 320_000_000
    assert (lines[0].api_key, lines[0].api_key_id, lines[0].input_tokens) == ("ci", "hash1", 60)
    assert lines[1].description == "not of any model"


def test_cursor_sums_up_events(upstream: Upstream, provider: FakeProvider) -> None:
    def events(asked: Asked) -> Answer:
        usage = {"inputTokens": 3, "outputTokens": 4, "cacheReadTokens": 5, "totalCents": 12.5}
        event = {
            "model": "claude-4.5-sonnet",
            "userEmail": "Bob@Halden.example",
            "kind": "Usage-based",
        }
        paid = {**event, "timestamp": str(STARTS[DAY] * 1000 + 5), "tokenUsage": usage}
        late = {**paid, "timestamp": STARTS[NEXT] * 1000, "isChargeable": False}
        more = b'"page":1' in asked.body
        return Answer(
            {"usageEvents": [paid] if more else [paid, late], "pagination": {"hasNextPage": more}}
        )

    provider.script("POST", "/teams/filtered-usage-events", events)
    paid, included = read(upstream, BillingProvider.CURSOR)
    assert (paid.day, paid.user_email, paid.requests) == (DAY, "bob@halden.example", 2)
    assert (paid.amount_nano, paid.cache_read_tokens) == (250_000_000, 10)
    assert (included.day, included.amount_nano, included.list_nano) == (NEXT, 0, 125_000_000)
    assert provider.asked[0].headers["authorization"].startswith("Basic c2stc2VjcmV0Og")


def test_copilot_before_and_since_credits(upstream: Upstream, provider: FakeProvider) -> None:
    base = "/organizations/halden/settings/billing"

    def requests(asked: Asked) -> Answer:
        item = {
            "product": "Copilot",
            "sku": "Copilot Premium Request",
            "model": "GPT-5",
            "unitType": "requests",
            "grossAmount": 4.0,
            "discountAmount": 3.96,
            "netAmount": 0.04,
        }
        return Answer(
            {"usageItems": [item]} if dict(asked.query)["day"] == "23" else {"usageItems": []}
        )

    provider.script("GET", f"{base}/premium_request/usage", requests)
    (line,) = read(replace(upstream, account="halden"), BillingProvider.GITHUB_COPILOT)
    assert (line.day, line.amount_nano, line.list_nano) == (DAY, 40_000_000, 4_000_000_000)
    assert dict(provider.asked[0].query) == {"year": "2026", "month": "11", "day": "23"}


def test_every_reader_says_what_it_is() -> None:
    for provider, reader in READERS.items():
        assert reader.provider is provider
        assert reader.source.startswith("https://")
        assert reader.base_url or provider is BillingProvider.LITELLM


def test_the_wrong_kind_of_key(upstream: Upstream, provider: FakeProvider) -> None:
    for reader in READERS.values():
        for method in ("GET", "POST"):
            for path in ("/v1/organizations/me", "/v1/organization/projects", "/keys",
                         "/user/daily/activity", "/teams/members", "/orgs/halden"):  # fmt: skip
                provider.script(method, path, lambda _asked: Answer({"error": "no"}, 403))
        with pytest.raises(CredentialRefused):
            reader.check(replace(upstream, account="halden"))


@pytest.mark.parametrize("value", ["NaN", "1e12", "many", "", None, True, "Infinity"])
def test_what_is_no_amount(value: object) -> None:
    with pytest.raises(AnswerUnreadable):
        read_money(value)


@pytest.mark.parametrize("value", [-1, 1.5, "7", True, 2**63])
def test_what_is_no_count(value: object) -> None:
    with pytest.raises(AnswerUnreadable):
        read_count({"tokens": value}, "tokens")
