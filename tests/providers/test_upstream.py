"""Upstream: what is tried again, what is an error, and what is never read as nothing."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from chalicelib.kit.settings import Settings
from chalicelib.ports.scope import Scope
from chalicelib.providers.failures import (
    AnswerUnreadable,
    CredentialRefused,
    ProviderFailed,
    ProviderThrottled,
)
from chalicelib.providers.upstream import Upstream, asked_wait_s
from infra.local.world import build
from tests.support.provider import FakeProvider

TENANT = Scope("tenant")


@pytest.fixture
def provider() -> Iterator[FakeProvider]:
    with FakeProvider() as serving:
        yield serving


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def upstream(tmp_path: Path, provider: FakeProvider, waits: list[float]) -> Upstream:
    world = build(tmp_path, Settings(private_origins=provider.url))
    headers = {"x-api-key": "sk-secret"}
    return Upstream(world, TENANT, provider.url, headers, pause=waits.append)


def test_numbers_are_exact(upstream: Upstream, provider: FakeProvider) -> None:
    provider.answer("GET", "/v1/costs", b'{"amount": 0.1000000000000000055511151231257827}')
    got = upstream.get("/v1/costs", [("group_by[]", "model"), ("group_by[]", "key")])
    assert got["amount"] == Decimal("0.1000000000000000055511151231257827")
    (asked,) = provider.asked
    assert asked.query == [("group_by[]", "model"), ("group_by[]", "key")]
    assert asked.headers["x-api-key"] == "sk-secret"


def test_what_fails_for_a_moment_is_asked_again(
    upstream: Upstream, provider: FakeProvider, waits: list[float]
) -> None:
    provider.answer("GET", "/v1", status=500)
    provider.answer("GET", "/v1", status=429, headers={"Retry-After": "7"})
    provider.answer("GET", "/v1", status=403, headers={"x-ratelimit-remaining": "0"})
    provider.answer("GET", "/v1", {"data": []})
    assert upstream.get("/v1") == {"data": []}
    assert waits == [1.0, 7.0, 4.0]


def test_a_secondary_limit_is_no_refusal(
    upstream: Upstream, provider: FakeProvider, waits: list[float]
) -> None:
    provider.answer("GET", "/v1", {"message": "Wait"}, status=403, headers={"Retry-After": "3"})
    provider.answer("GET", "/v1", {"data": []})
    assert upstream.get("/v1") == {"data": []}
    assert waits == [3.0]
    told = {"message": "You have exceeded a secondary rate limit."}
    provider.answer("GET", "/v2", told, status=403)
    with pytest.raises(ProviderThrottled, match="60 seconds"):
        upstream.get("/v2")
    assert waits == [3.0]


def test_who_waits_for_the_answer_tries_less_often(
    upstream: Upstream, provider: FakeProvider, waits: list[float]
) -> None:
    provider.answer("GET", "/v1", status=503)
    with pytest.raises(ProviderFailed):
        replace(upstream, tries=2).get("/v1")
    assert (len(provider.asked), waits) == (2, [1.0])


def test_who_fails_on_and_on_is_left_alone(
    upstream: Upstream, provider: FakeProvider, waits: list[float]
) -> None:
    provider.answer("GET", "/v1", status=503)
    with pytest.raises(ProviderFailed, match="503"):
        upstream.get("/v1")
    assert (len(provider.asked), waits) == (5, [1.0, 2.0, 4.0, 8.0])


def test_an_hour_is_not_waited_for(
    upstream: Upstream, provider: FakeProvider, waits: list[float]
) -> None:
    provider.answer("GET", "/v1", status=429, headers={"retry-after": "3600"})
    with pytest.raises(ProviderThrottled, match="3600 seconds"):
        upstream.get("/v1")
    assert (len(provider.asked), waits) == (1, [])


@pytest.mark.parametrize("status", [401, 403])
def test_a_token_that_is_refused(upstream: Upstream, provider: FakeProvider, status: int) -> None:
    provider.answer("GET", "/v1", {"error": "sk-secret is wrong"}, status=status)
    with pytest.raises(CredentialRefused) as caught:
        upstream.get("/v1")
    assert caught.value.upstream == status
    assert "sk-secret" not in str(caught.value)
    assert "sk-secret" not in repr(upstream)
    assert len(provider.asked) == 1


@pytest.mark.parametrize("status", [301, 302, 400, 404])
def test_what_no_further_try_mends(upstream: Upstream, provider: FakeProvider, status: int) -> None:
    provider.answer("GET", "/v1", {}, status=status, headers={"Location": "https://x.example"})
    with pytest.raises(ProviderFailed, match=str(status)):
        upstream.get("/v1")
    assert len(provider.asked) == 1


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b'{"data": [', b'{"amount": NaN}', b"[" * 200_000, b"\xff{}", b"[]"],
    ids=["nothing", "html", "half", "nan", "deep", "bytes", "list"],
)
def test_what_is_no_json(upstream: Upstream, provider: FakeProvider, body: bytes) -> None:
    provider.answer("GET", "/v1", body)
    with pytest.raises(AnswerUnreadable):
        upstream.get("/v1")


def test_ten_megabytes_of_html(upstream: Upstream, provider: FakeProvider) -> None:
    provider.answer("GET", "/v1", b"<p>" * (10 * 1024 * 1024 // 3))
    with pytest.raises(AnswerUnreadable, match="more than"):
        upstream.get("/v1")


def test_a_link_to_the_next_page(upstream: Upstream, provider: FakeProvider) -> None:
    provider.answer("GET", "/v1", {"page": 2})
    assert upstream.get(f"{provider.url}/v1?page=2") == {"page": 2}
    assert provider.asked[0].query == [("page", "2")]


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 0.0),
        ({"Retry-After": "12"}, 12.0),
        ({"Retry-After": "Fri, 27 Nov 2026 12:00:00 GMT"}, 0.0),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1090"}, 90.0),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "900"}, 0.0),
        ({"X-RateLimit-Remaining": "5", "X-RateLimit-Reset": "1090"}, 0.0),
    ],
)
def test_what_a_provider_asks_to_wait(headers: dict[str, str], seconds: float) -> None:
    assert asked_wait_s(headers, 1_000_000) == seconds
