"""Traits: what a usage says of itself, in one spelling, so that the conditions of a price can be
compared with it."""

import re
from collections.abc import Mapping
from functools import lru_cache

from chalicelib.pricing.rates import BATCH, Context

Facts = tuple[str, str, str, str, str, str, str]
"""Kind, subtype, resolution, quality, pricing tier, service tier and speed of a usage, as the
caller wrote them: a plain tuple, because it is made for every call and is the key of the caches."""

SERVICE_TIERS = frozenset({"fast", "flex", "priority"})
"""Service tiers that some vendor prices apart; every other one costs the standard price."""
SPEEDS = frozenset({"fast"})

Traits = Mapping[str, frozenset[str]]
"""Trait → the values that are all true of the usage; one that it does not say has none, or an
empty text."""

_TIMES = re.compile(r"\s*(?:-x-|[x×*])\s*")
_SIZE = re.compile(r"(\d{1,6})x(\d{1,6})")
_LINES = {"4k": "2160p", "2160p": "4k", "2k": "1440p", "1440p": "2k"}
"""Two names of one height of a picture."""

_ACTIVITIES = {
    "transcription": frozenset(
        {"transcription", "transcribe", "translation", "translate", "speech_to_text", "stt"}
    ),
    "speech": frozenset({"speech", "tts", "synthesis", "speech_synthesis", "text_to_speech"}),
}
"""What an audio call does, and the subtypes that say so (ingest contract: subtypes seen)."""
_USUAL = {"IMAGE": "generation", "VIDEO": "generation"}
"""The subtype of a call that does not say one."""
_FLOWS = {"transcription": frozenset({"INPUT"}), "speech": frozenset({"OUTPUT"})}
_EITHER = frozenset({"INPUT", "OUTPUT"})

_NAMES = {
    "imageresolution": "resolution",
    "imagesize": "resolution",
    "operationsubtype": "subtype",
    "pricingtier": "processing",
    "resolution": "resolution",
    "servicetier": "service_tier",
    "size": "resolution",
    "videoresolution": "resolution",
}
_OWN = frozenset({"processing", "quality", "speed", "subtype"})
_MOST = 64
"""Characters of a value; nobody's condition is longer."""


def context_of(pricing_tier: str, service_tier: str, speed: str, kind: str = "") -> Context:
    """The properties of a request that select other prices of tokens."""
    tier, pace = service_tier.lower(), speed.lower()
    return (
        *((BATCH,) if pricing_tier == "BATCH" else ()),
        *((("service_tier", tier),) if tier in SERVICE_TIERS else ()),
        *((("speed", pace),) if pace in SPEEDS else ()),
        *((("kind", kind),) if kind in _USUAL else ()),
    )


def traits_of(facts: Facts) -> Traits:
    """The traits of a usage."""
    kind, said, resolution, quality, pricing_tier, service_tier, speed = facts
    subtype = plain(said) or _USUAL.get(kind, "")
    activity = frozenset(
        name for name, words in _ACTIVITIES.items() if subtype in words
    ) or frozenset(_ACTIVITIES)
    return {
        "kind": frozenset({kind}),
        "subtype": frozenset({subtype}) | _synonyms(subtype),
        "activity": activity,
        "flow": _flow(kind, activity),
        "resolution": resolutions(resolution),
        "quality": frozenset({plain(quality)}),
        "processing": frozenset({plain(pricing_tier)}),
        "service_tier": frozenset({plain(service_tier)}),
        "speed": frozenset({plain(speed)}),
    }


def _flow(kind: str, activity: frozenset[str]) -> frozenset[str]:
    """Whether what is measured went in or came out: pictures and films are made, audio is heard or
    made."""
    if kind in _USUAL:
        return frozenset({"OUTPUT"})
    return _FLOWS[next(iter(activity))] if kind == "AUDIO" and len(activity) == 1 else _EITHER


def _synonyms(subtype: str) -> frozenset[str]:
    """Other words for the same activity; a translation is not a transcription, though it is billed
    as one."""
    return _ACTIVITIES["speech"] if subtype in _ACTIVITIES["speech"] else frozenset()


def plain(text: str) -> str:
    """A value in lower case, without blanks around it; an over-long one names nothing that anybody
    prices."""
    return text.strip().lower() if len(text) <= _MOST else ""


def resolution_of(text: str) -> frozenset[str]:
    """A resolution as a price names it: 1024 × 1024 is 1024x1024, and 4K is 2160p."""
    name = _TIMES.sub("x", plain(text))
    return frozenset({name, _LINES.get(name, name)})


def resolutions(text: str) -> frozenset[str]:
    """Every name of the resolution of a usage: 1280x720 is 720p as well."""
    size = pixels(text)
    return resolution_of(text) | (resolution_of(f"{min(size)}p") if size else frozenset())


@lru_cache(1_024)
def pixels(text: str) -> tuple[int, int] | None:
    """Width and height of a resolution that tells them."""
    found = _SIZE.fullmatch(_TIMES.sub("x", plain(text)))
    return (int(found[1]), int(found[2])) if found else None


def trait_name(attribute: str) -> str:
    """The trait that an attribute of a price is about; its own name when no usage has it, so that
    it never applies."""
    folded = re.sub(r"[^a-z]", "", attribute.lower())
    return _NAMES.get(folded, folded if folded in _OWN else f"?{folded}")
