"""FOCUS: rows of a FinOps Open Cost and Usage export as billed lines. AWS, Azure, Google export it,
and so do we. https://focus.finops.org/focus-specification/v1-2/

A credit is a row of its own there; here it stands beside what it paid. Models and kinds of tokens
have no column yet (FOCUS 1.5 is to bring them), so that they are read from resource, meter and
description, and a row that tells none is a fee.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from chalicelib.kit.clock import day_of, parse_instant
from chalicelib.providers.failures import AnswerUnreadable
from chalicelib.providers.folding import billing_provider
from chalicelib.providers.lines import BilledLine, read_money
from chalicelib.providers.vocabulary import BillingProvider, TokenKind, UsageType

Row = Mapping[str, Any]
NEEDED = ("BilledCost", "ChargePeriodStart", "BillingCurrency")
_NAMES = ("ServiceProviderName", "ProviderName", "PublisherName")
_AI = "ai and machine learning"
_CLOUDS: Mapping[str, BillingProvider] = {
    "aws": BillingProvider.BEDROCK,
    "amazon web services": BillingProvider.BEDROCK,
    "microsoft": BillingProvider.AZURE,
    "microsoft azure": BillingProvider.AZURE,
    "google": BillingProvider.VERTEX,
    "google cloud": BillingProvider.VERTEX,
}
_KINDS: tuple[tuple[re.Pattern[str], TokenKind], ...] = (
    (re.compile(r"cache[d_ -]*(read|input)|read[_ -]*cache", re.I), TokenKind.CACHE_READ),
    (re.compile(r"cache[_ -]*(write|creation)|write[_ -]*cache", re.I), TokenKind.CACHE_CREATION),
    (re.compile(r"\b(input|prompt)\b|_input|-input", re.I), TokenKind.INPUT),
    (re.compile(r"\b(output|completion)\b|_output|-output", re.I), TokenKind.OUTPUT),
)
_METER = re.compile(
    r"^(?:[A-Z]{2,4}\d?-)?(?P<model>.+?)[-_ ](?:cache|input|output|prompt|completion)", re.I
)
"""A meter such as USE1-Claude4.6Sonnet-input-tokens: place, model, kind."""
_UNITS: Mapping[str, int] = {
    "token": 1,
    "tokens": 1,
    "1k tokens": 1_000,
    "1000 tokens": 1_000,
    "thousand tokens": 1_000,
    "1m tokens": 1_000_000,
    "1000000 tokens": 1_000_000,
}
_COUNTS = {
    TokenKind.INPUT: "input_tokens",
    TokenKind.OUTPUT: "output_tokens",
    TokenKind.CACHE_READ: "cache_read_tokens",
    TokenKind.CACHE_CREATION: "cache_creation_tokens",
}


@dataclass(frozen=True, slots=True)
class FocusLine:
    """A billed line and whose it is."""

    provider: BillingProvider
    line: BilledLine


def read_row(row: Row) -> FocusLine | None:
    """A row as a billed line; None for one that is of no AI service, or of a provider whose bills
    nobody reads. Raises AnswerUnreadable for what is no amount, no currency or no instant."""
    provider = _provider(row)
    category = _text(row, "ServiceCategory").lower()
    if provider is None or category not in (_AI, ""):
        return None
    words = " ".join(
        _text(row, name) for name in ("SkuMeter", "SkuId", "ChargeDescription", "x_TokenKind")
    )
    kind = next((kind for pattern, kind in _KINDS if pattern.search(words)), TokenKind.NONE)
    model = _model(row) if kind or _text(row, "ResourceId") else ""
    tokens = _count(row) if kind else None
    counted: dict[str, Any] = {_COUNTS[kind]: tokens} if kind else {}
    line = BilledLine(
        day=_day(row),
        model=model,
        token_kind=kind,
        cost_type="tokens" if kind else _text(row, "ChargeCategory").lower() or "usage",
        usage_type=UsageType.COMPLETION if kind else "",
        service_tier=_text(row, "x_PricingTier").lower(),
        workspace_id=_text(row, "SubAccountId"),
        workspace=_text(row, "SubAccountName"),
        description=_text(row, "ChargeDescription"),
        currency=_currency(row),
        **_amounts(row),
        **counted,
    )
    return FocusLine(provider, line)


def unknown_service(row: Row) -> str:
    """Whose AI service a row without a line is of, where nobody here reads its bills; empty where
    it is of no AI service."""
    if _text(row, "ServiceCategory").lower() != _AI:
        return ""
    names = (_text(row, name) for name in _NAMES)
    return next(filter(None, names), "nobody")


def _amounts(row: Row) -> dict[str, Any]:
    amount = read_money(row.get("BilledCost"))
    if _text(row, "ChargeCategory").lower() == "credit":
        return {"amount_nano": 0, "credits_nano": -amount}
    listed = row.get("ListCost")
    is_told = listed is not None and listed != ""
    return {"amount_nano": amount, "list_nano": read_money(listed) if is_told else None}


def _provider(row: Row) -> BillingProvider | None:
    for name in _NAMES:
        label = _text(row, name)
        cloud = _CLOUDS.get(label.lower())
        if cloud:
            return cloud
        found = billing_provider(label) if label else ""
        if found in BillingProvider.__members__.values():
            return BillingProvider(found)
    return None


def _model(row: Row) -> str:
    for name in ("x_Model", "x_model", "ResourceName", "ResourceId"):
        text = _text(row, name)
        if text and not text.startswith(("arn:", "/subscriptions/", "//")):
            return text
    for name in ("SkuMeter", "SkuId"):
        if match := _METER.match(_text(row, name)):
            return match["model"]
    return ""


def _count(row: Row) -> int | None:
    """Tokens; below 0 where the row takes back what another one counts."""
    factor = _UNITS.get(_text(row, "ConsumedUnit").lower())
    quantity = row.get("ConsumedQuantity")
    if factor is None or quantity is None or quantity == "":
        return None
    try:
        count = Decimal(str(quantity)) * factor
    except InvalidOperation as error:
        raise AnswerUnreadable(f"ConsumedQuantity is {str(quantity)[:40]!r}") from error
    return int(count.to_integral_value()) if count.is_finite() else None


def _currency(row: Row) -> str:
    currency = _text(row, "BillingCurrency").upper()
    if not currency:
        raise AnswerUnreadable("BillingCurrency is empty: nobody can tell what the amount is")
    return currency


def _day(row: Row) -> str:
    value = row.get("ChargePeriodStart")
    try:
        return day_of(parse_instant(str(value)))
    except ValueError as error:
        raise AnswerUnreadable(f"ChargePeriodStart is {str(value)[:40]!r}") from error


def _text(row: Row, name: str) -> str:
    value = row.get(name)
    return "" if value is None else str(value).strip()[:500]
