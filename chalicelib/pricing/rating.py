"""Rating: what one call cost, from what it used, what the client stated, and a price source. Pure
and exact.

The rules, in this order:

1. A call whose billing was skipped costs nothing, and so does one that failed without using
   anything: FREE.
2. A total that the client states is the cost.
3. Otherwise the cost is the sum of five legs: input, output, cache read, cache creation, and media,
   which is all that is not tokens. A leg that the client states is taken as it is; every other one
   is quantity × price × cost multiplier (to 12 decimals). Token counts that hold one another are
   taken apart (overlap.py). Reasoning tokens are part of the output. Where the vendor has a flat
   fee per call, it is charged with the input leg, once there are tokens at all; web searches that
   the client counts are charged with the media leg (fees.py). Cache writes of untold lifetime are
   charged for 5 minutes, unless the reported cost is that of one hour (lifetimes.py).
4. A completion is charged by its tokens. Any other call is charged by one unit: the one that it
   states, or that its quantities say (quantities.py); when that has no price, by another one that
   has a price and a quantity. Units of the same family stand in for each other: an hour is 60
   minutes, and the pixels of an image are those of its resolution. A vendor's own estimate of what
   its tokens come to in minutes gives way to the tokens. Few vendors bill minutes and tokens of one
   call; then both are charged.
5. A leg with a quantity and without a known price makes the cost unknown: UNPRICED with a reason,
   never 0. A priced completion that used nothing is PRICED with 0, unless its client reports a
   cost; audio and video of untold length or of 0 seconds and images without a number are
   UNPRICED, and so are tokens that stand in the total alone, unless it is certain which they are
   (see totals.py). A tier that was asked for and not confirmed is neither charged nor taken for
   the standard one: vendors charge for the tier that served
   (platform.openai.com/docs/api-reference/chat: "this response value may be different from the
   value set in the parameter").

Every computed leg is one integer fraction, rounded once, half to even, to a nano-USD; the cost is
the sum of the legs. So legs always add up, and a cost is off the exact one by at most half a
nano-USD a leg (2 nano-USD a call). The book's own rates are whole nano-USD a million tokens; 26 of
its 7,000 were rounded to that, and are off by at most half a nano-USD per million tokens.
"""

from dataclasses import replace
from decimal import Decimal

from chalicelib.kit.money import divide, to_nano
from chalicelib.pricing.book import PriceSource
from chalicelib.pricing.fees import price_searches
from chalicelib.pricing.lifetimes import lives_an_hour
from chalicelib.pricing.quantities import (
    MEASURES,
    Quantity,
    billed_unit,
    has_media,
    has_tokens,
    lacks_length,
    quantity_of,
)
from chalicelib.pricing.rates import Price
from chalicelib.pricing.tokens import MILLION, price_tokens, scale, split_tokens
from chalicelib.pricing.totals import add_thoughts, explain_total
from chalicelib.pricing.traits import context_of, tier_word
from chalicelib.pricing.units import SECONDS, Offer, Quote
from chalicelib.pricing.usage import (
    FREE,
    PRICED,
    UNPRICED,
    CallCost,
    Legs,
    Reason,
    Source,
    Usage,
)

_CLIENT = "client"
"""Price version of a cost that no book was asked for."""
_COMPLETION = "COMPLETION"
_NO_PRICE = Reason.NO_PRICE
_NOTHING = Legs(0, 0, 0, 0, 0)
_UNKNOWN = Legs(None, None, None, None, 0)
_ALL_UNKNOWN = Legs(None, None, None, None, None)


def rate(usage: Usage, prices: PriceSource) -> CallCost:
    """The cost of one call. See the module's rules."""
    if usage.billing_skipped:
        return CallCost(FREE, Source.SKIPPED, prices.version, 0, _NOTHING)
    if usage.total_cost is not None:
        total = to_nano(usage.total_cost)
        return CallCost(PRICED, Source.CLIENT, _CLIENT, total, _stated_legs(usage))
    if usage.failed and _used_nothing(usage):
        return CallCost(FREE, Source.SKIPPED, prices.version, 0, _NOTHING)
    if usage.asked_tier and _awaits_tier(usage):
        return _rate_untold_tier(usage, prices)
    if usage.kind == _COMPLETION:
        price = _price_of_tokens(usage, prices)
        cost = _rate_tokens(usage, price, prices.version)
    else:
        offer = prices.offer(usage.provider, usage.model, usage.instant, usage.facts())
        price = offer.price
        cost = _rate_units(usage, offer, prices.version)
    if cost.reason is _NO_PRICE:
        cost.reason = _reason_without_price(usage, prices)
    if _states_legs(usage):
        reads_inside = price is not None and price.reads_inside
        return _with_stated_legs(usage, cost, reads_inside)
    return cost


def _awaits_tier(usage: Usage) -> bool:
    """Whether a tier was asked for and none is told that served the call."""
    is_told = bool(usage.service_tier) or usage.pricing_tier != "STANDARD"
    return not is_told and bool(tier_word(usage.asked_tier))


def _rate_untold_tier(usage: Usage, prices: PriceSource) -> CallCost:
    """The cost of a call of which only the tier is known that was asked for. Vendors charge for
    the tier that served it, which may be the standard one: the cost is known where both come to
    the same."""
    standard = rate(replace(usage, asked_tier=""), prices)
    served = rate(replace(usage, asked_tier="", service_tier=usage.asked_tier), prices)
    if standard.cost is None or standard.cost == served.cost:
        return standard
    legs = (
        one if one == two else None for one, two in zip(standard.legs, served.legs, strict=True)
    )
    return _unknown_cost(standard.price_version, Legs(*legs), Reason.TIER_NOT_TOLD)


def _used_nothing(usage: Usage) -> bool:
    """Whether nothing of a call could be charged, stated costs included."""
    return not (usage.stated or has_tokens(usage) or has_media(usage) or _states_legs(usage))


def _reason_without_price(usage: Usage, prices: PriceSource) -> Reason:
    """Why a call has no price: its tier, if the standard one has a price."""
    facts = usage.facts()._replace(pricing_tier="STANDARD", service_tier="", speed="")
    standard = prices.offer(usage.provider, usage.model, usage.instant, facts)
    has_price = standard.price is not None or bool(standard.quotes)
    is_standard = not context_of(usage.facts()._replace(kind=_COMPLETION))
    return Reason.NO_TIER_PRICE if has_price and not is_standard else Reason.NO_PRICE


def _states_legs(usage: Usage) -> bool:
    return (
        usage.input_cost is not None
        or usage.output_cost is not None
        or usage.cache_read_cost is not None
        or usage.cache_creation_cost is not None
    )


def _price_of_tokens(usage: Usage, prices: PriceSource) -> Price | None:
    """The price of the tokens of a completion. Nearly all are plain ones, whose price depends on
    nothing but the model."""
    if usage.subtype:
        return prices.offer(usage.provider, usage.model, usage.instant, usage.facts()).price
    if usage.pricing_tier != "STANDARD" or usage.service_tier or usage.speed:
        context = context_of(usage.facts())
        return prices.price(usage.provider, usage.model, usage.instant, context)
    return prices.price(usage.provider, usage.model, usage.instant)


def _unknown_cost(version: str, legs: Legs, reason: Reason | None) -> CallCost:
    """An unknown cost; `version` names the prices that were asked."""
    return CallCost(UNPRICED, Source.NONE, version, None, legs, reason)


def _rate_tokens(usage: Usage, price: Price | None, version: str) -> CallCost:
    """The cost by the price of tokens; `version` names the source that knows none."""
    if price is None:
        return _unknown_cost(version, _UNKNOWN, Reason.NO_PRICE)
    if usage.stated and not has_tokens(usage):
        # Its client reports a cost: it used something.
        return _unknown_cost(price.version, _UNKNOWN, Reason.NO_QUANTITY)
    split = split_tokens(usage, price.reads_inside)
    version = price.version
    if usage.total > usage.input + usage.output and not explain_total(usage, price, split):
        if not add_thoughts(usage, split):
            return _unknown_cost(version, _UNKNOWN, Reason.UNCLEAR_TOKENS)
        version = f"{version}+thoughts-of-total"
    legs = price_tokens(usage, price, split)
    if usage.cache_creation and usage.stated is not None and lives_an_hour(usage, price, legs):
        split.cache_write, split.cache_write_1h = 0, split.cache_write
        legs, version = price_tokens(usage, price, split), f"{version}+1h-as-stated"
    if usage.searches != 0:
        legs = legs._replace(media=price_searches(usage, price))
    fresh, made, reread, written, fees = legs
    if fresh is None or made is None or reread is None or written is None or fees is None:
        if usage.searches is None:
            return _unknown_cost(version, legs, Reason.NO_QUANTITY)
        return _unknown_cost(version, legs, Reason.NO_RATE)
    status = FREE if price.free else PRICED
    cost = fresh + made + reread + written + fees
    return CallCost(status, price.source, version, cost, legs)


def _rate_units(usage: Usage, offer: Offer, version: str) -> CallCost:
    """By the unit that the usage states or shows, else by another that has a price and a
    quantity."""
    if offer.beside is not None:
        return _rate_both(usage, offer, offer.beside, version)
    unit = billed_unit(usage)
    quote = offer.quotes.get(unit)
    if quote is not None and not _tokens_go_first(usage, offer, quote):
        quantity = quantity_of(usage, quote.unit)
        if quantity is not None:
            return _rate_quantity(usage, quote, quantity)
    if offer.price is not None and has_tokens(usage):
        return _rate_tokens(usage, offer.price, version)
    measured = _measured_quote(usage, offer)
    if measured is not None:
        return _rate_quantity(usage, *measured)
    per_call = offer.quotes.get("PER_CALL")
    if per_call is not None:
        return _rate_quantity(usage, per_call, (1, 1))
    return _rate_nothing(usage, offer, unit, version)


def _tokens_go_first(usage: Usage, offer: Offer, quote: Quote) -> bool:
    """Whether a quote is only the vendor's estimate of what the tokens come to, the tokens have a
    price, and the client does not ask for the quote's unit."""
    return quote.estimate and not usage.unit and offer.price is not None and has_tokens(usage)


def _measured_quote(usage: Usage, offer: Offer) -> tuple[Quote, Quantity] | None:
    """The first quote of a unit of which the usage holds more than nothing. A quantity of 0 says
    that the call was not of that unit: it must not make an unknown cost a free one."""
    for unit in MEASURES:
        quote = offer.quotes.get(unit)
        if quote is None:
            continue
        quantity = quantity_of(usage, quote.unit)
        if quantity and quantity[0]:
            return quote, quantity
    return None


def _rate_both(usage: Usage, offer: Offer, quote: Quote, version: str) -> CallCost:
    """By the tokens, and by the unit that is charged on top of them."""
    tokens = _rate_tokens(usage, offer.price, version)
    quantity = quantity_of(usage, quote.unit)
    if quantity is None:
        if usage.failed:
            return tokens
        legs = tokens.legs._replace(media=None)
        return _unknown_cost(tokens.price_version, legs, Reason.NO_QUANTITY)
    media = _rate_quantity(usage, quote, quantity)
    if not has_tokens(usage):
        return media
    legs = tokens.legs._replace(media=media.cost)
    if tokens.cost is None or media.cost is None:
        return _unknown_cost(tokens.price_version, legs, tokens.reason)
    versions = f"{tokens.price_version}+{media.price_version}"
    return CallCost(PRICED, tokens.source, versions, tokens.cost + media.cost, legs)


def _rate_quantity(usage: Usage, quote: Quote, quantity: Quantity) -> CallCost:
    """The cost by one unit."""
    times, per = 1, MILLION
    if quote.percent != 100 or usage.cost_multiplier is not None:
        times, per = scale(usage.cost_multiplier, quote.percent)
    numerator, denominator = quantity
    if 0 < numerator * SECONDS.get(quote.unit, 1) < quote.least_seconds * denominator:
        numerator, denominator = quote.least_seconds, SECONDS[quote.unit]
    media = divide(numerator * quote.price * times, denominator * per)
    return CallCost(PRICED, quote.source, quote.version, media, Legs(0, 0, 0, 0, media))


def _rate_nothing(usage: Usage, offer: Offer, unit: str, version: str) -> CallCost:
    """A usage that no price covers: there was nothing of it, or nobody knows what it costs."""
    if has_tokens(usage) or has_media(usage) or _lacks_quantity(usage):
        is_priced = offer.price is not None or bool(offer.quotes)
        reason = Reason.NO_QUANTITY if is_priced else Reason.NO_PRICE
        return _unknown_cost(version, _ALL_UNKNOWN, reason)
    quote = offer.quotes.get(unit)
    if quote is None and not usage.unit:
        quote = next(iter(offer.quotes.values()), None)
    if quote is not None:
        return _rate_quantity(usage, quote, (0, 1))
    if unit == "PER_TOKEN" or not usage.unit:
        return _rate_tokens(usage, offer.price, version)
    return _unknown_cost(version, _ALL_UNKNOWN, Reason.NO_PRICE)


def _lacks_quantity(usage: Usage) -> bool:
    """Whether a call that did not fail leaves untold how much it made: audio and video of no
    length or of 0 seconds, which nothing that was made has, images of no number. 0 credits are
    told."""
    if usage.failed or usage.credits is not None:
        return False
    return usage.kind == "IMAGE" or lacks_length(usage)


def _with_stated_legs(usage: Usage, cost: CallCost, reads_inside: bool) -> CallCost:
    """The cost with the legs that the client states in the place of the computed ones. A leg
    without a quantity costs 0 and needs no price."""
    stated, used = _stated_legs(usage), _used_legs(usage, cost.legs, reads_inside)
    parts: list[int | None] = []
    all_stated = True
    for name in Legs._fields:
        given, computed = getattr(stated, name), getattr(cost.legs, name)
        if name == "media":
            given = None
        if given is not None:
            parts.append(given)
        elif name in used:
            parts.append(computed)
            all_stated = False
        else:
            parts.append(0)
    legs = Legs(*parts)
    if None in legs:
        return _unknown_cost(cost.price_version, legs, cost.reason or Reason.NO_PRICE)
    total = sum(leg or 0 for leg in legs)
    if all_stated:
        return CallCost(PRICED, Source.CLIENT, _CLIENT, total, legs)
    return CallCost(PRICED, Source.MIXED, cost.price_version, total, legs)


def _used_legs(usage: Usage, computed: Legs, reads_inside: bool) -> set[str]:
    """The names of the legs that hold a quantity. Of a call that is charged by media alone, the
    tokens are not charged."""
    split = split_tokens(usage, reads_inside)
    tokens = {
        "input": split.input + split.audio_input,
        "output": split.output + split.reasoning + split.audio_output,
        "cache_read": split.cache_read + split.audio_read,
        "cache_creation": split.cache_write + split.cache_write_1h,
    }
    used = set()
    for name, number in tokens.items():
        if number > 0 and (not computed.media or getattr(computed, name)):
            used.add(name)
    if computed.media != 0:
        used.add("media")
    return used


def _stated_legs(usage: Usage) -> Legs:
    """The legs that the client states; None where it does not. Nobody states what is not tokens
    apart."""
    return Legs(
        input=_nano(usage.input_cost),
        output=_nano(usage.output_cost),
        cache_read=_nano(usage.cache_read_cost),
        cache_creation=_nano(usage.cache_creation_cost),
        media=0 if usage.kind == _COMPLETION else None,
    )


def _nano(usd: Decimal | None) -> int | None:
    return None if usd is None else to_nano(usd)
