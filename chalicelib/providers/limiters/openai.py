"""OpenAI: the hard spend limit of an organization, or of one of its projects.

Whole cents of USD a month; calls over it are answered with 429.
https://developers.openai.com/api/docs/guides/spend-limits
"""

from decimal import Decimal

from chalicelib.providers.answers import Json
from chalicelib.providers.failures import AnswerUnreadable, ProviderFailed
from chalicelib.providers.limiters.limiter import Limiter, Standing, read_amount, read_period
from chalicelib.providers.lines import read_text
from chalicelib.providers.upstream import NOT_THERE, Upstream
from chalicelib.providers.vocabulary import BillingProvider, LimitPeriod


def read(upstream: Upstream, target: str, _period: LimitPeriod) -> Standing:
    """What limits the organization, or a project."""
    try:
        return _standing(upstream.get(_path(target)))
    except ProviderFailed as error:
        if error.upstream != NOT_THERE:
            raise
        return Standing(currency="USD")


def write(upstream: Upstream, target: str, _period: str, cents: Decimal) -> Standing:
    """Limit it."""
    body = {"currency": "USD", "interval": "month", "threshold_amount": int(cents)}
    return _standing(upstream.post(_path(target), body))


def clear(upstream: Upstream, target: str, _standing: Standing) -> None:
    """Take its limit away."""
    upstream.delete(_path(target))


def _path(target: str) -> str:
    project = f"projects/{target}/" if target else ""
    return f"/v1/organization/{project}spend_limit"


def _standing(row: Json) -> Standing:
    enforcement = row.get("enforcement")
    if not isinstance(enforcement, dict):
        raise AnswerUnreadable("the provider's limit does not say whether it is enforced")
    return Standing(
        cents=read_amount(row.get("threshold_amount")),
        period=read_period(row, "interval"),
        currency=read_text(row, "currency").upper(),
        is_enforced=read_text(enforcement, "status") == "enforcing",
    )


LIMITER = Limiter(
    provider=BillingProvider.OPENAI,
    part="project",
    periods=frozenset((LimitPeriod.MONTHLY,)),
    read=read,
    write=write,
    clear=clear,
    caveat="OpenAI enforces it with a delay, so that spend may pass it a little, and does not say "
    "in which time zone its month begins",
    source="https://developers.openai.com/api/docs/guides/spend-limits",
)
