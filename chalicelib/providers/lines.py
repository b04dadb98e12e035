"""Billed lines: what a provider's report says of one day, in our units.

Money is read as decimal text or JSON number and kept as integer nano-USD; a provider that bills in
cents says so by the exponent. Token kinds stand beside one another: `input_tokens` are those that
were neither read from a cache nor written to one.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from chalicelib.kit.clock import day_start
from chalicelib.kit.money import to_nano
from chalicelib.providers.failures import AnswerUnreadable

_MOST_USD = 10**9
"""An amount beyond is no bill, and would not fit into 64 bits of nano-USD."""
_MOST_COUNT = 2**62
_LONGEST = 500
CENTS, DOLLARS = -2, 0


@dataclass(frozen=True, slots=True, kw_only=True)
class BilledLine:
    """One line of a provider's cost or usage report, of the UTC `day`.

    A line of cost has an amount and no tokens, a line of usage has tokens and no amount, unless the
    provider tells both at once: so both kinds can be added up together. `amount_nano` is what is
    owed after discounts and before credits, `list_nano` the same by list price, `credits_nano` what
    credits paid of it, all in billionths of the currency and null where the provider does not say.
    """

    day: str
    model: str = ""
    token_kind: str = ""
    cost_type: str = ""
    usage_type: str = ""
    service_tier: str = ""
    workspace_id: str = ""
    workspace: str = ""
    api_key_id: str = ""
    api_key: str = ""
    user_email: str = ""
    description: str = ""
    currency: str = "USD"
    amount_nano: int | None = None
    list_nano: int | None = None
    credits_nano: int | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_read_tokens: int | None = None
    cache_creation_tokens: int | None = None
    requests: int | None = None

    def row(self, provider: str, connection: str) -> dict[str, Any]:
        """The line as a row of the table BILLING_DAYS: absent texts are null."""
        members = asdict(self)
        day = members.pop("day")
        texts = {name: value or None for name, value in members.items() if isinstance(value, str)}
        return {
            **members,
            **texts,
            "provider": provider,
            "connection_id": connection,
            "billed_at": day_start(day),
        }


def read_money(value: object, exponent: int = DOLLARS) -> int:
    """An amount, in units of ten to the `exponent` USD, as nano-USD, halves to even.

    Raises AnswerUnreadable for what is no number, or is beyond a billion dollars.
    """
    try:
        usd = Decimal(value if isinstance(value, Decimal) else str(value)).scaleb(exponent)
    except ArithmeticError as error:
        raise AnswerUnreadable(f"the provider billed {str(value)[:40]!r}") from error
    if isinstance(value, bool) or not usd.is_finite() or abs(usd) > _MOST_USD:
        raise AnswerUnreadable(f"the provider billed {str(value)[:40]!r}")
    return to_nano(usd)


def read_count(row: Mapping[str, Any], name: str) -> int | None:
    """A whole number of a row; None where it has none. Raises AnswerUnreadable."""
    value = row.get(name)
    if value is None:
        return None
    if isinstance(value, Decimal) and value == value.to_integral_value():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MOST_COUNT:
        raise AnswerUnreadable(f"the provider counted {name} {str(value)[:40]!r}")
    return value


def read_text(row: Mapping[str, Any], name: str) -> str:
    """A text of a row; empty where it has none. Raises AnswerUnreadable."""
    value = row.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise AnswerUnreadable(f"the provider's {name} is no text")
    return value.strip()[:_LONGEST]


def add_up(*counts: int | None) -> int | None:
    """The sum of what is known; None when nothing is."""
    known = [count for count in counts if count is not None]
    return sum(known) if known else None
