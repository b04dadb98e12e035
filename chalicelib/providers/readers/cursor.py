"""Cursor: the usage events of a team, each with its person, summed up by UTC day, person, model and
kind. Amounts are cents.

What a seat includes is told with its worth too; only what is chargeable is billed, and stands as
the amount. https://cursor.com/docs/account/teams/admin-api
"""

import base64
from collections import defaultdict
from collections.abc import Iterator, Mapping

from chalicelib.kit.clock import DAY, day_of, day_start
from chalicelib.providers.answers import Json
from chalicelib.providers.failures import AnswerUnreadable
from chalicelib.providers.lines import CENTS, BilledLine, read_count, read_money, read_text
from chalicelib.providers.paging import MOST_PAGES, rows_of
from chalicelib.providers.readers.reader import Reader, Span
from chalicelib.providers.upstream import Upstream
from chalicelib.providers.vocabulary import BillingProvider, UsageType

_PAGE_SIZE = 100
_EVENTS = "/teams/filtered-usage-events"
Key = tuple[str, str, str, str]
"""Day, person, model, kind."""


def make_headers(token: str) -> Mapping[str, str]:
    """The key stands where a user's name would."""
    return {"authorization": f"Basic {base64.b64encode(f'{token}:'.encode()).decode()}"}


def check(upstream: Upstream) -> None:
    """Raises CredentialRefused, ProviderFailed."""
    upstream.get("/teams/members")


def read(upstream: Upstream, span: Span) -> Iterator[BilledLine]:
    """What was used on some days. Raises CredentialRefused, ProviderFailed."""
    sums: defaultdict[Key, Json] = defaultdict(lambda: defaultdict(int))
    for event in _walk_events(upstream, span):
        key = (
            day_of(_instant(event)),
            read_text(event, "userEmail").lower(),
            read_text(event, "model"),
            read_text(event, "kind"),
        )
        _add(sums[key], event)
    for (day, person, model, kind), sum_ in sums.items():
        yield BilledLine(
            day=day,
            model=model,
            usage_type=UsageType.COMPLETION,
            cost_type="tokens",
            user_email=person,
            description=kind,
            **sum_,
        )


def _add(sums: Json, event: Json) -> None:
    tokens = event.get("tokenUsage") or {}
    if not isinstance(tokens, dict):
        raise AnswerUnreadable("the provider's tokenUsage is no object")
    worth = read_money(tokens.get("totalCents", 0), CENTS)
    worth += read_money(event.get("cursorTokenFee") or 0, CENTS)
    sums["amount_nano"] += worth if event.get("isChargeable") is not False else 0
    sums["list_nano"] += worth
    sums["requests"] += 1
    sums["input_tokens"] += read_count(tokens, "inputTokens") or 0
    sums["output_tokens"] += read_count(tokens, "outputTokens") or 0
    sums["cache_read_tokens"] += read_count(tokens, "cacheReadTokens") or 0
    sums["cache_creation_tokens"] += read_count(tokens, "cacheWriteTokens") or 0


def _walk_events(upstream: Upstream, span: Span) -> Iterator[Json]:
    asked = {
        "startDate": day_start(span.first),
        "endDate": day_start(span.last) + DAY - 1,
        "pageSize": _PAGE_SIZE,
    }
    for number in range(1, MOST_PAGES + 1):
        page = upstream.post(_EVENTS, {**asked, "page": number})
        yield from rows_of(page, "usageEvents")
        told = page.get("pagination")
        if not isinstance(told, dict) or not told.get("hasNextPage"):
            return
    raise AnswerUnreadable(f"the provider's report has more than {MOST_PAGES} pages")


def _instant(event: Json) -> int:
    """Epoch milliseconds, as a number or as text."""
    text = str(event.get("timestamp", ""))
    if not (text.isascii() and text.isdigit() and len(text) < 15):
        raise AnswerUnreadable(f"the provider's event has the time {text[:40]!r}")
    return int(text)


READER = Reader(
    provider=BillingProvider.CURSOR,
    base_url="https://api.cursor.com",
    headers=make_headers,
    check=check,
    read=read,
    most_days=30,
    source="https://cursor.com/docs/account/teams/admin-api",
)
