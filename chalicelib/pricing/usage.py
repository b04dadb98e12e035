"""Usage in, rating out: the two values that rating stands between."""

from collections.abc import Callable
from decimal import Decimal
from enum import StrEnum
from operator import itemgetter
from typing import Any, NamedTuple


class Status(StrEnum):
    """Whether the cost is known. FREE: nothing was charged, by a flag or by the price list."""

    PRICED = "PRICED"
    FREE = "FREE"
    UNPRICED = "UNPRICED"


class Source(StrEnum):
    """Where the cost came from. BOOK: list prices; TEAM: prices of the team's own; MIXED: some legs
    stated by the client, the rest computed; NONE: it is unknown."""

    BOOK = "BOOK"
    TEAM = "TEAM"
    CLIENT = "CLIENT"
    MIXED = "MIXED"
    SKIPPED = "SKIPPED"
    NONE = "NONE"


class Usage(NamedTuple):
    """What the wire said of a call. Negative token counts are rated as 0; Decimals must be finite,
    USD.

    `cache_creation` is the total over both lifetimes; the 5-minute and 1-hour parts may exceed it
    or be absent: what they leave over is charged as 5-minute writes. Quantities that the caller did
    not tell are 0 or None.
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
    failed: bool = False
    """The call failed, so that a quantity that is not told was nothing."""


Picker = Callable[[Usage], tuple[Any, ...]]


def picker(*names: str) -> Picker:
    """A function that takes some members of a usage at once: rating is called for every event, and
    one call into C is three times as fast as naming seven members one by one."""
    return itemgetter(*map(Usage._fields.index, names))


class Legs(NamedTuple):
    """Nano-USD; None is unknown. `media` is everything that is not tokens."""

    input: int | None
    output: int | None
    cache_read: int | None
    cache_creation: int | None
    media: int | None = 0


class Rating(NamedTuple):
    """The cost of a call in nano-USD, None when unknown. `legs` sum to it, except that a stated
    total stands alone: then they hold what else the client stated. `price_version` names what was
    asked, also when it knew no answer."""

    status: Status
    source: Source
    price_version: str
    cost: int | None
    legs: Legs
