"""LiteLLM's proxy: its own record of what was spent, by day, model and key. It stands at an address
of one's own.

Pages are cut without regard to days: a day may go on on the next page, so all lines of all pages
are added up. `prompt_tokens` hold what was read from a cache or written to it.
https://docs.litellm.ai/docs/proxy/cost_tracking
"""

from collections.abc import Iterator, Mapping
from typing import Any

from chalicelib.providers.answers import Json
from chalicelib.providers.failures import AnswerUnreadable
from chalicelib.providers.lines import BilledLine, read_count, read_money, read_text
from chalicelib.providers.paging import MOST_PAGES, rows_of
from chalicelib.providers.readers.reader import Reader, Span, bearer
from chalicelib.providers.upstream import Upstream
from chalicelib.providers.vocabulary import BillingProvider, UsageType

_PAGE_SIZE = 1_000


def check(upstream: Upstream) -> None:
    """Raises CredentialRefused, ProviderFailed."""
    upstream.get("/user/daily/activity", [*_bounds(Span("2026-01-01", "2026-01-01")), ("page", 1)])


def read(upstream: Upstream, span: Span) -> Iterator[BilledLine]:
    """What was spent on some days. Raises CredentialRefused, ProviderFailed."""
    for number in range(1, MOST_PAGES + 1):
        asked = [*_bounds(span), ("page", number), ("page_size", _PAGE_SIZE)]
        page = upstream.get("/user/daily/activity", asked)
        for row in rows_of(page, "results"):
            yield from _lines(row)
        told = page.get("metadata")
        if not isinstance(told, dict) or not told.get("has_more"):
            return
    raise AnswerUnreadable(f"the proxy's report has more than {MOST_PAGES} pages")


def _bounds(span: Span) -> list[tuple[str, str | int]]:
    return [("start_date", span.first), ("end_date", span.last)]


def _lines(row: Json) -> Iterator[BilledLine]:
    """A line for each model and key of a day, and one for what the models do not account for."""
    day = read_text(row, "date")[:10]
    rest = read_money(_member(row, "metrics").get("spend", 0))
    for model, told in _member(_member(row, "breakdown"), "models").items():
        keys = told.get("api_key_breakdown") or {"": told}
        for key, part in keys.items():
            line = _line(day, model, key, part)
            rest -= line.amount_nano or 0
            yield line
    if rest:
        yield BilledLine(day=day, amount_nano=rest, description="not of any model")


def _line(day: str, model: str, key: str, part: Mapping[str, Any]) -> BilledLine:
    metrics = _member(part, "metrics")
    read_from_cache = read_count(metrics, "cache_read_input_tokens") or 0
    written = read_count(metrics, "cache_creation_input_tokens") or 0
    whole = read_count(metrics, "prompt_tokens")
    return BilledLine(
        day=day,
        model=model,
        usage_type=UsageType.COMPLETION,
        cost_type="tokens",
        api_key_id=key,
        api_key=read_text(_member(part, "metadata"), "key_alias"),
        amount_nano=read_money(metrics.get("spend", 0)),
        input_tokens=None if whole is None else max(0, whole - read_from_cache - written),
        output_tokens=read_count(metrics, "completion_tokens"),
        cache_read_tokens=read_from_cache,
        cache_creation_tokens=written,
        requests=read_count(metrics, "api_requests"),
    )


def _member(row: Mapping[str, Any], name: str) -> Json:
    value = row.get(name) or {}
    if not isinstance(value, dict):
        raise AnswerUnreadable(f"the proxy's {name} is no object")
    return value


READER = Reader(
    provider=BillingProvider.LITELLM,
    base_url="",
    headers=bearer,
    check=check,
    read=read,
    most_days=31,
    source="https://docs.litellm.ai/docs/proxy/cost_tracking",
)
