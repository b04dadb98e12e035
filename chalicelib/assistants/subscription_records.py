"""What is stored of subscriptions to coding assistants."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from chalicelib.kit.money import to_nano
from chalicelib.ports.documents import Record, walk
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World

SUBSCRIPTION = "ASSISTANT_SUBSCRIPTION"
"""Kind of the records; the id is the assistant's name."""


@dataclass(frozen=True, slots=True)
class Tier:
    """Seats of one kind; `price_nano` is in nano-USD a seat and month, None where nobody told."""

    name: str
    seats: int
    price_nano: int | None

    @property
    def cost_nano(self) -> int:
        """What its seats cost a month, as far as that is known."""
        return self.seats * (self.price_nano or 0)


@dataclass(frozen=True, slots=True)
class Subscription:
    """The seats that a team pays at one assistant."""

    assistant: str
    has_extra_usage: bool
    tiers: tuple[Tier, ...]
    created_at: int
    updated_at: int

    @classmethod
    def of(cls, record: Record) -> "Subscription":
        """The subscription of its record."""
        tiers: list[Tier] = []
        for each in record.doc.get("tiers") or ():
            price = each.get("perSeatCost")
            nano = None if price is None else to_nano(Decimal(price))
            tiers.append(Tier(each["tier"], each["seats"], nano))
        return cls(
            record.id,
            record.doc.get("extraUsageEnabled") is True,
            tuple(tiers),
            record.created_at,
            record.updated_at,
        )

    @property
    def seats(self) -> int:
        """The seats of all tiers."""
        return sum(tier.seats for tier in self.tiers)

    @property
    def cost_nano(self) -> int:
        """What they cost a month, nano-USD, as far as that is known."""
        return sum(tier.cost_nano for tier in self.tiers)


def read_subscriptions(world: World, team: Scope) -> Iterator[Subscription]:
    """All that a team has subscribed to, by name; there are no more than assistants."""
    for record in walk(world.documents, team, SUBSCRIPTION):
        yield Subscription.of(record)
