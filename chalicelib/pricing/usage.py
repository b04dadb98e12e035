"""Usage in, rating out: the two values that rating stands between."""

from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple


class Status(StrEnum):
    """Whether the cost is known. FREE: nothing was charged, by a flag or by the price list."""

    PRICED = "PRICED"
    FREE = "FREE"
    UNPRICED = "UNPRICED"


class Source(StrEnum):
    """Where the cost came from. MIXED: some legs stated by the client, the rest computed; NONE: it is unknown."""

    BOOK = "BOOK"
    CLIENT = "CLIENT"
    MIXED = "MIXED"
    SKIPPED = "SKIPPED"
    NONE = "NONE"


class Usage(NamedTuple):
    """What the wire said of a call. Negative token counts are rated as 0; Decimals must be finite, USD.

    `cache_creation` is the total over both lifetimes; the 5-minute and 1-hour parts may exceed it or be absent: what
    they leave over is charged as 5-minute writes.
    """

    provider: str
    model: str
    instant: int
    """UTC epoch milliseconds of the request."""
    input: int = 0
    output: int = 0
    reasoning: int = 0
    cache_read: int = 0
    cache_creation: int = 0
    cache_creation_5m: int = 0
    cache_creation_1h: int = 0
    total_cost: Decimal | None = None
    input_cost: Decimal | None = None
    output_cost: Decimal | None = None
    cache_read_cost: Decimal | None = None
    cache_creation_cost: Decimal | None = None
    billing_skipped: bool = False
    cost_multiplier: Decimal | None = None
    pricing_tier: str = "STANDARD"
    service_tier: str = ""
    """The tier that the vendor served the call in, any case."""
    speed: str = ""


class Legs(NamedTuple):
    """Nano-USD; None is unknown."""

    input: int | None
    output: int | None
    cache_read: int | None
    cache_creation: int | None


class Rating(NamedTuple):
    """The cost of a call in nano-USD, None when unknown. `legs` sum to it, except that a stated total stands alone:
    then they hold what else the client stated. `price_version` names what was asked, also when it knew no answer."""

    status: Status
    source: Source
    price_version: str
    cost: int | None
    legs: Legs
