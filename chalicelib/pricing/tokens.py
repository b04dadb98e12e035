"""Tokens: from the counts of a call and the rates of its model to the four legs of a cost made of
tokens."""

from collections.abc import Iterator
from decimal import Decimal

from chalicelib.kit.money import divide
from chalicelib.pricing.rates import Price
from chalicelib.pricing.usage import Legs, Picker, Usage, picker

MILLION = 1_000_000

_counts: Picker = picker(
    "input",
    "output",
    "reasoning",
    "cache_read",
    "cache_creation",
    "cache_creation_5m",
    "cache_creation_1h",
    "audio_input",
    "audio_output",
)


Charged = tuple[int, int, int, int, int, int, int, int, int]
"""Tokens as they are charged, without overlap, nothing negative; together they are the provider's
total: prompt, output without reasoning, reasoning, read from the cache, written to it for 5 minutes
and for one hour, and of audio: prompt, output, read from the cache. A plain tuple, because it is
made for every call."""


def charged(usage: Usage, gross: bool) -> Charged:
    """The tokens of a call. `gross`: input includes cache reads. See overlap.py."""
    prompt, output, reasoning, read, written, short, lasting, heard, spoken = _counts(usage)
    if heard > prompt:
        prompt = heard
    if spoken > output:
        output = spoken
    if read < 0:
        read = 0
    if gross:
        prompt -= read
    if prompt < 0:
        prompt = 0
    if short < 0:
        short = 0
    if lasting < 0:
        lasting = 0
    if written < short + lasting:
        written = short + lasting
    if heard > 0 or spoken > 0:
        return _with_audio(
            prompt, output, reasoning, read, written - lasting, lasting, heard, spoken
        )
    if output < 0:
        output = 0
    if reasoning > output:
        reasoning = output
    elif reasoning < 0:
        reasoning = 0
    return prompt, output - reasoning, reasoning, read, written - lasting, lasting, 0, 0, 0


def _with_audio(
    prompt: int,
    output: int,
    reasoning: int,
    read: int,
    written: int,
    lasting: int,
    heard: int,
    spoken: int,
) -> Charged:
    """Audio taken apart from text. Text first explains the cache reads: what audio the fresh prompt
    cannot hold was read from the cache."""
    fresh = heard if heard < prompt else prompt
    if fresh < 0:
        fresh = 0
    reread = heard - fresh
    if reread > read:
        reread = read
    elif reread < 0:
        reread = 0
    if spoken < 0:
        spoken = 0
    text = output - spoken
    if reasoning > text:
        reasoning = text
    if reasoning < 0:
        reasoning = 0
    return (
        prompt - fresh,
        text - reasoning,
        reasoning,
        read - reread,
        written,
        lasting,
        fresh,
        spoken,
        reread,
    )


def computed(usage: Usage, price: Price, tokens: Charged) -> Legs:
    """The legs by the price, None where a rate is unknown. Integers until each leg's one rounding:
    a float would lose the last nano. Nearly every call has neither cache writes nor audio nor a
    multiplier, so those cost nothing here."""
    prompt, output, reasoning, read, written, lasting, heard, spoken, reread = tokens
    tariff = price.tariff_at(usage.instant) if price.windows else price.tariff
    rates = (
        tariff.at(prompt + heard + read + reread + written + lasting)
        if tariff.steps
        else tariff.base
    )
    (
        of_input,
        of_output,
        of_reasoning,
        of_read,
        of_write,
        of_lasting,
        of_call,
        of_heard,
        of_spoken,
        of_reread,
    ) = rates
    times, per = 1, MILLION
    if price.percent != 100 or usage.cost_multiplier is not None:
        times, per = scale(usage.cost_multiplier, price.percent)
    fresh = prompt * of_input
    made = output * of_output + reasoning * of_reasoning
    again = read * of_read
    if heard or spoken or reread:
        fresh += heard * (of_input if of_heard is None else of_heard)
        made += spoken * (of_output if of_spoken is None else of_spoken)
        again += reread * (of_read if of_reread is None else of_reread)
    if of_call and any(tokens):
        fresh += of_call * MILLION
    kept = written * of_write + lasting * of_lasting
    legs = Legs(
        divide(fresh * times, per) if fresh else 0,
        divide(made * times, per) if made else 0,
        divide(again * times, per) if again else 0,
        divide(kept * times, per) if kept else 0,
    )
    return legs._replace(**dict.fromkeys(_unknown(tokens, price.lacks))) if price.lacks else legs


_LEG_OF = {
    "input": ("input", 0),
    "output": ("output", 1),
    "reasoning": ("output", 2),
    "cache_read": ("cache_read", 3),
    "cache_write": ("cache_creation", 4),
    "cache_write_1h": ("cache_creation", 5),
    "audio_input": ("input", 6),
    "audio_output": ("output", 7),
    "audio_read": ("cache_read", 8),
}
"""Rate → the leg that it charges, and the place of its tokens among the charged ones."""


def _unknown(tokens: Charged, lacks: frozenset[str]) -> Iterator[str]:
    """The legs that hold tokens whose rate nobody knows."""
    return (leg for rate, (leg, place) in _LEG_OF.items() if rate in lacks and tokens[place])


def scale(multiplier: Decimal | None, percent: int) -> tuple[int, int]:
    """What nano-USD a million units are multiplied with and divided by: the million, a batch's
    percent, the caller's multiplier."""
    times, per = 1, MILLION
    if percent != 100:
        times, per = percent, MILLION * 100
    if multiplier is not None:
        times, per = times * _factor(multiplier), per * MILLION * MILLION
    return times, per


def _factor(multiplier: Decimal) -> int:
    """The multiplier in millionths of a millionth. Its exact fraction would be as long as the
    caller's exponent says: 1e-99999999 is a number, and 10 to that power fills the memory."""
    return int(multiplier.scaleb(12).to_integral_value())
