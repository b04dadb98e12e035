"""GitHub Copilot: what an organization was billed, by day, product and model. The connection's
account is the organization.

The net amount is what is left after the credits that a plan includes: it is 0 while they last, and
the gross amount is its list price. https://docs.github.com/rest/billing/usage
"""

from collections.abc import Iterator, Mapping
from urllib.parse import quote

from chalicelib.kit.days import list_days
from chalicelib.providers.answers import Json
from chalicelib.providers.failures import ProviderFailed
from chalicelib.providers.lines import BilledLine, read_money, read_text
from chalicelib.providers.paging import rows_of
from chalicelib.providers.readers.reader import Reader, Span, bearer
from chalicelib.providers.upstream import Upstream
from chalicelib.providers.vocabulary import BillingProvider, UsageType

_NOT_FOUND = 404


def make_headers(token: str) -> Mapping[str, str]:
    """The headers that carry a token, and say which version of the interface is spoken."""
    return {
        **bearer(token),
        "x-github-api-version": "2026-03-10",
        "accept": "application/vnd.github+json",
    }


def check(upstream: Upstream) -> None:
    """Raises CredentialRefused, ProviderFailed."""
    upstream.get(f"/orgs/{quote(upstream.account, safe='')}")


def read(upstream: Upstream, span: Span) -> Iterator[BilledLine]:
    """What was billed on some days. Raises CredentialRefused, ProviderFailed."""
    for day in list_days(span.first, span.last):
        for item in rows_of(_ask(upstream, day), "usageItems"):
            gross = read_money(item.get("grossAmount", 0))
            yield BilledLine(
                day=day,
                model=read_text(item, "model"),
                usage_type=UsageType.COMPLETION,
                cost_type=read_text(item, "unitType"),
                description=read_text(item, "sku") or read_text(item, "product"),
                amount_nano=read_money(item.get("netAmount", gross)),
                list_nano=gross,
            )


def _ask(upstream: Upstream, day: str) -> Json:
    """AI credits since June 2026, premium requests before."""
    year, month, date = day.split("-")
    asked = [("year", int(year)), ("month", int(month)), ("day", int(date))]
    base = f"/organizations/{quote(upstream.account, safe='')}/settings/billing"
    try:
        return upstream.get(f"{base}/ai_credit/usage", asked)
    except ProviderFailed as error:
        if error.upstream != _NOT_FOUND:
            raise
        return upstream.get(f"{base}/premium_request/usage", asked)


READER = Reader(
    provider=BillingProvider.GITHUB_COPILOT,
    base_url="https://api.github.com",
    headers=make_headers,
    check=check,
    read=read,
    oldest_days=730,
    needs_account=True,
    source="https://docs.github.com/rest/billing/usage",
)
