"""Vendors' own SDKs against the provider of our tests: they ask what our readers ask, and they read
what it answers, so that neither is of our making alone."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import anthropic
import openai
import pytest

from chalicelib.kit.settings import Settings
from chalicelib.ports.scope import Scope
from chalicelib.providers.limiters import LIMITERS
from chalicelib.providers.readers import READERS
from chalicelib.providers.readers.reader import Span
from chalicelib.providers.upstream import Upstream
from chalicelib.providers.vocabulary import BillingProvider, LimitPeriod
from infra.local.world import build
from tests.providers.anthropic import FakeAnthropic, Use
from tests.providers.limits import FakeLimits
from tests.support.provider import Asked, FakeProvider

FIRST, LAST = "2026-11-22", "2026-11-23"
COST, USAGE = "/v1/organizations/analytics/cost", "/v1/organizations/analytics/usage"
COSTS = "/v1/organization/costs"
COMPLETIONS = "/v1/organization/usage/completions"
START = datetime(2026, 11, 22, tzinfo=UTC)
END = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.fixture
def provider() -> Iterator[FakeProvider]:
    with FakeProvider() as serving:
        yield serving


def read(provider: FakeProvider, name: BillingProvider, folder: Path) -> list[object]:
    """What our reader makes of it."""
    reader = READERS[name]
    world = build(folder, Settings(private_origins=provider.url))
    upstream = Upstream(world, Scope("tenant"), provider.url, reader.headers("sk-admin"))
    return list(reader.read(replace(upstream, pause=lambda _s: None), Span(FIRST, LAST)))


def asked_of(provider: FakeProvider, path: str) -> list[Asked]:
    return [each for each in provider.asked if each.path == path]


def normal(asked: Asked) -> list[tuple[str, str]]:
    """Parameters in no order; an instant in either of its spellings."""
    return sorted((name, value.replace("+00:00", "Z")) for name, value in asked.query)


def test_anthropic(provider: FakeProvider, tmp_path: Path) -> None:
    FakeAnthropic(provider, [Use(FIRST, "123.45", tokens=7), Use(LAST, "1", kind="output_tokens")])
    read(provider, BillingProvider.ANTHROPIC, tmp_path)
    client = anthropic.Anthropic(api_key="sk-admin", base_url=provider.url, max_retries=0)
    analytics = client.beta.organization.analytics
    groups: Any = ["model", "workspace_id", "api_key_id", "service_tier"]
    bounds: dict[str, Any] = {"starting_at": START, "ending_at": END, "limit": 1000}
    bounds["time_bucket_width"] = "1d"
    costs = list(analytics.cost.list(**bounds, group_by=[*groups, "cost_type", "token_type"]))
    usages = list(analytics.usage.list(**bounds, group_by=groups))
    assert [(each.cost.amount, each.group.token_type) for each in costs] == [
        ("123.45", "uncached_input_tokens"),
        ("1", "output_tokens"),
    ]
    assert usages[0].usage.uncached_input_tokens == 7
    for path in (COST, USAGE):
        ours, theirs = asked_of(provider, path)
        assert normal(ours) == normal(theirs), path
        assert ours.headers["anthropic-beta"] == theirs.headers["anthropic-beta"]


def test_openai(provider: FakeProvider, tmp_path: Path) -> None:
    start = int(START.timestamp())
    cost = {
        "object": "organization.costs.result",
        "amount": {"value": 0.06, "currency": "usd"},
        "line_item": "gpt-5-2025-08-07, input",
        "project_id": "proj_1",
        "api_key_id": "key_1",
    }
    used = {
        "object": "organization.usage.completions.result",
        "input_tokens": 100,
        "input_cached_tokens": 60,
        "output_tokens": 7,
        "num_model_requests": 3,
        "model": "gpt-5-2025-08-07",
        "batch": False,
    }
    for path, result in ((COSTS, cost), (COMPLETIONS, used)):
        bucket = {"object": "bucket", "start_time": start, "end_time": start + 86_400}
        page = {"object": "page", "has_more": False, "next_page": None}
        provider.answer("GET", path, {**page, "data": [{**bucket, "results": [result]}]})
    empty = {"object": "page", "data": [], "has_more": False, "next_page": None}
    for report in ("embeddings", "images", "audio_speeches", "audio_transcriptions"):
        provider.answer("GET", f"/v1/organization/usage/{report}", empty)
    provider.answer("GET", "/v1/organization/users", {**empty, "object": "list"})
    read(provider, BillingProvider.OPENAI, tmp_path)
    client = openai.OpenAI(
        api_key="sk-project",
        admin_api_key="sk-admin",
        base_url=f"{provider.url}/v1",
        max_retries=0,
    )
    usage = client.admin.organization.usage
    bounds: dict[str, Any] = {"start_time": start, "end_time": int(END.timestamp())}
    bounds |= {"bucket_width": "1d", "limit": 31}
    costs = usage.costs(**bounds, group_by=["project_id", "line_item", "api_key_id"])
    groups: Any = ["model", "project_id", "api_key_id", "user_id", "service_tier", "batch"]
    tokens = usage.completions(**bounds, group_by=groups)
    result: Any = costs.data[0].results[0]
    assert result.line_item == cost["line_item"]
    result = tokens.data[0].results[0]
    assert result.input_cached_tokens == 60
    for path in (COSTS, COMPLETIONS):
        ours, theirs = asked_of(provider, path)
        assert normal(ours) == normal(theirs), path
        assert ours.headers["authorization"] == theirs.headers["authorization"]


def upstream_of(provider: FakeProvider, name: BillingProvider, folder: Path) -> Upstream:
    world = build(folder, Settings(private_origins=provider.url))
    headers = READERS[name].headers("sk-admin")
    return Upstream(world, Scope("tenant"), provider.url, headers, pause=lambda _s: None)


def pairs_of(provider: FakeProvider, half: int) -> list[tuple[str, str, Any]]:
    """Method, path and body of what was asked first, or last."""
    asked = provider.asked[:half] if half > 0 else provider.asked[half:]
    return [(each.method, each.path, json.loads(each.body or b"null")) for each in asked]


@pytest.mark.parametrize("project", ["", "proj_1"])
def test_openai_limits(provider: FakeProvider, tmp_path: Path, project: str) -> None:
    FakeLimits(provider)
    limiter = LIMITERS[BillingProvider.OPENAI]
    ours = upstream_of(provider, BillingProvider.OPENAI, tmp_path)
    limiter.write(ours, project, "MONTHLY", Decimal(1_234))
    standing = limiter.read(ours, project, LimitPeriod.MONTHLY)
    limiter.clear(ours, project, standing)
    client = openai.OpenAI(
        api_key="sk-project",
        admin_api_key="sk-admin",
        base_url=f"{provider.url}/v1",
        max_retries=0,
    )
    admin: Any = client.admin.organization
    theirs = admin.projects.spend_limit if project else admin.spend_limit
    named = {"project_id": project} if project else {}
    theirs.update(**named, currency="USD", interval="month", threshold_amount=1_234)
    limit = theirs.retrieve(**named)
    assert theirs.delete(**named).deleted is True
    assert (limit.threshold_amount, limit.interval) == (standing.cents, "month")
    assert pairs_of(provider, 3) == pairs_of(provider, -3)


@pytest.mark.parametrize("workspace", ["", "wrkspc_1"])
def test_anthropic_limits(provider: FakeProvider, tmp_path: Path, workspace: str) -> None:
    fake = FakeLimits(provider)
    fake.put("900000", scope="usage_tier")
    limiter = LIMITERS[BillingProvider.ANTHROPIC]
    ours = upstream_of(provider, BillingProvider.ANTHROPIC, tmp_path)
    standing = limiter.write(ours, workspace, "MONTHLY", Decimal(1_234))
    assert limiter.read(ours, workspace, LimitPeriod.MONTHLY) == standing
    limiter.clear(ours, workspace, standing)
    client = anthropic.Anthropic(api_key="sk-admin", base_url=provider.url, max_retries=0)
    theirs: Any = client.beta.organization.spend_limits
    scope = {"type": "workspace", "workspace_id": workspace}
    made = theirs.set(
        amount="1234", scope=scope if workspace else {"type": "organization"}, period="monthly"
    )
    assert [each.amount for each in theirs.list(limit=100)] == ["1234", "900000"]
    assert theirs.delete(made.id).type == "spend_limit_deleted"
    assert pairs_of(provider, 4) == pairs_of(provider, -4)
    asked = [each for each in provider.asked if each.method == "GET"]
    assert normal(asked[0]) == normal(asked[2])
    assert asked[0].headers["anthropic-beta"] == asked[2].headers["anthropic-beta"]
