"""FOCUS 1.2: the columns of the FinOps Open Cost and Usage Specification, as far as they say
something of AI calls.

All that the specification calls mandatory is there, and of the rest what we know. Columns of our
own begin with x_. https://focus.finops.org/focus-specification/v1-2/

These things differ from a provider's own data, which this is not:

- `BilledCost` is what we computed or were told, and no invoice, unless x_CostBasis says `billed`.
  So InvoiceId is null.
- The specification demands a number for every cost and every unit price of usage. Where ours is not
  known it is 0, and x_CostStatus says `Unknown`: such a row is usage that nothing was counted for
  yet, and it is not free.
- A row sums up calls. Its unit price is their average, the cost over the quantity; list, contract
  and bill are one.
- In CSV a text that a spreadsheet would run as a formula begins with an apostrophe; Parquet has it
  as it was.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal
from enum import StrEnum
from typing import Any

from chalicelib.kit.jsontext import pack
from chalicelib.kit.money import to_usd
from chalicelib.ports.scope import Scope


class ColumnKind(StrEnum):
    """Types of FOCUS columns. JSON is text in files."""

    TEXT = "String"
    MONEY = "Decimal"
    PRICE = "Decimal of a unit price"
    QUANTITY = "Decimal of a quantity"
    INSTANT = "DateTime"
    JSON = "JSON"
    COUNT = "Integer"


@dataclass(frozen=True, slots=True)
class SubAccount:
    """Whose charges they are. In the words of FOCUS the team is the sub account, and its tenant the
    billing account."""

    tenant: Scope
    tenant_name: str
    team: Scope
    team_name: str


@dataclass(frozen=True, slots=True)
class ChargeRow:
    """One row of chalicelib.export.charges, of a UTC day."""

    account: SubAccount
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
    def tier(self) -> str:
        """The tier that it is priced by."""
        return self.row["pricing_tier"] or "STANDARD"

    @property
    def cost(self) -> Decimal | None:
        """USD, exact; None when it is not known."""
        nano = self.row["cost_nano"]
        return None if nano is None else to_usd(nano)

    @property
    def quantity(self) -> Decimal:
        """How much was used, in the charge's unit; over 0."""
        return Decimal(self.row["quantity_micro"]).scaleb(-6)

    @property
    def block(self) -> int:
        """For how many units the price is told: providers publish prices of a million tokens."""
        return _BLOCKS.get(self.row["unit"], 1)

    @property
    def unit_price(self) -> Decimal:
        """USD for a block of units, on the average; 21 places, so that the cost comes out of it to
        the nano."""
        priced = _PRECISE.divide((self.cost or Decimal(0)) * self.block, self.quantity)
        return priced.quantize(_PRICE_STEP, context=_PRECISE)


@dataclass(frozen=True, slots=True)
class Column:
    """A column, and what a charge says in it."""

    name: str
    kind: ColumnKind
    of: Callable[[ChargeRow], Any]


UNKNOWN = "Unknown"
_PRICE_STEP = Decimal(1).scaleb(-21)
_PRECISE = Context(prec=38)
_BLOCKS = {"Tokens": 1_000_000}
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
_TOKENS = {
    "input": {"TokenDirection": "Input", "TokenCacheAction": "Uncached"},
    "output": {"TokenDirection": "Output"},
    "cache_read": {"TokenDirection": "Input", "TokenCacheAction": "Read"},
    "cache_creation": {"TokenDirection": "Input", "TokenCacheAction": "Write"},
}
"""Properties of a price, under the names of the specification's own examples."""


def _text(name: str) -> Callable[[ChargeRow], Any]:
    return lambda charge: charge.row[name]


def _always(value: str | None) -> Callable[[ChargeRow], Any]:
    return lambda _: value


def _month(charge: ChargeRow) -> datetime:
    return charge.day.replace(day=1)


def _next_month(charge: ChargeRow) -> datetime:
    return (_month(charge) + timedelta(32)).replace(day=1)


def _describe(charge: ChargeRow) -> str:
    return f"{METERS[charge.row['token_kind']]} of {charge.model} ({charge.provider})"


def _tags(charge: ChargeRow) -> str:
    return pack({name: charge.row[name] for name in _TAGS if charge.row[name] is not None})


def _price(charge: ChargeRow) -> str:
    """The id of a price, without its version: it is to stay the same when the amount changes."""
    return f"{charge.sku}/{charge.tier}"


def _details(charge: ChargeRow) -> str:
    model = "ToolId" if charge.is_tool else "ModelId"
    details = {model: charge.model, "PricingTier": charge.tier}
    return pack(details | _TOKENS.get(charge.row["token_kind"], {}))


def _pricing_unit(charge: ChargeRow) -> str:
    unit = str(charge.row["unit"])
    return unit if charge.block == 1 else f"{charge.block} {unit}"


def _resource_type(charge: ChargeRow) -> str | None:
    if charge.row["model"] is None:
        return None
    return "Tool" if charge.is_tool else "AI Model"


def _cost(charge: ChargeRow) -> Decimal:
    return charge.cost or Decimal(0)


COLUMNS = (
    Column("BilledCost", ColumnKind.MONEY, _cost),
    Column("BillingAccountId", ColumnKind.TEXT, lambda charge: charge.account.tenant),
    Column("BillingAccountName", ColumnKind.TEXT, lambda charge: charge.account.tenant_name),
    Column("BillingAccountType", ColumnKind.TEXT, _always("Tenant")),
    Column("BillingCurrency", ColumnKind.TEXT, _always("USD")),
    Column("BillingPeriodEnd", ColumnKind.INSTANT, _next_month),
    Column("BillingPeriodStart", ColumnKind.INSTANT, _month),
    Column("ChargeCategory", ColumnKind.TEXT, _always("Usage")),
    Column("ChargeClass", ColumnKind.TEXT, _always(None)),
    Column("ChargeDescription", ColumnKind.TEXT, _describe),
    Column("ChargeFrequency", ColumnKind.TEXT, _always("Usage-Based")),
    Column("ChargePeriodEnd", ColumnKind.INSTANT, lambda charge: charge.day + timedelta(1)),
    Column("ChargePeriodStart", ColumnKind.INSTANT, lambda charge: charge.day),
    Column("ConsumedQuantity", ColumnKind.QUANTITY, lambda charge: charge.quantity),
    Column("ConsumedUnit", ColumnKind.TEXT, _text("unit")),
    Column("ContractedCost", ColumnKind.MONEY, _cost),
    Column("ContractedUnitPrice", ColumnKind.PRICE, lambda charge: charge.unit_price),
    Column("EffectiveCost", ColumnKind.MONEY, _cost),
    Column("InvoiceId", ColumnKind.TEXT, _always(None)),
    Column("InvoiceIssuerName", ColumnKind.TEXT, lambda charge: charge.provider),
    Column("ListCost", ColumnKind.MONEY, _cost),
    Column("ListUnitPrice", ColumnKind.PRICE, lambda charge: charge.unit_price),
    Column("PricingCategory", ColumnKind.TEXT, _always("Standard")),
    Column("PricingCurrency", ColumnKind.TEXT, _always("USD")),
    Column("PricingQuantity", ColumnKind.QUANTITY, lambda charge: charge.quantity / charge.block),
    Column("PricingUnit", ColumnKind.TEXT, _pricing_unit),
    Column("ProviderName", ColumnKind.TEXT, lambda charge: charge.provider),
    Column(
        "PublisherName",
        ColumnKind.TEXT,
        lambda charge: charge.row["model_source"] or charge.provider,
    ),
    Column("RegionId", ColumnKind.TEXT, _text("region")),
    Column("RegionName", ColumnKind.TEXT, _text("region")),
    Column("ResourceId", ColumnKind.TEXT, _text("model")),
    Column("ResourceName", ColumnKind.TEXT, _text("model")),
    Column("ResourceType", ColumnKind.TEXT, _resource_type),
    Column(
        "ServiceCategory",
        ColumnKind.TEXT,
        lambda charge: "Other" if charge.is_tool else "AI and Machine Learning",
    ),
    Column("ServiceName", ColumnKind.TEXT, lambda charge: charge.provider),
    Column(
        "ServiceSubcategory",
        ColumnKind.TEXT,
        lambda charge: "Other (Other)" if charge.is_tool else "Generative AI",
    ),
    Column("SkuId", ColumnKind.TEXT, lambda charge: charge.sku),
    Column("SkuMeter", ColumnKind.TEXT, lambda charge: METERS[charge.row["token_kind"]]),
    Column("SkuPriceDetails", ColumnKind.JSON, _details),
    Column("SkuPriceId", ColumnKind.TEXT, _price),
    Column("SubAccountId", ColumnKind.TEXT, lambda charge: charge.account.team),
    Column("SubAccountName", ColumnKind.TEXT, lambda charge: charge.account.team_name),
    Column("SubAccountType", ColumnKind.TEXT, _always("Team")),
    Column("Tags", ColumnKind.JSON, _tags),
    Column("x_CallCount", ColumnKind.COUNT, _text("calls")),
    Column("x_CallKind", ColumnKind.TEXT, _text("kind")),
    Column(
        "x_CostBasis",
        ColumnKind.TEXT,
        lambda charge: "billed" if charge.row["cost_source"] == _BILLED else "estimate",
    ),
    Column("x_CostSource", ColumnKind.TEXT, _text("cost_source")),
    Column(
        "x_CostStatus", ColumnKind.TEXT, lambda charge: UNKNOWN if charge.cost is None else "Known"
    ),
    Column("x_OperationType", ColumnKind.TEXT, _text("operation_type")),
    Column("x_PriceSource", ColumnKind.TEXT, _text("price_source")),
    Column("x_PriceStatus", ColumnKind.TEXT, _text("price_status")),
    Column("x_PriceVersion", ColumnKind.TEXT, _text("price_version")),
    Column("x_PricingTier", ColumnKind.TEXT, _text("pricing_tier")),
    Column("x_TokenKind", ColumnKind.TEXT, _text("token_kind")),
)
"""In the order of their names, ours last. x_CallCount counts the calls that a row is made from: one
call makes several rows, so it is not to be added up over token kinds."""

PLAIN = (
    Column("day", ColumnKind.TEXT, lambda charge: f"{charge.day:%Y-%m-%d}"),
    Column("team", ColumnKind.TEXT, lambda charge: charge.account.team_name),
    *(
        Column(name, ColumnKind.TEXT, _text(name))
        for name in (
            "kind provider model operation_type token_kind organization product agent task_type "
            "subscriber credential environment region cost_source price_status"
        ).split()
    ),
    Column("calls", ColumnKind.COUNT, _text("calls")),
    Column("quantity", ColumnKind.QUANTITY, lambda charge: charge.quantity),
    Column("unit", ColumnKind.TEXT, _text("unit")),
    Column("cost_usd", ColumnKind.MONEY, lambda charge: charge.cost),
)
"""The same for people with a spreadsheet; a cost that is not known is null."""


def start_of(day: str) -> datetime:
    """The start of a UTC day, YYYY-MM-DD."""
    return datetime.fromisoformat(day).replace(tzinfo=UTC)
