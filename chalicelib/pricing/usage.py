"""Usage in, cost out: the two values that rating stands between."""

from dataclasses import KW_ONLY, dataclass
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple


class Status(StrEnum):
    """Whether the cost is known. FREE: nothing was charged, by a flag or by the price list."""

    PRICED = "PRICED"
    FREE = "FREE"
    UNPRICED = "UNPRICED"


PRICED, FREE, UNPRICED = Status
"""They by name, for what looks at every call: Python 3.11 takes ten times as long for a member of
an enum."""


class Source(StrEnum):
    """Where the cost came from. BOOK: list prices; TEAM: prices of the team's own; CLIENT: the
    client stated it; MIXED: some legs stated by the client, the rest computed; SKIPPED: the call
    was not billed; NONE: the cost is unknown."""

    BOOK = "BOOK"
    TEAM = "TEAM"
    CLIENT = "CLIENT"
    MIXED = "MIXED"
    SKIPPED = "SKIPPED"
    NONE = "NONE"


class Reason(StrEnum):
    """Why a cost is unknown. NO_PRICE: no list and no price of the team's own has the model at
    its host. NO_TIER_PRICE: the model has a price, the tier that served the call has none
    known. TIER_NOT_TOLD: a tier was asked for, and nobody told whether it served the call.
    NO_RATE: a kind of token that was used has no price. NO_QUANTITY: what the price counts
    by, tokens, a length or a number of images, was not told. UNCLEAR_TOKENS: the total says more
    tokens than the call's parts explain. NO_CURRENCY: the price is in a currency that is not
    converted."""

    NO_PRICE = "NO_PRICE"
    NO_TIER_PRICE = "NO_TIER_PRICE"
    TIER_NOT_TOLD = "TIER_NOT_TOLD"
    NO_RATE = "NO_RATE"
    NO_QUANTITY = "NO_QUANTITY"
    UNCLEAR_TOKENS = "UNCLEAR_TOKENS"
    NO_CURRENCY = "NO_CURRENCY"


class Facts(NamedTuple):
    """What a usage says of itself beside its quantities, as the caller wrote it: what a price may
    depend on. A tuple, because it is the key of the caches of prices."""

    kind: str = "COMPLETION"
    subtype: str = ""
    resolution: str = ""
    quality: str = ""
    pricing_tier: str = "STANDARD"
    service_tier: str = ""
    speed: str = ""

    def length(self) -> int:
        """Characters of all of it."""
        return len("".join(self))


@dataclass(slots=True)
class Usage:
    """What the wire said of a call. Negative token counts are rated as 0; Decimals must be finite,
    USD.

    `cache_creation` is the total over both lifetimes; the 5-minute and 1-hour parts may exceed it
    or be absent: what they leave over is charged as 5-minute writes. Quantities that the caller did
    not tell are 0 or None.

    One is made for every call, and again whenever it is rated anew: it is not frozen because that
    would cost three times as much, but nobody changes one that is made.
    """

    provider: str
    model: str
    instant: int
    """UTC epoch milliseconds of the request."""
    _: KW_ONLY
    input: int = 0
    output: int = 0
    reasoning: int = 0
    cache_read: int = 0
    cache_creation: int = 0
    cache_creation_5m: int = 0
    cache_creation_1h: int = 0
    total: int = 0
    """All tokens, as the client counts them; it tells whether cache tokens are inside the input."""
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
    asked_tier: str = ""
    """The tier that the client asked for; it says nothing once a tier that served is told."""
    speed: str = ""
    kind: str = "COMPLETION"
    """COMPLETION, AUDIO, IMAGE or VIDEO."""
    unit: str = ""
    """The unit that the call is billed by, as the wire says it: PER_TOKEN, PER_CHARACTER,
    PER_SECOND, PER_MINUTE, PER_IMAGE, CREDITS. Empty: by what was used (see quantities.py)."""
    subtype: str = ""
    """The operation's subtype: transcription, speech, generation, edit, …"""
    audio_input: int = 0
    """Tokens; they are counted in `input` and `output` too, see overlap.py."""
    audio_output: int = 0
    seconds: Decimal | None = None
    """Of audio or video that was heard or made."""
    characters: int = 0
    images: int = 0
    credits: Decimal | None = None
    resolution: str = ""
    """1024x1024, 1080p, 4K, …"""
    quality: str = ""
    size_bytes: int = 0
    """Of what was made, for prices by the megabyte."""
    searches: int | None = 0
    """Web searches that the vendor made for the call, as the client counts them; None when it
    tells of some, and no number."""
    stated: int | None = None
    """Nano-USD that the client reports and that are not taken for the cost."""
    failed: bool = False
    """The call failed, so that a quantity that is not told was nothing."""

    def facts(self) -> Facts:
        """What the choice of a price may depend on."""
        return Facts(
            kind=self.kind,
            subtype=self.subtype,
            resolution=self.resolution,
            quality=self.quality,
            pricing_tier=self.pricing_tier,
            service_tier=self.service_tier,
            speed=self.speed,
        )


class Legs(NamedTuple):
    """The parts of a cost in nano-USD; None is unknown. `media` is everything that is not
    tokens."""

    input: int | None
    output: int | None
    cache_read: int | None
    cache_creation: int | None
    media: int | None = 0


@dataclass(slots=True)
class CallCost:
    """The cost of a call in nano-USD, None when unknown. Not frozen, as `Usage` is not.

    `legs` sum to it, except that a stated total stands alone: then they hold what else the client
    stated. `price_version` names what was asked, also when it knew no answer.
    """

    status: Status
    source: Source
    price_version: str
    cost: int | None
    legs: Legs
    reason: Reason | None = None
    """Why the cost is unknown; None when it is known."""
