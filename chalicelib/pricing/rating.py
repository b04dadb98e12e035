"""Rating: what one call cost, from what it used, what the client stated, and a price source. Pure
and exact.

The rules, in this order:

1. A call whose billing was skipped costs nothing: FREE.
2. A total that the client states is the cost.
3. Otherwise the cost is the sum of five legs: input, output, cache read, cache creation, and media,
   which is all that is not tokens. A leg that the client states is taken as it is; every other one
   is quantity × price × cost multiplier (to 12 decimals). Token counts that hold one another are
   taken apart (overlap.py). Reasoning tokens are part of the output. Where the vendor has a flat
   fee per call, it is charged with the input leg, once there are tokens at all.
4. A completion is charged by its tokens. Any other call is charged by one unit: the one that it
   states, or that its quantities say (quantities.py); when that has no price, by another one that
   has a price and a quantity. Units of the same family stand in for each other: an hour is 60
   minutes, and the pixels of an image are those of its resolution. A vendor's own estimate of what
   its tokens come to in minutes gives way to the tokens. Few vendors bill minutes and tokens of one
   call; then both are charged.
5. A leg with a quantity and without a known price makes the cost unknown: UNPRICED, never 0. A
   priced model that used nothing (a failed call) is PRICED with 0; audio of untold length is
   UNPRICED.

Every computed leg is one integer fraction, rounded once, half to even, to a nano-USD; the cost is
the sum of the legs. So legs always add up, and a cost is off the exact one by at most half a
nano-USD a leg (2 nano-USD a call). The book's own rates are whole nano-USD a million tokens; 26 of
its 7,000 were rounded to that, and are off by at most half a nano-USD per million tokens.
"""

from chalicelib.kit.money import divide, to_nano
from chalicelib.pricing.book import PriceSource
from chalicelib.pricing.quantities import MEASURES, amount, has_media, has_tokens, unit_of
from chalicelib.pricing.rates import Price
from chalicelib.pricing.tokens import MILLION, charged, computed, scale
from chalicelib.pricing.traits import context_of
from chalicelib.pricing.units import Offer, Quote
from chalicelib.pricing.usage import Legs, Picker, Rating, Source, Status, Usage, picker

_CLIENT = "client"
"""Price version of a cost that no book was asked for."""
_COMPLETION = "COMPLETION"
_NOTHING = Legs(0, 0, 0, 0, 0)
_UNKNOWN = Legs(None, None, None, None, 0)
_ALL_UNKNOWN = Legs(None, None, None, None, None)
_UNSAID = (None, None, None, None)
_costs: Picker = picker("input_cost", "output_cost", "cache_read_cost", "cache_creation_cost")
_facts: Picker = picker(
    "kind", "subtype", "resolution", "quality", "pricing_tier", "service_tier", "speed"
)


def rate(usage: Usage, prices: PriceSource) -> Rating:
    """Rate one call. See the module's rules."""
    if usage.billing_skipped:
        return Rating(Status.FREE, Source.SKIPPED, prices.version, 0, _NOTHING)
    if usage.total_cost is not None:
        return Rating(
            Status.PRICED, Source.CLIENT, _CLIENT, to_nano(usage.total_cost), _stated(usage)
        )
    if usage.kind == _COMPLETION:
        if (
            usage.pricing_tier == "STANDARD"
            and not usage.service_tier
            and not usage.speed
            and not usage.subtype
        ):
            price = prices.price(usage.provider, usage.model, usage.instant)
        else:
            price = _price(usage, prices)
        rating = _by_tokens(usage, price, prices.version)
    else:
        offer = prices.offer(usage.provider, usage.model, usage.instant, _facts(usage))
        price = offer.price
        rating = _by_unit(usage, offer, prices.version)
    return (
        rating
        if _costs(usage) == _UNSAID
        else _mixed(usage, rating, price is not None and price.gross)
    )


def _price(usage: Usage, prices: PriceSource) -> Price | None:
    """The price of the tokens of a completion that is not a plain one."""
    if usage.subtype:
        return prices.offer(usage.provider, usage.model, usage.instant, _facts(usage)).price
    context = context_of(usage.pricing_tier, usage.service_tier, usage.speed)
    return prices.price(usage.provider, usage.model, usage.instant, context)


def _by_tokens(usage: Usage, price: Price | None, version: str) -> Rating:
    if price is None:
        return Rating(Status.UNPRICED, Source.NONE, version, None, _UNKNOWN)
    legs = computed(usage, price, charged(usage, price.gross))
    fresh, made, reread, kept, _ = legs
    if fresh is None or made is None or reread is None or kept is None:
        return Rating(Status.UNPRICED, Source.NONE, price.version, None, legs)
    status = Status.FREE if price.free else Status.PRICED
    return Rating(status, price.source, price.version, fresh + made + reread + kept, legs)


def _by_unit(usage: Usage, offer: Offer, version: str) -> Rating:
    """By the unit that the usage states or shows, else by another that has a price and a
    quantity."""
    if offer.beside is not None:
        return _by_both(usage, offer, offer.beside, version)
    unit = unit_of(usage)
    quote = offer.quotes.get(unit)
    if quote is not None and (quantity := amount(usage, quote.unit)) is not None:
        told_in_tokens = (
            quote.estimate and not usage.unit and offer.price is not None and has_tokens(usage)
        )
        if not told_in_tokens:
            return _media(usage, quote, quantity)
    if offer.price is not None and has_tokens(usage):
        return _by_tokens(usage, offer.price, version)
    for other in MEASURES:
        if (
            (quote := offer.quotes.get(other))
            and (quantity := amount(usage, quote.unit))
            and quantity[0]
        ):
            return _media(usage, quote, quantity)
    if quote := offer.quotes.get("PER_CALL"):
        return _media(usage, quote, (1, 1))
    return _leftover(usage, offer, unit, version)


def _by_both(usage: Usage, offer: Offer, quote: Quote, version: str) -> Rating:
    """By the tokens, and by the unit that is charged on top of them."""
    tokens = _by_tokens(usage, offer.price, version)
    quantity = amount(usage, quote.unit)
    if quantity is None:
        return tokens
    media = _media(usage, quote, quantity)
    if not has_tokens(usage):
        return media
    legs = tokens.legs._replace(media=media.cost)
    if tokens.cost is None or media.cost is None:
        return Rating(Status.UNPRICED, Source.NONE, tokens.price_version, None, legs)
    versions = f"{tokens.price_version}+{media.price_version}"
    return Rating(Status.PRICED, tokens.source, versions, tokens.cost + media.cost, legs)


def _media(usage: Usage, quote: Quote, quantity: tuple[int, int]) -> Rating:
    """The cost by one unit."""
    times, per = 1, MILLION
    if quote.percent != 100 or usage.cost_multiplier is not None:
        times, per = scale(usage.cost_multiplier, quote.percent)
    media = divide(quantity[0] * quote.price * times, quantity[1] * per)
    return Rating(Status.PRICED, quote.source, quote.version, media, Legs(0, 0, 0, 0, media))


def _leftover(usage: Usage, offer: Offer, unit: str, version: str) -> Rating:
    """A usage that no price covers: there was nothing of it, or nobody knows what it costs. Audio
    whose length the client does not tell was not nothing, unless the call failed."""
    untold = usage.kind == "AUDIO" and usage.seconds is None and not usage.failed
    used = has_tokens(usage) or has_media(usage) or untold
    if not used and (
        quote := offer.quotes.get(unit)
        or (None if usage.unit else next(iter(offer.quotes.values()), None))
    ):
        return _media(usage, quote, (0, 1))
    if not used and (unit == "PER_TOKEN" or not usage.unit):
        return _by_tokens(usage, offer.price, version)
    return Rating(Status.UNPRICED, Source.NONE, version, None, _ALL_UNKNOWN)


def _mixed(usage: Usage, rating: Rating, gross: bool) -> Rating:
    """The stated legs and the computed rest; a leg without a quantity needs no price."""
    fresh, made, thought, read, written, lasting, heard, spoken, reread = charged(usage, gross)
    media = rating.legs.media
    sums = (fresh + heard, made + thought + spoken, read + reread, written + lasting)
    # Charged by media alone, the tokens are not.
    used = (
        *(
            tokens > 0 and not (media and not leg)
            for tokens, leg in zip(sums, rating.legs, strict=False)
        ),
        media != 0,
    )
    stated = _stated(usage)._replace(media=None)
    rest = (0 if not some else leg for some, leg in zip(used, rating.legs, strict=True))
    legs = Legs(*(leg if given is None else given for given, leg in zip(stated, rest, strict=True)))
    if None in legs:
        return Rating(Status.UNPRICED, Source.NONE, rating.price_version, None, legs)
    cost = sum(leg for leg in legs if leg is not None)
    if all(given is not None or not some for given, some in zip(stated, used, strict=True)):
        return Rating(Status.PRICED, Source.CLIENT, _CLIENT, cost, legs)
    return Rating(Status.PRICED, Source.MIXED, rating.price_version, cost, legs)


def _stated(usage: Usage) -> Legs:
    """The legs that the client states; None where it does not. Nobody states what is not tokens
    apart."""
    media = 0 if usage.kind == _COMPLETION else None
    return Legs(*(None if cost is None else to_nano(cost) for cost in _costs(usage)))._replace(
        media=media
    )
