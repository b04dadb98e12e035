"""Rating: what one call cost, from its token counts, what the client stated, and a price source. Pure and exact.

The rules, in this order:

1. A call whose billing was skipped costs nothing: FREE.
2. A total that the client states is the cost.
3. Otherwise the cost is the sum of four legs: input, output, cache read, cache creation. A leg that the client states
   is taken as it is; every other one is tokens × rate × cost multiplier (to 12 decimals). Cache reads that the vendor
   counts inside the input are taken out of the input leg (overlap.py). Reasoning tokens are part of the output. Where
   the vendor has a flat fee per call, it is charged with the input leg, once there are tokens at all.
4. A leg with tokens and without a known price makes the cost unknown: UNPRICED, never 0. A priced model that used no
   tokens (a failed call) is PRICED with 0.

Every computed leg is one integer fraction, rounded once, half to even, to a nano-USD; the cost is the sum of the legs.
So legs always add up, and a cost is off the exact one by at most half a nano-USD a leg (2 nano-USD a call). The book's
own rates are whole nano-USD a million tokens; 26 of its 7,000 were rounded to that, and are off by at most half a
nano-USD per million tokens.
"""

from decimal import Decimal

from chalicelib.kit.money import divide, to_nano
from chalicelib.pricing.book import PriceSource
from chalicelib.pricing.rates import BATCH, Context, Price
from chalicelib.pricing.usage import Legs, Rating, Source, Status, Usage

_MILLION = 1_000_000
_CLIENT = "client"
"""Price version of a cost that no book was asked for."""
SERVICE_TIERS = frozenset({"fast", "flex", "priority"})
"""Service tiers that some vendor prices apart; every other one costs the standard price."""
SPEEDS = frozenset({"fast"})


_NOTHING = Legs(0, 0, 0, 0)
_UNKNOWN = Legs(None, None, None, None)
_UNSAID = (None, None, None, None)


def rate(usage: Usage, prices: PriceSource) -> Rating:
    """Rate one call. See the module's rules."""
    if usage.billing_skipped:
        return Rating(Status.FREE, Source.SKIPPED, prices.version, 0, _NOTHING)
    if usage.total_cost is not None:
        return Rating(Status.PRICED, Source.CLIENT, _CLIENT, to_nano(usage.total_cost), _stated(usage))
    price = prices.price(usage.provider, usage.model, usage.instant, _context(usage))
    stated = _stated(usage)
    if stated is not _UNKNOWN:
        return _mixed(usage, stated, price, prices.version)
    if price is None:
        return Rating(Status.UNPRICED, Source.NONE, prices.version, None, _UNKNOWN)
    cost, legs = _computed(usage, price)
    return Rating(Status.FREE if price.free else Status.PRICED, Source.BOOK, price.version, cost, legs)


def _context(usage: Usage) -> Context:
    if usage.pricing_tier == "STANDARD" and not usage.service_tier and not usage.speed:
        return ()
    batch = (BATCH,) if usage.pricing_tier == "BATCH" else ()
    tier, speed = usage.service_tier.lower(), usage.speed.lower()
    return (
        *batch,
        *((("service_tier", tier),) if tier in SERVICE_TIERS else ()),
        *((("speed", speed),) if speed in SPEEDS else ()),
    )


def _stated(usage: Usage) -> Legs:
    """The legs that the client states; `_UNKNOWN` when there is none, as for nearly every call."""
    costs = (usage.input_cost, usage.output_cost, usage.cache_read_cost, usage.cache_creation_cost)
    if costs == _UNSAID:
        return _UNKNOWN
    return Legs(*(None if cost is None else to_nano(cost) for cost in costs))


def _mixed(usage: Usage, stated: Legs, price: Price | None, version: str) -> Rating:
    """The stated legs and the computed rest; a leg without tokens needs no price."""
    prompt, output, _, read, written, _ = _charged(usage, price is not None and price.gross)
    empty = (not prompt, not output, not read, not written)
    computed = _computed(usage, price)[1] if price else Legs(*(0 if none else None for none in empty))
    legs = Legs(*(rest if given is None else given for given, rest in zip(stated, computed, strict=True)))
    if None in legs:
        return Rating(Status.UNPRICED, Source.NONE, version, None, legs)
    stands_alone = all(none or given is not None for given, none in zip(stated, empty, strict=True))
    cost = sum(leg for leg in legs if leg is not None)
    if stands_alone:
        return Rating(Status.PRICED, Source.CLIENT, _CLIENT, cost, legs)
    return Rating(Status.PRICED, Source.MIXED, version, cost, legs)


def _charged(usage: Usage, gross: bool) -> tuple[int, int, int, int, int, int]:
    """Prompt, output, reasoning, cache-read, cache-written and (of those) 1-hour tokens as they are charged: without
    overlap, nothing negative, the parts within their wholes."""
    prompt, output, reasoning, read = usage.input, usage.output, usage.reasoning, usage.cache_read
    written, short, lasting = usage.cache_creation, usage.cache_creation_5m, usage.cache_creation_1h
    if read < 0:
        read = 0
    if gross:
        prompt -= read
    if short < 0:
        short = 0
    if lasting < 0:
        lasting = 0
    if written < short + lasting:
        written = short + lasting
    if reasoning > output:
        reasoning = output
    return (
        prompt if prompt > 0 else 0,
        output if output > 0 else 0,
        reasoning if reasoning > 0 else 0,
        read,
        written,
        lasting,
    )


def _computed(usage: Usage, price: Price) -> tuple[int, Legs]:
    """The cost and its legs by the price. Integers until each leg's one rounding: a float would lose the last nano."""
    prompt, output, reasoning, read, written, lasting = _charged(usage, price.gross)
    rates = price.tariff_at(usage.instant).at(prompt + read + written)
    fee = rates.call * _MILLION if prompt or output or read or written else 0
    times, per = 1, _MILLION
    if price.percent != 100:
        times, per = price.percent, _MILLION * 100
    if usage.cost_multiplier is not None:
        times, per = times * _factor(usage.cost_multiplier), per * _MILLION * _MILLION
    fresh = divide((prompt * rates.input + fee) * times, per)
    made = divide(((output - reasoning) * rates.output + reasoning * rates.reasoning) * times, per)
    reread = divide(read * rates.cache_read * times, per)
    kept = divide(((written - lasting) * rates.cache_write + lasting * rates.cache_write_1h) * times, per)
    return fresh + made + reread + kept, Legs(fresh, made, reread, kept)


def _factor(multiplier: Decimal) -> int:
    """The multiplier in millionths of a millionth. Its exact fraction would be as long as the caller's exponent says:
    1e-99999999 is a number, and 10 to that power fills the memory."""
    return int(multiplier.scaleb(12).to_integral_value())
