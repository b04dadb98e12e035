"""What FOCUS 1.2 rules of its columns, for rows of usage that correct nothing: the only ones that
are exported.

https://focus.finops.org/focus-specification/v1-2/
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

_FORMATS = {
    "String": r"(?s)(?=.*\S).+",
    "Decimal": r"-?\d+(\.\d+)?",
    "Price": r"\d+(\.\d+)?",
    "DateTime": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
    "Currency": r"[A-Z]{3}",
    "Unit": r"(\d+ )?[A-Z][a-z]+s",
    "KeyValue": r"(?s)\{.*\}",
}


@dataclass(frozen=True)
class Rule:
    """The form of a value, whether it may be missing, and what it must be one of."""

    form: str
    mandatory: bool = False
    """Whether the column must be there."""
    null: bool = False
    allowed: tuple[str, ...] = ()


_CATEGORIES = (
    "AI and Machine Learning",
    "Analytics",
    "Business Applications",
    "Compute",
    "Databases",
    "Developer Tools",
    "Multicloud",
    "Identity",
    "Integration",
    "Internet of Things",
    "Management and Governance",
    "Media",
    "Migration",
    "Mobile",
    "Networking",
    "Security",
    "Storage",
    "Web",
    "Other",
)
RULES = {
    "BilledCost": Rule("Decimal", mandatory=True),
    "BillingAccountId": Rule("String", mandatory=True),
    "BillingAccountName": Rule("String", mandatory=True),
    "BillingAccountType": Rule("String"),
    "BillingCurrency": Rule("Currency", mandatory=True),
    "BillingPeriodEnd": Rule("DateTime", mandatory=True),
    "BillingPeriodStart": Rule("DateTime", mandatory=True),
    "ChargeCategory": Rule(
        "String", mandatory=True, allowed=("Usage", "Purchase", "Tax", "Credit", "Adjustment")
    ),
    "ChargeClass": Rule("String", mandatory=True, null=True, allowed=("Correction",)),
    "ChargeDescription": Rule("String", mandatory=True),
    "ChargeFrequency": Rule("String", allowed=("One-Time", "Recurring", "Usage-Based")),
    "ChargePeriodEnd": Rule("DateTime", mandatory=True),
    "ChargePeriodStart": Rule("DateTime", mandatory=True),
    "ConsumedQuantity": Rule("Decimal"),
    "ConsumedUnit": Rule("Unit"),
    "ContractedCost": Rule("Decimal", mandatory=True),
    "ContractedUnitPrice": Rule("Price"),
    "EffectiveCost": Rule("Decimal", mandatory=True),
    "InvoiceId": Rule("String", null=True),
    "InvoiceIssuerName": Rule("String", mandatory=True),
    "ListCost": Rule("Decimal", mandatory=True),
    "ListUnitPrice": Rule("Price"),
    "PricingCategory": Rule("String", allowed=("Standard", "Dynamic", "Committed", "Other")),
    "PricingCurrency": Rule("Currency"),
    "PricingQuantity": Rule("Decimal", mandatory=True),
    "PricingUnit": Rule("Unit", mandatory=True),
    "ProviderName": Rule("String", mandatory=True),
    "PublisherName": Rule("String", mandatory=True),
    "RegionId": Rule("String", null=True),
    "RegionName": Rule("String", null=True),
    "ResourceId": Rule("String", null=True),
    "ResourceName": Rule("String", null=True),
    "ResourceType": Rule("String", null=True),
    "ServiceCategory": Rule("String", mandatory=True, allowed=_CATEGORIES),
    "ServiceName": Rule("String", mandatory=True),
    "ServiceSubcategory": Rule("String"),
    "SkuId": Rule("String"),
    "SkuMeter": Rule("String"),
    "SkuPriceDetails": Rule("KeyValue", null=True),
    "SkuPriceId": Rule("String"),
    "SubAccountId": Rule("String", null=True),
    "SubAccountName": Rule("String", null=True),
    "SubAccountType": Rule("String", null=True),
    "Tags": Rule("KeyValue", null=True),
}
"""Every mandatory column, and of the others those that have a meaning for calls."""
_SUBCATEGORIES = {
    "AI and Machine Learning": {
        "Bots",
        "Generative AI",
        "Machine Learning",
        "Natural Language Processing",
        "Other (AI and Machine Learning)",
    },
    "Other": {"Other (Other)"},
}
_TOGETHER = (
    ("ResourceId", "ResourceType"),
    ("SubAccountId", "SubAccountType"),
    ("RegionId", "RegionName"),
    ("SkuId", "SkuMeter"),
)
_PRICED = (("ListUnitPrice", "ListCost"), ("ContractedUnitPrice", "ContractedCost"))
_NANO = Decimal(1).scaleb(-9)


def faults(row: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with a row; its values as they stand in CSV, an empty text for null."""
    own = {name: value for name, value in row.items() if not name.startswith("x_")}
    yield from (
        f"{name} is missing" for name, rule in RULES.items() if rule.mandatory and name not in own
    )
    yield from (f"{name} is no column" for name in own if name not in RULES)
    for name, value in ((name, value) for name, value in own.items() if name in RULES):
        yield from _value_faults(name, value, RULES[name])
    yield from (
        f"{one} without {other}"
        for one, other in _TOGETHER
        if bool(row[one]) is not bool(row[other])
    )
    if row["ServiceSubcategory"] not in _SUBCATEGORIES.get(row["ServiceCategory"], ()):
        yield "ServiceSubcategory is of another ServiceCategory"
    for price, cost in _PRICED:
        product = Decimal(row[price]) * Decimal(row["PricingQuantity"])
        if product.quantize(_NANO) != Decimal(row[cost]):
            yield f"{price} times PricingQuantity is not {cost}"
    if not Decimal(row["ConsumedQuantity"]) > 0:
        yield "ConsumedQuantity is not over 0"
    instants = [
        row[name]
        for name in (
            "BillingPeriodStart",
            "ChargePeriodStart",
            "ChargePeriodEnd",
            "BillingPeriodEnd",
        )
    ]
    if instants != sorted(instants):
        yield "the charge's period is not within the bill's"


def _value_faults(name: str, value: str, rule: Rule) -> Iterator[str]:
    if not value:
        if not rule.null:
            yield f"{name} is null"
        return
    if not re.fullmatch(_FORMATS[rule.form], value):
        yield f"{name} is no {rule.form}: {value}"
    elif rule.form == "KeyValue" and any(
        isinstance(each, (dict, list)) for each in json.loads(value).values()
    ):
        yield f"{name} has more than scalars: {value}"
    if rule.allowed and value not in rule.allowed:
        yield f"{name} may not be {value}"
