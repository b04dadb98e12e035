"""Rates: what the book charges for a model on one day, made ready for integer arithmetic.

A model of the book's JSON is `{"id", "match", "prices": [[when, price], …], "variants":
[[properties, when, price], …]}` or `{"id", "match", "free": true}`. `when` is null (always),
"YYYY-MM-DD" (from that UTC day on) or a pair of milliseconds of the UTC day (end excluded). A
price maps `in`, `out`, `think`, `read`, `write`, `write1h`, of audio `ain`, `aout`, `aread`,
and for the output of image and video calls `img` and `vid`, to nano-USD a million tokens, each
a number or `[base, [start, rate], …]` by context size, and `call`, `search` and `ground` to
nano-USD a call, a web search and a prompt grounded in searches; a rate of null is one that
nobody knows, a null price says that tokens do not tell the cost, and without any price the
provider does not sell the model. `as` is the
name by which a model is found that its id does not find, null if there is none. `version` names
where the prices come from, if not from the book itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from chalicelib.kit.clock import DAY, day_start
from chalicelib.pricing import batches
from chalicelib.pricing.batches import BATCH
from chalicelib.pricing.overlap import has_reads_inside
from chalicelib.pricing.usage import Source

Context = tuple[tuple[str, str], ...]
"""Properties of a request that select other prices of tokens: processing (batch), service_tier,
speed, and the kind of a call that makes images or videos. Empty for a plain call."""
TIERS = frozenset({"service_tier", "speed"})
"""Properties that have no price but the one that the vendor's list gives them."""

_RATE_OF_PICTURES = {("kind", "IMAGE"): "img", ("kind", "VIDEO"): "vid"}
"""What the output tokens of an image or video call are, where the list prices them apart from
text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Nano-USD a million tokens; `call` is nano-USD a call. Nothing is missing here: a model
    without a rate for reading or writing its cache charges those tokens as input, unless the book
    says that nobody knows that rate (0, see `Price.lacks`); one without a rate for reasoning
    charges it as output, and audio without a rate of its own (None) is charged as text."""

    input: int
    output: int
    reasoning: int
    cache_read: int
    cache_write: int
    cache_write_1h: int
    call: int = 0
    audio_input: int | None = None
    audio_output: int | None = None
    audio_read: int | None = None
    search: int | None = None
    """Nano-USD a web search; None: nobody knows."""
    grounding: int | None = None
    """Nano-USD a prompt that was grounded in searches."""


@dataclass(frozen=True, slots=True)
class Tariff:
    """Rates by context size. Behind a threshold all tokens of the call are charged at its rates (a
    cliff)."""

    base: Rates
    steps: tuple[tuple[int, Rates], ...] = ()
    """(total input tokens that must be exceeded, rates), the highest first."""

    def at(self, total_input: int) -> Rates:
        """The rates of a call with so many input tokens, cached ones included."""
        for start, rates in self.steps:
            if total_input > start:
                return rates
        return self.base


NO_CHARGE = Rates(input=0, output=0, reasoning=0, cache_read=0, cache_write=0, cache_write_1h=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What one model costs on one UTC day under one context."""

    version: str
    vendor: str
    """Id of the provider that charges."""
    model: str
    reads_inside: bool
    """Input tokens include cache reads (see overlap.py)."""
    free: bool = False
    percent: int = 100
    """Of the rates that are charged: below 100 for a batch call that has no price of its own."""
    tariff: Tariff
    windows: tuple[tuple[int, int, Tariff], ...] = ()
    """Times of the UTC day with a tariff of their own, in ms, end excluded; the first that holds
    wins. One that ends before it starts lasts over midnight."""
    source: Source = Source.BOOK
    lacks: frozenset[str] = frozenset()
    """Names of rates that nobody knows; they are 0 in the tariff, and a token charged by one is
    unpriced. In list prices silence means "as input", and null that nobody knows."""

    def tariff_at(self, instant: int) -> Tariff:
        """The tariff at an instant (UTC epoch ms) of the day."""
        moment = instant % DAY
        for start, end, tariff in self.windows:
            if _is_within(moment, start, end):
                return tariff
        return self.tariff


def _is_within(moment: int, start: int, end: int) -> bool:
    if start <= end:
        return start <= moment < end
    return moment >= start or moment < end


@dataclass(frozen=True, slots=True)
class ListEntry:
    """A model of the book's JSON (`line`), where it was found: `vendor` charges for the call,
    `owner` is the provider in whose list the model stands."""

    line: Mapping[str, Any]
    vendor: str
    owner: str


def price_on(entry: ListEntry, day: int, context: Context, version: str) -> Price | None:
    """The price of a model on a UTC day (days since 1970), by the book of a version. None when
    tokens do not tell the cost, or when nobody knows what the tier of the context costs. Context
    prices hold in the vendor's own list only."""
    line, vendor = entry.line, entry.vendor
    name: str = line["id"]
    version = line.get("version", version)
    reads_inside = has_reads_inside(vendor, name)
    if line.get("free"):
        return Price(
            version=version,
            vendor=vendor,
            model=name,
            reads_inside=reads_inside,
            free=True,
            tariff=Tariff(NO_CHARGE),
        )
    standing, windows = _dated_rates(line["prices"], day)
    if standing is None:
        return None
    variants = Variants()
    if context and vendor == entry.owner:
        variants = _variants_on(line, vendor, day, context)
    discount = NO_DISCOUNT
    if context:
        found = _find_discount(variants, vendor, day, context)
        if found is None:
            return None
        discount = found
    output = _rate_of_output(context)
    own = standing | variants.rates
    unknown = [_CHARGED_BY[name] for name, rate in own.items() if rate is None]
    return Price(
        version=version,
        vendor=vendor,
        model=name,
        reads_inside=reads_inside,
        percent=discount.percent,
        tariff=_apply_discount(_tariff(own, name, output), discount),
        windows=tuple(
            (start, end, _apply_discount(_tariff(rates | variants.rates, name, output), discount))
            for start, end, rates in windows
        ),
        lacks=frozenset().union(*unknown),
    )


_CHARGED_BY = {
    "read": {"cache_read", "audio_read"},
    "write": {"cache_write", "cache_write_1h"},
}
"""The book's names of the rates that may be unknown, and what is charged by them."""
NO_DISCOUNT = batches.Discount(100, includes_reads=True)


def _find_discount(
    variants: "Variants", vendor: str, day: int, context: Context
) -> batches.Discount | None:
    """What a context takes off the rates that the list has for it; None for a tier whose price
    nobody knows."""
    unlisted = set(context) - variants.properties
    if any(name in TIERS for name, _ in unlisted):
        return None
    return batches.discount_of(vendor, day) if BATCH in unlisted else NO_DISCOUNT


def _apply_discount(tariff: Tariff, discount: batches.Discount) -> Tariff:
    """A tariff of which a percentage is charged, so that what is not discounted comes out whole."""
    if discount.includes_reads:
        return tariff
    times = 100 // discount.percent
    steps = tuple((start, _raise_reads(rates, times)) for start, rates in tariff.steps)
    return Tariff(_raise_reads(tariff.base, times), steps)


def _raise_reads(rates: Rates, times: int) -> Rates:
    audio = None if rates.audio_read is None else rates.audio_read * times
    return replace(rates, cache_read=rates.cache_read * times, audio_read=audio)


def standing_on(line: Mapping[str, Any], day: int) -> Mapping[str, Any] | None:
    """The standing rates of a model of the book on a UTC day (days since 1970), as the book writes
    them; None when tokens do not tell the cost."""
    if line.get("free"):
        return {"in": 0, "out": 0}
    standing, _ = _dated_rates(line["prices"], day)
    return standing


def _dated_rates(
    prices: list[list[Any]], day: int
) -> tuple[dict[str, Any] | None, list[tuple[int, int, dict[str, Any]]]]:
    """The standing rates of a day, and (start, end, rates) of the windows that go before them;
    later entries of the book go first."""
    windows: list[tuple[int, int, dict[str, Any]]] = []
    for when, rates in reversed(prices):
        if isinstance(when, list):
            windows.append((when[0], when[1], rates))
        elif when is None or _day(when) <= day:
            return rates, windows
    return (prices[0][1] if prices else None), windows


@dataclass(frozen=True, slots=True)
class Variants:
    """Rates that a context has apart, and the properties of the context that have any."""

    rates: dict[str, Any] = field(default_factory=dict)
    properties: frozenset[tuple[str, str]] = frozenset()


def _variants_on(line: Mapping[str, Any], vendor: str, day: int, context: Context) -> Variants:
    """The variants of a model that a context selects on a UTC day (days since 1970); of two with
    the same rate the first wins."""
    rates: dict[str, Any] = {}
    properties: set[tuple[str, str]] = set()
    for wanted, when, prices in line.get("variants", ()):
        selected = set(wanted.items())
        if selected <= set(context) and _holds(line, vendor, wanted, when, day):
            rates = prices | rates
            properties |= selected
    return Variants(rates, frozenset(properties))


def _holds(
    line: Mapping[str, Any], vendor: str, wanted: Mapping[str, str], when: str | None, day: int
) -> bool:
    """Whether a variant of a list holds on a UTC day (days since 1970). The day from which the
    list has it may only be the day on which somebody looked: the first one reaches back to when
    the tier began, as long as the standing price is the same."""
    if when is None or _day(when) <= day:
        return True
    starts = [each for selects, each, _ in line["variants"] if selects == wanted]
    if None in starts or when != min(starts):
        return False
    if _dated_rates(line["prices"], day) != _dated_rates(line["prices"], _day(when)):
        return False
    return all(batches.has_begun(vendor, each, day) for each in wanted.items())


def _rate_of_output(context: Context) -> str:
    """The book's name of the rate for output tokens."""
    for item in context:
        if item in _RATE_OF_PICTURES:
            return _RATE_OF_PICTURES[item]
    return "out"


def _day(text: str) -> int:
    """Days since 1970 of YYYY-MM-DD."""
    return day_start(text) // DAY


def _tariff(price: Mapping[str, Any], model: str, output: str) -> Tariff:
    """The tariff of a price of the book; `output` is its name of the rate for output tokens."""
    if output in price and output != "out":
        # Reasoning is text: without a rate of its own it costs what output in text does.
        text = {"think": price["out"]} if "out" in price else {}
        price = {**text, **price, "out": price[output]}
    steps = tuple(
        (start, _rates(_flat_rates(price, start), model))
        for start in sorted(_thresholds(price), reverse=True)
    )
    return Tariff(base=_rates(_flat_rates(price, 0), model), steps=steps)


def _thresholds(price: Mapping[str, Any]) -> set[int]:
    """The context sizes behind which any rate changes; those of a model's rates need not be the
    same."""
    found: set[int] = set()
    for rate in price.values():
        if isinstance(rate, list):
            found.update(start for start, _ in rate[1:])
    return found


def _flat_rates(price: Mapping[str, Any], threshold: int) -> dict[str, int]:
    """Each rate of a call just over a threshold of context size; 0: of any call."""
    return {name: _rate_over(rate, threshold) for name, rate in price.items()}


def _rate_over(rate: int | Sequence[Any] | None, threshold: int) -> int:
    """The rate of a call just over a threshold, of a number or [base, [start, rate], …]; 0 when
    nobody knows it."""
    if rate is None or isinstance(rate, int):
        return rate or 0
    base, *tiers = rate
    value: int = base
    for start, tier in tiers:
        if start <= threshold:
            value = tier
    return value


def _rates(flat: Mapping[str, int], model: str) -> Rates:
    """The rates of a model by the book's names of them, gaps filled."""
    ordinary, output = flat["in"], flat.get("out", 0)
    write = flat.get("write", ordinary)
    # Anthropic charges 1.25 × input for a write that lives 5 minutes and 2 × for one hour.
    # Resellers' lists often name the first only.
    lasting = 2 * ordinary if "claude" in model and "write" in flat else write
    return Rates(
        input=ordinary,
        output=output,
        reasoning=flat.get("think", output),
        cache_read=flat.get("read", ordinary),
        cache_write=write,
        cache_write_1h=flat.get("write1h", lasting),
        call=flat.get("call", 0),
        audio_input=flat.get("ain"),
        audio_output=flat.get("aout"),
        audio_read=flat.get("aread", flat.get("read", flat.get("ain"))),
        search=flat.get("search"),
        grounding=flat.get("ground"),
    )
