"""FOCUS 1.2: the columns of the FinOps Open Cost and Usage Specification, as far as they say something of AI calls.

All that the specification calls mandatory is there, and of the rest what we know. Columns of our own begin with x_.
https://focus.finops.org/focus-specification/v1-2/

Three things differ from a provider's own data, which this is not:

- `BilledCost` is what we computed or were told, and no invoice, unless x_CostBasis says `billed`.
- A cost that is not known is null, although the specification allows no null: 0 would be a lie. x_PriceStatus tells.
- There are no unit prices, because one row sums up calls of different prices; so the list price is the cost.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from chalicelib.kit.jsontext import pack
from chalicelib.kit.money import to_usd


class Kind(StrEnum):
    """Types of FOCUS columns. JSON is text in files."""

    TEXT = "String"
    MONEY = "Decimal"
    QUANTITY = "Decimal of a quantity"
    INSTANT = "DateTime"
    JSON = "JSON"
    COUNT = "Integer"


@dataclass(frozen=True, slots=True)
class Account:
    """Whose charges they are: the tenant is the billing account, the team the sub account."""

    tenant: str
    tenant_name: str
    team: str
    team_name: str


@dataclass(frozen=True, slots=True)
class Charge:
    """One row of chalicelib.export.charges, of a UTC day."""

    account: Account
    day: datetime
    row: Mapping[str, Any]

    @property
    def provider(self) -> str:
        """Whom the call was made to."""
        return self.row["provider"] or UNKNOWN

    @property
    def model(self) -> str:
        """The model, or the tool."""
        return self.row["model"] or UNKNOWN

    @property
    def is_tool(self) -> bool:
        """Whether it is of calls of a tool."""
        return bool(self.row["kind"] == "TOOL")

    @property
    def sku(self) -> str:
        """What is priced: a kind of token of a model."""
        return "/".join((self.provider, self.model, self.row["token_kind"]))

    @property
    def cost(self) -> Decimal | None:
        """USD, exact."""
        nano = self.row["cost_nano"]
        return None if nano is None else to_usd(nano)

    @property
    def quantity(self) -> Decimal:
        """In the charge's unit."""
        return Decimal(self.row["quantity_micro"] or 0).scaleb(-6)


@dataclass(frozen=True, slots=True)
class Column:
    """A column, and what a charge says in it."""

    name: str
    kind: Kind
    of: Callable[[Charge], Any]


UNKNOWN = "Unknown"
METERS = {
    "input": "Input Tokens",
    "output": "Output Tokens",
    "cache_read": "Cache Read Tokens",
    "cache_creation": "Cache Write Tokens",
    "media": "Media",
    "total": "Total",
}
_TAGS = ("agent", "credential", "environment", "organization", "product", "subscriber", "task_type")
_BILLED = "provider_billing"


def _text(name: str) -> Callable[[Charge], Any]:
    return lambda charge: charge.row[name]


def _always(value: str | None) -> Callable[[Charge], Any]:
    return lambda charge: value


def _month(charge: Charge) -> datetime:
    return charge.day.replace(day=1)


def _next_month(charge: Charge) -> datetime:
    return (_month(charge) + timedelta(32)).replace(day=1)


def _described(charge: Charge) -> str:
    return f"{METERS[charge.row['token_kind']]} of {charge.model} ({charge.provider})"


def _tags(charge: Charge) -> str:
    return pack({name: value for name in _TAGS if (value := charge.row[name]) is not None})


def _price(charge: Charge) -> str:
    return f"{charge.sku}@{charge.row['price_version'] or UNKNOWN}"


def _cost(charge: Charge) -> Decimal | None:
    return charge.cost


COLUMNS = (
    Column("BilledCost", Kind.MONEY, _cost),
    Column("BillingAccountId", Kind.TEXT, lambda charge: charge.account.tenant),
    Column("BillingAccountName", Kind.TEXT, lambda charge: charge.account.tenant_name),
    Column("BillingAccountType", Kind.TEXT, _always("Tenant")),
    Column("BillingCurrency", Kind.TEXT, _always("USD")),
    Column("BillingPeriodEnd", Kind.INSTANT, _next_month),
    Column("BillingPeriodStart", Kind.INSTANT, _month),
    Column("ChargeCategory", Kind.TEXT, _always("Usage")),
    Column("ChargeClass", Kind.TEXT, _always(None)),
    Column("ChargeDescription", Kind.TEXT, _described),
    Column("ChargeFrequency", Kind.TEXT, _always("Usage-Based")),
    Column("ChargePeriodEnd", Kind.INSTANT, lambda charge: charge.day + timedelta(1)),
    Column("ChargePeriodStart", Kind.INSTANT, lambda charge: charge.day),
    Column("ConsumedQuantity", Kind.QUANTITY, lambda charge: charge.quantity),
    Column("ConsumedUnit", Kind.TEXT, _text("unit")),
    Column("ContractedCost", Kind.MONEY, _cost),
    Column("EffectiveCost", Kind.MONEY, _cost),
    Column("InvoiceIssuerName", Kind.TEXT, lambda charge: charge.provider),
    Column("ListCost", Kind.MONEY, _cost),
    Column("PricingCategory", Kind.TEXT, _always("Standard")),
    Column("PricingCurrency", Kind.TEXT, _always("USD")),
    Column("PricingQuantity", Kind.QUANTITY, lambda charge: charge.quantity),
    Column("PricingUnit", Kind.TEXT, _text("unit")),
    Column("ProviderName", Kind.TEXT, lambda charge: charge.provider),
    Column("PublisherName", Kind.TEXT, lambda charge: charge.row["model_source"] or charge.provider),
    Column("RegionId", Kind.TEXT, _text("region")),
    Column("RegionName", Kind.TEXT, _text("region")),
    Column("ResourceId", Kind.TEXT, lambda charge: charge.model),
    Column("ResourceName", Kind.TEXT, lambda charge: charge.model),
    Column("ResourceType", Kind.TEXT, lambda charge: "Tool" if charge.is_tool else "AI Model"),
    Column("ServiceCategory", Kind.TEXT, lambda charge: "Other" if charge.is_tool else "AI and Machine Learning"),
    Column("ServiceName", Kind.TEXT, lambda charge: charge.provider),
    Column("ServiceSubcategory", Kind.TEXT, lambda charge: "Other (Other)" if charge.is_tool else "Generative AI"),
    Column("SkuId", Kind.TEXT, lambda charge: charge.sku),
    Column("SkuMeter", Kind.TEXT, lambda charge: METERS[charge.row["token_kind"]]),
    Column("SkuPriceId", Kind.TEXT, _price),
    Column("SubAccountId", Kind.TEXT, lambda charge: charge.account.team),
    Column("SubAccountName", Kind.TEXT, lambda charge: charge.account.team_name),
    Column("SubAccountType", Kind.TEXT, _always("Team")),
    Column("Tags", Kind.JSON, _tags),
    Column("x_CallCount", Kind.COUNT, _text("calls")),
    Column("x_CallKind", Kind.TEXT, _text("kind")),
    Column("x_CostBasis", Kind.TEXT, lambda charge: "billed" if charge.row["cost_source"] == _BILLED else "estimate"),
    Column("x_CostSource", Kind.TEXT, _text("cost_source")),
    Column("x_OperationType", Kind.TEXT, _text("operation_type")),
    Column("x_PriceSource", Kind.TEXT, _text("price_source")),
    Column("x_PriceStatus", Kind.TEXT, _text("price_status")),
    Column("x_PricingTier", Kind.TEXT, _text("pricing_tier")),
    Column("x_TokenKind", Kind.TEXT, _text("token_kind")),
)
"""In the order of their names, ours last. x_CallCount counts the calls that a row is made from: one call makes several
rows, so it is not to be added up over token kinds."""

PLAIN = (
    Column("day", Kind.TEXT, lambda charge: f"{charge.day:%Y-%m-%d}"),
    Column("team", Kind.TEXT, lambda charge: charge.account.team_name),
    *(
        Column(name, Kind.TEXT, _text(name))
        for name in (
            "kind provider model operation_type token_kind organization product agent task_type subscriber credential "
            "environment region cost_source price_status"
        ).split()
    ),
    Column("calls", Kind.COUNT, _text("calls")),
    Column("quantity", Kind.QUANTITY, lambda charge: charge.quantity),
    Column("unit", Kind.TEXT, _text("unit")),
    Column("cost_usd", Kind.MONEY, _cost),
)
"""The same for people with a spreadsheet."""


def day_of(text: str) -> datetime:
    """The start of a UTC day, YYYY-MM-DD."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
