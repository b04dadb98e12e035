"""Anthropic: what an organization was billed and what it used, by the analytics interface, and by
the older reports where a key cannot see that.

Amounts are decimal text in cents, after discounts and before credits; `list_amount` is the same by
list price. Grouped by what may have many values, a report is told in full, without a remainder row.
https://platform.claude.com/docs/en/manage-claude/usage-cost-api
"""

from collections.abc import Iterator, Mapping

from chalicelib.kit.clock import DAY, day_of, day_start, parse_instant
from chalicelib.providers.answers import Json
from chalicelib.providers.failures import AnswerUnreadable, CredentialRefused, ProviderFailed
from chalicelib.providers.lines import CENTS, BilledLine, add_up, read_count, read_money, read_text
from chalicelib.providers.paging import rows_of, walk_after, walk_cursor
from chalicelib.providers.readers.reader import Named, Reader, Span
from chalicelib.providers.upstream import Parameters, Upstream
from chalicelib.providers.vocabulary import BillingProvider, TokenKind, UsageType

_VERSION = {"anthropic-version": "2023-06-01"}
_BETA = "analytics-usage-cost-2026-08-24"
_ANALYTICS = "/v1/organizations/analytics"
_COSTS, _USAGE = "/v1/organizations/cost_report", "/v1/organizations/usage_report/messages"
_NOT_THERE = frozenset({400, 404})
_TOKEN_KINDS = {
    "uncached_input_tokens": TokenKind.INPUT,
    "input_tokens": TokenKind.INPUT,
    "output_tokens": TokenKind.OUTPUT,
    "cache_read_input_tokens": TokenKind.CACHE_READ,
    "cache_creation.ephemeral_5m_input_tokens": TokenKind.CACHE_CREATION_5M,
    "cache_creation.ephemeral_1h_input_tokens": TokenKind.CACHE_CREATION_1H,
    "ephemeral_5m_input_tokens": TokenKind.CACHE_CREATION_5M,
    "ephemeral_1h_input_tokens": TokenKind.CACHE_CREATION_1H,
}


def make_headers(token: str) -> Mapping[str, str]:
    """The headers that carry an admin key."""
    return {"x-api-key": token, "anthropic-beta": _BETA, **_VERSION}


def check(upstream: Upstream) -> None:
    """Only an admin key may ask whose it is. Raises CredentialRefused, ProviderFailed."""
    upstream.get("/v1/organizations/me")


def read(upstream: Upstream, span: Span) -> Iterator[BilledLine]:
    """The costs and the usage of some days. Raises CredentialRefused, ProviderFailed."""
    try:
        # All of it first: half of one report and half of the other would count days twice.
        lines = list(_read_analytics(upstream, span))
    except CredentialRefused:
        lines = list(_read_reports(upstream, span))
    except ProviderFailed as error:
        if error.upstream not in _NOT_THERE:
            raise
        lines = list(_read_reports(upstream, span))
    yield from lines


def read_workspaces(upstream: Upstream) -> Iterator[Named]:
    """Their names by id. Raises CredentialRefused, ProviderFailed."""
    asked: Parameters = [("limit", 1000), ("include_archived", "true")]
    for row in walk_after(upstream, "/v1/organizations/workspaces", asked, "after_id"):
        archived = row.get("archived_at") is not None
        yield Named(read_text(row, "id"), read_text(row, "name"), archived)


def _read_analytics(upstream: Upstream, span: Span) -> Iterator[BilledLine]:
    groups = [("group_by[]", name) for name in ("model", "workspace_id", "api_key_id")]
    groups += [("group_by[]", "service_tier")]
    asked: Parameters = [*_bounds(span), ("time_bucket_width", "1d"), ("limit", 1000), *groups]
    kinds = [("group_by[]", "cost_type"), ("group_by[]", "token_type")]
    for row in walk_cursor(upstream, f"{_ANALYTICS}/cost", [*asked, *kinds]):
        yield _cost_line(_day(row), _object(row, "group"), _object(row, "cost"))
    for row in walk_cursor(upstream, f"{_ANALYTICS}/usage", asked):
        usage = row.get("usage")
        yield _usage_line(_day(row), _object(row, "group"), usage if usage else row)


def _read_reports(upstream: Upstream, span: Span) -> Iterator[BilledLine]:
    bounds: Parameters = [*_bounds(span), ("bucket_width", "1d"), ("limit", 31)]
    by_cost = [("group_by[]", "workspace_id"), ("group_by[]", "description")]
    for bucket in walk_cursor(upstream, _COSTS, [*bounds, *by_cost]):
        for row in rows_of(bucket, "results"):
            yield _cost_line(_day(bucket), row, row)
    names = ("model", "workspace_id", "api_key_id", "service_tier")
    by_usage = [("group_by[]", name) for name in names]
    for bucket in walk_cursor(upstream, _USAGE, [*bounds, *by_usage]):
        for row in rows_of(bucket, "results"):
            yield _usage_line(_day(bucket), row, row)


def _bounds(span: Span) -> list[tuple[str, str]]:
    end = day_of(day_start(span.last) + DAY)
    return [("starting_at", f"{span.first}T00:00:00Z"), ("ending_at", f"{end}T00:00:00Z")]


def _cost_line(day: str, group: Json, cost: Json) -> BilledLine:
    listed = cost.get("list_amount")
    kind = read_text(group, "token_type")
    return BilledLine(
        **_owners(group),
        day=day,
        token_kind=_TOKEN_KINDS.get(kind, TokenKind.NONE),
        cost_type=read_text(group, "cost_type"),
        description=read_text(group, "description") or kind,
        currency=read_text(cost, "currency") or "USD",
        amount_nano=read_money(cost.get("amount"), CENTS),
        list_nano=None if listed is None else read_money(listed, CENTS),
        requests=read_count(cost, "requests") if not kind else None,
    )


def _usage_line(day: str, group: Json, usage: Json) -> BilledLine:
    written = usage.get("cache_creation") or {}
    if not isinstance(written, dict):
        raise AnswerUnreadable("the provider's cache_creation is no object")
    return BilledLine(
        **_owners(group),
        day=day,
        input_tokens=read_count(usage, "uncached_input_tokens"),
        output_tokens=read_count(usage, "output_tokens"),
        cache_read_tokens=read_count(usage, "cache_read_input_tokens"),
        cache_creation_tokens=add_up(
            read_count(written, "ephemeral_5m_input_tokens"),
            read_count(written, "ephemeral_1h_input_tokens"),
        ),
        requests=read_count(usage, "requests"),
    )


def _owners(group: Json) -> Json:
    return {
        "model": read_text(group, "model"),
        "service_tier": read_text(group, "service_tier"),
        "workspace_id": read_text(group, "workspace_id"),
        "api_key_id": read_text(group, "api_key_id"),
        "usage_type": UsageType.COMPLETION,
    }


def _object(row: Json, name: str) -> Json:
    value = row.get(name)
    if not isinstance(value, dict):
        raise AnswerUnreadable(f"the provider's row has no {name}")
    return value


def _day(bucket: Json) -> str:
    try:
        return day_of(parse_instant(read_text(bucket, "starting_at")))
    except ValueError as error:
        raise AnswerUnreadable("the provider's row has no day") from error


READER = Reader(
    provider=BillingProvider.ANTHROPIC,
    base_url="https://api.anthropic.com",
    headers=make_headers,
    check=check,
    read=read,
    most_days=31,
    workspaces=read_workspaces,
    source="https://platform.claude.com/docs/en/manage-claude/usage-cost-api",
)
