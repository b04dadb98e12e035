"""Tokens: from the counts of a call and the rates of its model to the four legs of a cost made of
tokens."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from chalicelib.kit.money import divide
from chalicelib.pricing.overlap import BESIDE, READS_INSIDE, TokenCounts, counts_of_call
from chalicelib.pricing.rates import Price, Rates
from chalicelib.pricing.usage import Legs, Usage

MILLION = 1_000_000


@dataclass(slots=True)
class TokenSplit:
    """Tokens as they are charged, without overlap, nothing negative; together they are the
    provider's total. Each is named as the rate (rates.py) that it is charged at."""

    input: int
    """Of the prompt, fresh and not audio."""
    output: int
    """Without reasoning and audio."""
    reasoning: int
    cache_read: int
    cache_write: int = 0
    """Written to the cache for 5 minutes."""
    cache_write_1h: int = 0
    audio_input: int = 0
    audio_output: int = 0
    audio_read: int = 0
    """Audio that was read from the cache."""

    def prompt(self) -> int:
        """All tokens that went in: fresh, read from the cache and written to it."""
        return (
            self.input
            + self.audio_input
            + self.cache_read
            + self.audio_read
            + self.cache_write
            + self.cache_write_1h
        )

    def total(self) -> int:
        """All tokens."""
        return self.prompt() + self.output + self.reasoning + self.audio_output


def split_tokens(usage: Usage, reads_inside: bool) -> TokenSplit:
    """Take the token counts of a call apart. `reads_inside`: the vendor of its price counts cache
    reads inside the input; the call itself may tell otherwise. See overlap.py."""
    prompt, output, reasoning = usage.input, usage.output, usage.reasoning
    read = usage.cache_read
    has_writes = bool(usage.cache_creation or usage.cache_creation_5m or usage.cache_creation_1h)
    has_audio = usage.audio_input > 0 or usage.audio_output > 0
    if has_audio:
        prompt = max(prompt, usage.audio_input)
        output = max(output, usage.audio_output)
    if read < 0:
        read = 0
    if read or has_writes:
        written = _written_tokens(usage) if has_writes else 0
        prompt -= _cached_inside(usage, read, written, reads_inside)
    if prompt < 0:
        prompt = 0
    if output < 0:
        output = 0
    if reasoning > output:
        reasoning = output
    elif reasoning < 0:
        reasoning = 0
    split = TokenSplit(prompt, output - reasoning, reasoning, read)
    if has_writes:
        _split_writes(split, usage)
    if has_audio:
        _split_audio(split, usage)
    return split


def _written_tokens(usage: Usage) -> int:
    """How many tokens were written to the cache: no fewer than those of both lifetimes."""
    parts = max(usage.cache_creation_5m, 0) + max(usage.cache_creation_1h, 0)
    return max(usage.cache_creation, parts)


def _cached_inside(usage: Usage, read: int, written: int, reads_inside: bool) -> int:
    """How many of the tokens of the input were read from the cache or written to it."""
    tokens = TokenCounts(
        input=usage.input,
        output=usage.output,
        cache_read=read,
        cache_written=written,
        total=usage.total,
    )
    counts = counts_of_call(tokens, usage.provider, usage.model, reads_inside)
    if counts is BESIDE:
        return 0
    return read if counts is READS_INSIDE else read + written


def _split_writes(split: TokenSplit, usage: Usage) -> None:
    """What the parts of both lifetimes leave of the total counts as written for 5 minutes."""
    lasting = max(usage.cache_creation_1h, 0)
    split.cache_write = _written_tokens(usage) - lasting
    split.cache_write_1h = lasting


def _split_audio(split: TokenSplit, usage: Usage) -> None:
    """Take audio apart from text. Text explains the cache reads first: what audio the fresh prompt
    cannot hold was read from the cache; that is never more than was read, because the prompt holds
    all audio. Reasoning is text."""
    heard, spoken = usage.audio_input, usage.audio_output
    if heard > 0:
        fresh = min(heard, split.input)
        split.input -= fresh
        split.cache_read -= heard - fresh
        split.audio_input = fresh
        split.audio_read = heard - fresh
    if spoken > 0:
        text = split.output + split.reasoning - spoken
        split.reasoning = min(split.reasoning, text)
        split.output = text - split.reasoning
        split.audio_output = spoken


def price_tokens(usage: Usage, price: Price, tokens: TokenSplit) -> Legs:
    """The legs by the price, None where a rate is unknown. Integers until each leg's one rounding:
    a float would lose the last nano. Nearly every call has neither cache writes nor audio nor a
    multiplier, so those cost nothing here."""
    tariff = price.tariff_at(usage.instant) if price.windows else price.tariff
    rates = tariff.at(tokens.prompt()) if tariff.steps else tariff.base
    times, per = 1, MILLION
    if price.percent != 100 or usage.cost_multiplier is not None:
        times, per = scale(usage.cost_multiplier, price.percent)
    fresh = tokens.input * rates.input
    made = tokens.output * rates.output + tokens.reasoning * rates.reasoning
    reread = tokens.cache_read * rates.cache_read
    written = tokens.cache_write * rates.cache_write + tokens.cache_write_1h * rates.cache_write_1h
    if tokens.audio_input or tokens.audio_output or tokens.audio_read:
        audio = _price_audio(tokens, rates)
        fresh, made, reread = fresh + audio[0], made + audio[1], reread + audio[2]
    if rates.call and tokens.total():
        fresh += rates.call * MILLION
    legs = Legs(
        divide(fresh * times, per) if fresh else 0,
        divide(made * times, per) if made else 0,
        divide(reread * times, per) if reread else 0,
        divide(written * times, per) if written else 0,
    )
    return _without_unknown(legs, tokens, price.lacks) if price.lacks else legs


def _price_audio(tokens: TokenSplit, rates: Rates) -> tuple[int, int, int]:
    """Tokens × rate of the audio in, out and read from the cache; as text where audio has no rate
    of its own."""
    of_input = rates.input if rates.audio_input is None else rates.audio_input
    of_output = rates.output if rates.audio_output is None else rates.audio_output
    of_read = rates.cache_read if rates.audio_read is None else rates.audio_read
    return (
        tokens.audio_input * of_input,
        tokens.audio_output * of_output,
        tokens.audio_read * of_read,
    )


LEG_OF_RATE: Mapping[str, str] = {
    "input": "input",
    "output": "output",
    "reasoning": "output",
    "cache_read": "cache_read",
    "cache_write": "cache_creation",
    "cache_write_1h": "cache_creation",
    "audio_input": "input",
    "audio_output": "output",
    "audio_read": "cache_read",
}
"""Rate → the leg that tokens of its name are charged in."""


def _without_unknown(legs: Legs, tokens: TokenSplit, lacks: frozenset[str]) -> Legs:
    """The legs, None for those that hold tokens whose rate nobody knows."""
    unknown = {
        leg: None for rate, leg in LEG_OF_RATE.items() if rate in lacks and getattr(tokens, rate)
    }
    return legs._replace(**unknown)


def scale(multiplier: Decimal | None, percent: int) -> tuple[int, int]:
    """What nano-USD a million units are multiplied with and divided by: the million, a batch's
    percent, the caller's multiplier."""
    times, per = 1, MILLION
    if percent != 100:
        times, per = percent, MILLION * 100
    if multiplier is not None:
        times, per = times * _trillionths(multiplier), per * MILLION * MILLION
    return times, per


def _trillionths(multiplier: Decimal) -> int:
    """The multiplier in millionths of a millionth. Its exact fraction would be as long as the
    caller's exponent says: 1e-99999999 is a number, and 10 to that power fills the memory."""
    return int(multiplier.scaleb(12).to_integral_value())
