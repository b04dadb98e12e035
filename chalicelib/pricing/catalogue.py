"""The catalogue: every model that a list price is known for, by the name it is called by, and its
prices of a day."""

import re
from dataclasses import dataclass
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


class ListedModel(NamedTuple):
    """A model of the price lists that can be named."""

    provider: str
    """Id of the provider: of the book, or of the media prices."""
    label: str
    """The provider as clients write it, upper case."""
    name: str
    mode: str
    """chat, embedding, rerank, moderation, ocr, realtime, image_generation, video_generation,
    audio_generation, audio_transcription or audio_speech; guessed from the name where only the book
    has the model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPrices:
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
def list_catalogue() -> tuple[ListedModel, ...]:
    """Every model of the lists, the book's first; a provider and a name occur once."""
    modes = {(provider, model.id): model.mode for provider, model in media().models()}
    models = []
    for provider, name in dict.fromkeys((*book().lines, *modes)):
        mode = modes.get((provider, name)) or _guess_mode(name)
        models.append(ListedModel(provider, label_of(provider), name, mode))
    return tuple(models)


def prices_on(model: ListedModel, day: str) -> ListPrices:
    """The list prices of a UTC day (YYYY-MM-DD): base prices, without context steps, tiers and
    hours."""
    rates = book().standing_rates(model.provider, model.name, day)
    return ListPrices(
        input=_usd(rates.get("in")),
        output=_usd(rates.get("out")),
        cache_read=_usd(rates.get("read")),
        cache_write=_usd(rates.get("write")),
        cache_write_1h=_usd(rates.get("write1h")),
        units=media().dimensions(model.provider, model.name, day_start(day)),
    )


def label_of(provider: str) -> str:
    """How clients write a provider of the lists, upper case."""
    return LABELS.get(provider) or provider.upper()


def _guess_mode(name: str) -> str:
    text = name.lower()
    for mode, pattern in _MODES:
        if pattern.search(text):
            return mode
    return "chat"


def _usd(rate: int | list[int] | None) -> Decimal | None:
    """USD a token from a rate of the book (nano-USD a million tokens); of one that grows with the
    context, the lowest."""
    base = rate[0] if isinstance(rate, list) else rate
    return None if base is None else Decimal(base).scaleb(_TO_USD).normalize()
