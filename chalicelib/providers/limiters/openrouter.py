"""OpenRouter: the limit of a key, in USD of credits. An account as a whole has none.

It begins anew at midnight UTC, on Mondays, or on the first of a month.
https://openrouter.ai/docs/api/api-reference/api-keys/update-an-api-key
"""

from decimal import Decimal

from chalicelib.providers.answers import Json
from chalicelib.providers.failures import AnswerUnreadable
from chalicelib.providers.limiters.limiter import Limiter, Standing, read_amount, read_period
from chalicelib.providers.upstream import Upstream
from chalicelib.providers.vocabulary import BillingProvider, LimitPeriod


def read(upstream: Upstream, target: str, period: LimitPeriod) -> Standing:
    """What limits a key, and what it has spent in the period."""
    return _standing(upstream.get(_path(target)), period)


def write(upstream: Upstream, target: str, period: str, cents: Decimal) -> Standing:
    """Limit it."""
    body = {"limit": cents.scaleb(-2), "limit_reset": period.lower() or None}
    return _standing(upstream.patch(_path(target), body), period)


def clear(upstream: Upstream, target: str, _standing: Standing) -> None:
    """Take its limit away."""
    upstream.patch(_path(target), {"limit": None, "limit_reset": None})


def _path(target: str) -> str:
    return f"/keys/{target}"


def _standing(answer: Json, period: str) -> Standing:
    row = answer.get("data")
    if not isinstance(row, dict):
        raise AnswerUnreadable("the provider's answer has no key")
    spent = row.get(f"usage_{period.lower()}")
    spent_cents = None if spent is None else read_amount(spent).scaleb(2)
    if row.get("limit") is None:
        return Standing(currency="USD", spent_cents=spent_cents)
    return Standing(
        cents=read_amount(row["limit"]).scaleb(2),
        period=read_period(row, "limit_reset"),
        currency="USD",
        is_enforced=True,
        spent_cents=spent_cents,
    )


LIMITER = Limiter(
    provider=BillingProvider.OPENROUTER,
    part="key",
    periods=frozenset(LimitPeriod),
    read=read,
    write=write,
    clear=clear,
    limits_all=False,
    caveat="OpenRouter does not count what goes by a provider's key of one's own, unless the key "
    "says so",
    source="https://openrouter.ai/docs/api/api-reference/api-keys/update-an-api-key",
)
