"""The catalogue: every model that a list price is known for, by the name it is called by, and its
prices of a day."""

import re
from decimal import Decimal
from functools import cache
from typing import NamedTuple

from chalicelib.kit.clock import day_start
from chalicelib.pricing.book import book
from chalicelib.pricing.media import media
from chalicelib.pricing.units import UnitPrice

LABELS = {"aws": "AMAZON", "x-ai": "XAI"}
"""Display labels that are not just the provider's id in upper case. The book finds the provider by
its label."""

_MODES = (
    ("rerank", re.compile(r"rerank")),
    ("embedding", re.compile(r"embed|voyage-|\bbge-|e5-")),
    ("moderation", re.compile(r"moderation")),
    ("audio_transcription", re.compile(r"whisper|transcribe|scribe")),
    ("audio_speech", re.compile(r"tts|orpheus")),
    ("realtime", re.compile(r"realtime|-live-|sonic|native-audio")),
    ("video_generation", re.compile(r"sora|veo-|video|omni-.*flash")),
    ("image_generation", re.compile(r"image|dall-e|imagen|flux|stable-diffusion|nano-banana")),
    ("ocr", re.compile(r"\bocr\b")),
)
_TO_USD = -15
"""From nano-USD a million tokens to USD a token, as a power of ten."""


class Listed(NamedTuple):
    """A model that can be named."""

    provider: str
    """Id of the provider: of the book, or of the media prices."""
    label: str
    """The provider as clients write it, upper case."""
    name: str
    mode: str
    """chat, embedding, rerank, moderation, ocr, realtime, image_generation, video_generation,
    audio_generation, audio_transcription or audio_speech; guessed from the name where only the book
    has the model."""


class ListedPrices(NamedTuple):
    """List prices of one day: USD a token, None where the list has none, and the prices by other
    units."""

    input: Decimal | None
    output: Decimal | None
    cache_read: Decimal | None
    cache_write: Decimal | None
    cache_write_1h: Decimal | None
    units: tuple[UnitPrice, ...]
    """Without id; `unit` may also be PER_MEGAPIXEL, PER_MEGABYTE or PER_CALL, which the contract
    does not name."""


@cache
def listed() -> tuple[Listed, ...]:
    """Every model of the lists, the book's first; a provider and a name occur once."""
    modes = {(provider, model.id): model.mode for provider, model in media().models()}
    names = dict.fromkeys((*book().named, *modes))
    return tuple(
        Listed(provider, label_of(provider), name, modes.get((provider, name)) or _mode(name))
        for provider, name in names
    )


def prices_on(model: Listed, day: str) -> ListedPrices:
    """The list prices of a UTC day (YYYY-MM-DD): base prices, without context steps, tiers and
    hours."""
    flat = book().standing(model.provider, model.name, day)
    units = media().dimensions(model.provider, model.name, day_start(day))
    ordinary, output, read, write, write1h = (
        _usd(flat.get(key)) for key in ("in", "out", "read", "write", "write1h")
    )
    return ListedPrices(ordinary, output, read, write, write1h, units)


def label_of(provider: str) -> str:
    """How clients write a provider of the lists."""
    return LABELS.get(provider) or provider.upper()


def _mode(name: str) -> str:
    text = name.lower()
    return next((mode for mode, pattern in _MODES if pattern.search(text)), "chat")


def _usd(rate: int | list[int] | None) -> Decimal | None:
    """USD a token from a rate of the book; of one that grows with the context, the lowest."""
    base = rate[0] if isinstance(rate, list) else rate
    return None if base is None else Decimal(base).scaleb(_TO_USD).normalize()
