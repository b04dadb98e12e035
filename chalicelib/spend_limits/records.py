"""What is stored of limits that were written to providers: one record a place, which is all of an
account or one part of it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from chalicelib.kit.ids import derive_id
from chalicelib.ports.documents import Record
from chalicelib.providers.limiters.limiter import Standing
from chalicelib.providers.records import Connection
from chalicelib.providers.vocabulary import BillingProvider, LimitPeriod

PROVIDER_LIMIT = "PROVIDER_LIMIT"
"""Kind: one record a place of a connection."""


@dataclass(frozen=True, slots=True)
class ProviderLimit:
    """A limit that was written to a provider, in whole cents of USD. `asked_cents` is what was
    asked for, None for as much as the rule has. `former` is what limited the place before us;
    `standing` what did when the provider was asked last, None where that is not known. Instants are
    UTC epoch ms, 0 for never; somebody writes until `writing_until`, and whoever does not end that
    died in between."""

    rule_id: str
    rule_name: str
    connection_id: str
    connection_name: str
    provider: BillingProvider
    target: str
    period: LimitPeriod
    cents: int
    asked_cents: int | None
    former: Standing
    standing: Standing | None = None
    author: str = ""
    pushed_at: int = 0
    checked_at: int = 0
    error: str = ""
    writing_until: int = 0

    @property
    def stands(self) -> bool:
        """Whether what stands at the provider is what was written."""
        found = self.standing
        return found is not None and is_limit(found, self.cents, self.period)

    @classmethod
    def of(cls, record: Record) -> "ProviderLimit":
        """The limit of its record."""
        doc = record.doc
        return cls(
            rule_id=doc["ruleId"],
            rule_name=doc["ruleName"],
            connection_id=doc["credentialId"],
            connection_name=doc["credentialName"],
            provider=BillingProvider(doc["provider"]),
            target=doc["target"],
            period=LimitPeriod(doc["period"]),
            cents=doc["cents"],
            asked_cents=doc["askedCents"],
            former=_standing_of(doc["former"]),
            standing=doc["standing"] and _standing_of(doc["standing"]),
            author=doc["pushedBy"],
            pushed_at=doc["pushedAt"],
            checked_at=doc["checkedAt"],
            error=doc["error"],
            writing_until=doc["writingUntil"],
        )

    def doc(self) -> dict[str, Any]:
        """As it is stored."""
        return {
            "ruleId": self.rule_id,
            "ruleName": self.rule_name,
            "credentialId": self.connection_id,
            "credentialName": self.connection_name,
            "provider": self.provider,
            "target": self.target,
            "period": self.period,
            "cents": self.cents,
            "askedCents": self.asked_cents,
            "former": _standing_doc(self.former),
            "standing": self.standing and _standing_doc(self.standing),
            "pushedBy": self.author,
            "pushedAt": self.pushed_at,
            "checkedAt": self.checked_at,
            "error": self.error,
            "writingUntil": self.writing_until,
        }

    def record(self, record: Record, now: int) -> Record:
        """A record with this limit in it."""
        name = f"{self.rule_name} at {self.connection_name}"
        return replace(record, doc=self.doc(), name=name, updated_at=now, deleted=False)


def place_id(connection: Connection, target: str) -> str:
    """The id of the record of a place."""
    return derive_id("provider-limit", connection.id, target)


def is_limit(standing: Standing, cents: int, period: LimitPeriod) -> bool:
    """Whether a limit of so many cents a period stands."""
    return standing.cents == cents and standing.period == period


def to_dollars(cents: Decimal | int) -> Decimal:
    """Cents as USD."""
    return Decimal(cents).scaleb(-2)


def show_dollars(cents: Decimal | int | None) -> Decimal | None:
    """The same of what may not be known."""
    return None if cents is None else to_dollars(cents)


def _standing_doc(standing: Standing) -> dict[str, Any]:
    return {
        "cents": _text(standing.cents),
        "period": standing.period,
        "currency": standing.currency,
        "enforced": standing.is_enforced,
        "spentCents": _text(standing.spent_cents),
        "handle": standing.handle,
    }


def _standing_of(doc: Mapping[str, Any]) -> Standing:
    return Standing(
        cents=_number(doc["cents"]),
        period=doc["period"],
        currency=doc["currency"],
        is_enforced=doc["enforced"],
        spent_cents=_number(doc["spentCents"]),
        handle=doc["handle"],
    )


def _text(number: Decimal | None) -> str | None:
    return None if number is None else str(number)


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
