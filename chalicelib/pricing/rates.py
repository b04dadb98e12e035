"""Rates: what the book charges for a model on one day, made ready for integer arithmetic.

A model of the book's JSON is `{"id", "match", "prices": [[when, price], …], "variants":
[[properties, when, price], …]}` or `{"id", "match", "free": true}`. `when` is null (always),
"YYYY-MM-DD" (from that UTC day on) or a pair of milliseconds of the UTC day (end excluded). A price
maps `in`, `out`, `think`, `read`, `write`, `write1h`, of audio `ain`, `aout`, `aread`, and for the
output of image and video calls `img` and `vid`, to nano-USD a million tokens, each a number or
`[base, [start, rate], …]` by context size, and `call` to nano-USD a call; a null price says that
tokens do not tell the cost. `as` is the name by which a model is found that its id does not find,
null if there is none.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from chalicelib.kit.clock import DAY, day_start
from chalicelib.pricing import batches
from chalicelib.pricing.overlap import reports_gross
from chalicelib.pricing.usage import Source

Context = tuple[tuple[str, str], ...]
"""Properties of a request that select other prices of tokens: processing (batch), service_tier,
speed, and the kind of a call that makes images or videos. Empty for a plain call."""

BATCH = ("processing", "batch")

_PICTURED = {("kind", "IMAGE"): "img", ("kind", "VIDEO"): "vid"}
"""What the output tokens of an image or video call are, where the list prices them apart from
text."""


class Rates(NamedTuple):
    """Nano-USD a million tokens; `call` is nano-USD a call. Nothing is missing here: a model
    without a rate for reading or writing its cache charges those tokens as input, one without a
    rate for reasoning charges it as output, and audio without a rate of its own (None) is charged
    as text."""

    input: int
    output: int
    reasoning: int
    cache_read: int
    cache_write: int
    cache_write_1h: int
    call: int
    audio_input: int | None = None
    audio_output: int | None = None
    audio_read: int | None = None


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


FREE = Tariff(Rates(0, 0, 0, 0, 0, 0, 0))


@dataclass(frozen=True, slots=True)
class Price:
    """What one model costs on one UTC day under one context."""

    version: str
    vendor: str
    """Id of the provider that charges."""
    model: str
    gross: bool
    """Input tokens include cache reads (see overlap.py)."""
    free: bool
    percent: int
    """Of the rates that are charged: below 100 for a batch call that has no price of its own."""
    tariff: Tariff
    windows: tuple[tuple[int, int, Tariff], ...] = ()
    """Times of the UTC day with a tariff of their own, in ms, end excluded; the first that holds
    wins."""
    source: Source = Source.BOOK
    lacks: frozenset[str] = frozenset()
    """Names of rates that nobody knows; they are 0 in the tariff, and a token charged by one is
    unpriced. Empty for list prices, where silence means "as input"."""

    def tariff_at(self, instant: int) -> Tariff:
        """The tariff at an instant (UTC epoch ms) of the day."""
        moment = instant % DAY
        for start, end, tariff in self.windows:
            if (start <= moment < end) if start <= end else (moment >= start or moment < end):
                return tariff
        return self.tariff


def price_on(
    model: Mapping[str, Any], day: int, context: Context, *, version: str, vendor: str, owner: str
) -> Price | None:
    """The price of a model of the book on a UTC day (days since 1970). None when tokens do not tell
    the cost.

    `vendor` charges for the call, `owner` is the provider in whose list the model stands; context
    prices hold in the vendor's own list only.
    """
    name: str = model["id"]
    gross = reports_gross(vendor, name)
    if model.get("free"):
        return Price(version, vendor, name, gross, True, 100, FREE)
    standing, windows = _dated(model["prices"], day)
    if standing is None:
        return None
    overrides, properties = (
        _overrides(model, day, context) if vendor == owner else ({}, frozenset())
    )
    output = next((_PICTURED[item] for item in context if item in _PICTURED), "out")
    return Price(
        version,
        vendor,
        name,
        gross,
        False,
        batches.percent(vendor) if BATCH in context and BATCH not in properties else 100,
        _tariff(standing | overrides, name, output),
        tuple(
            (start, end, _tariff(rates | overrides, name, output)) for start, end, rates in windows
        ),
    )


def standing_on(model: Mapping[str, Any], day: int) -> Mapping[str, Any] | None:
    """The standing rates of a model of the book on a UTC day, as the book writes them."""
    return {"in": 0, "out": 0} if model.get("free") else _dated(model["prices"], day)[0]


def _dated(
    prices: list[list[Any]], day: int
) -> tuple[dict[str, Any] | None, list[tuple[int, int, dict[str, Any]]]]:
    """The standing price of a day, and the windows that stand before it; later entries of the book
    go first."""
    windows: list[tuple[int, int, dict[str, Any]]] = []
    for when, rates in reversed(prices):
        if isinstance(when, list):
            windows.append((when[0], when[1], rates))
        elif when is None or _day(when) <= day:
            return rates, windows
    return prices[0][1], windows


def _overrides(
    model: Mapping[str, Any], day: int, context: Context
) -> tuple[dict[str, Any], frozenset[tuple[str, str]]]:
    """Prices of the context, the first variant that names one wins, and the properties that had
    any."""
    overrides: dict[str, Any] = {}
    applied: set[tuple[str, str]] = set()
    for wanted, when, rates in model.get("variants", ()):
        if set(wanted.items()) <= set(context) and (when is None or _day(when) <= day):
            overrides = rates | overrides
            applied |= set(wanted.items())
    return overrides, frozenset(applied)


def _day(text: str) -> int:
    return day_start(text) // DAY


def _tariff(price: Mapping[str, Any], model: str, output: str) -> Tariff:
    if output in price and output != "out":
        text = {"think": price["out"]} if "out" in price else {}
        price = {**text, **price, "out": price[output]}
    starts = {start for rate in price.values() if isinstance(rate, list) for start, _ in rate[1:]}
    return Tariff(
        base=_rates({name: next(_rising(rate)) for name, rate in price.items()}, model),
        steps=tuple(
            (start, _rates(_behind(price, start), model)) for start in sorted(starts, reverse=True)
        ),
    )


def _behind(price: Mapping[str, Any], threshold: int) -> dict[str, int]:
    """Each rate of a call just over a threshold; the thresholds of a model's rates need not be the
    same."""
    return {name: tuple(_rising(rate, threshold))[-1] for name, rate in price.items()}


def _rising(rate: int | list[Any], threshold: int = 0) -> Iterator[int]:
    """The base rate, then those of the thresholds up to the given one."""
    steps: list[Any] = rate if isinstance(rate, list) else [rate]
    base, *tiers = steps
    yield base
    yield from (value for start, value in tiers if start <= threshold)


def _rates(flat: Mapping[str, int], model: str) -> Rates:
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
    )
