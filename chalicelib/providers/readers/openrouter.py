"""OpenRouter: what each model and key used, by UTC day. Needs a management key.

`usage` is USD that OpenRouter billed; what went to a provider by a key of one's own stands apart
and is that provider's bill. It tells the last 30 complete days only.
https://openrouter.ai/docs/api-reference/analytics
"""

from collections.abc import Iterator

from chalicelib.kit.days import list_days
from chalicelib.providers.lines import BilledLine, read_count, read_money, read_text
from chalicelib.providers.paging import rows_of
from chalicelib.providers.readers.reader import Reader, Span, bearer
from chalicelib.providers.upstream import Upstream
from chalicelib.providers.vocabulary import BillingProvider, UsageType


def check(upstream: Upstream) -> None:
    """Only a management key may see the keys. Raises CredentialRefused, ProviderFailed."""
    upstream.get("/keys")


def read(upstream: Upstream, span: Span) -> Iterator[BilledLine]:
    """What was billed on some days. Raises CredentialRefused, ProviderFailed."""
    for day in list_days(span.first, span.last):
        for row in rows_of(upstream.get("/activity", [("date", day)]), "data"):
            yield BilledLine(
                day=read_text(row, "date")[:10] or day,
                model=read_text(row, "model_permaslug") or read_text(row, "model"),
                usage_type=UsageType.COMPLETION,
                cost_type="tokens",
                description=read_text(row, "provider_name"),
                api_key_id=read_text(row, "api_key_hash"),
                amount_nano=read_money(row.get("usage", 0)),
                input_tokens=read_count(row, "prompt_tokens"),
                output_tokens=read_count(row, "completion_tokens"),
                requests=read_count(row, "requests"),
            )


READER = Reader(
    provider=BillingProvider.OPENROUTER,
    base_url="https://openrouter.ai/api/v1",
    headers=bearer,
    check=check,
    read=read,
    oldest_days=30,
    lag_days=1,
    source="https://openrouter.ai/docs/api-reference/analytics",
)
