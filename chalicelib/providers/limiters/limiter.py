"""What a limiter declares of a provider's own spend limits.

A place is what a limit is put on: all of an account (the empty target), or one part of it, which is
a project, a workspace or a key. A place has one limit of a period.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from chalicelib.providers.answers import Json
from chalicelib.providers.failures import AnswerUnreadable
from chalicelib.providers.lines import read_text
from chalicelib.providers.upstream import Upstream
from chalicelib.providers.vocabulary import BillingProvider, LimitPeriod


@dataclass(frozen=True, slots=True)
class Standing:
    """What limits a place. `cents` is None where nothing does. `period` is a LimitPeriod, empty for
    a limit that never begins anew, or in a period that has no word here; `currency` is empty where
    the provider does not say it. `is_enforced` and `spent_cents` (of the period that runs) are None
    where it does not tell them; `handle` is what it calls the limit."""

    cents: Decimal | None = None
    period: str = ""
    currency: str = ""
    is_enforced: bool | None = None
    spent_cents: Decimal | None = None
    handle: str = ""


@dataclass(frozen=True, slots=True)
class Limiter:
    """One provider. `read` tells what limits a place, `write` puts a limit of so many cents a
    period on it (as of a Standing, so that what stood there can be put back), in place of that of
    the period, and answers what then stands, `clear` takes one away.

    All raise CredentialRefused, ProviderFailed.
    """

    provider: BillingProvider
    part: str
    """What a target is, in the provider's word."""
    periods: frozenset[LimitPeriod]
    """Those that begin when ours do: at midnight UTC, on Mondays, on the first of a month."""
    read: Callable[[Upstream, str, LimitPeriod], Standing]
    write: Callable[[Upstream, str, str, Decimal], Standing]
    clear: Callable[[Upstream, str, Standing], None]
    limits_all: bool = True
    """Whether a limit may be put on all of an account."""
    caveat: str = ""
    """What its limits do not do as ours do, in words."""
    source: str = ""
    """Where they are described."""


_PERIODS = {
    "month": LimitPeriod.MONTHLY,
    "monthly": LimitPeriod.MONTHLY,
    "weekly": LimitPeriod.WEEKLY,
    "daily": LimitPeriod.DAILY,
}


def read_period(row: Json, name: str) -> str:
    """The period of a limit; empty for none, and for one that has no word here."""
    return _PERIODS.get(read_text(row, name), "")


def read_amount(value: object) -> Decimal:
    """An amount as a provider writes it, exact. Raises AnswerUnreadable for what is none."""
    try:
        if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
            raise InvalidOperation
        amount = Decimal(value)
    except InvalidOperation as error:
        told = str(value)[:40]
        raise AnswerUnreadable(f"the provider answered the amount {told!r}") from error
    if not amount.is_finite() or amount < 0:
        raise AnswerUnreadable(f"the provider answered the amount {str(value)[:40]!r}")
    return amount
