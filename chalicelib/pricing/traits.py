"""Traits: what a usage says of itself, in one spelling, so that the conditions of a price can be
compared with it."""

import re
from collections.abc import Mapping
from functools import lru_cache

from chalicelib.pricing.batches import BATCH
from chalicelib.pricing.rates import Context
from chalicelib.pricing.usage import Facts

_STANDARD = frozenset(
    {
        "",
        "auto",
        "default",
        "none",
        "normal",
        "null",
        "on_demand",
        "ondemand",
        "regular",
        "standard",
        "standard_only",
        "unspecified",
    }
)
"""Words of vendors for the way in which calls are served that ask for nothing else."""
_TIER_PREFIX = re.compile(r"^(?:service_tier|traffic_type|on_demand)_(?=[a-z])")
"""Gemini writes SERVICE_TIER_FLEX, Vertex AI ON_DEMAND_FLEX and TRAFFIC_TYPE_UNSPECIFIED."""
_SEPARATORS = re.compile(r"[^a-z0-9]+")
_NUMBER = re.compile(r"[0-9_]+")

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
_USUAL_SUBTYPE = {"IMAGE": "generation", "VIDEO": "generation"}
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


def context_of(facts: Facts) -> Context:
    """The properties of a request that select other prices of tokens."""
    tier, pace = tier_word(facts.service_tier), tier_word(facts.speed)
    context: list[tuple[str, str]] = []
    if facts.pricing_tier == "BATCH" or tier == "batch":
        context.append(BATCH)
    if tier not in ("", "batch"):
        context.append(("service_tier", tier))
    if pace and not _NUMBER.fullmatch(pace):
        context.append(("speed", pace))
    if facts.kind in _USUAL_SUBTYPE:
        context.append(("kind", facts.kind))
    return tuple(context)


@lru_cache(1_024)
def tier_word(text: str) -> str:
    """The tier that a text means (flex, priority, …), empty for the standard one. Any other word
    is a tier too, whose price nobody knows."""
    word = _SEPARATORS.sub("_", plain(text)).strip("_")
    while True:
        shorter = _TIER_PREFIX.sub("", word)
        if shorter == word:
            return "" if word in _STANDARD else word
        word = shorter


def traits_of(facts: Facts) -> Traits:
    """The traits of a usage."""
    subtype = plain(facts.subtype) or _USUAL_SUBTYPE.get(facts.kind, "")
    activity = _activities(subtype)
    return {
        "kind": frozenset({facts.kind}),
        "subtype": frozenset({subtype}) | _synonyms(subtype),
        "activity": activity,
        "flow": _flow(facts.kind, activity),
        "resolution": resolutions(facts.resolution),
        "quality": frozenset({plain(facts.quality)}),
        "processing": frozenset({plain(facts.pricing_tier)}),
        "service_tier": frozenset({plain(facts.service_tier), tier_word(facts.service_tier)}),
        "speed": frozenset({plain(facts.speed)}),
    }


def _activities(subtype: str) -> frozenset[str]:
    """What a call with a subtype may do: all there is, when the subtype does not say."""
    found = {name for name, words in _ACTIVITIES.items() if subtype in words}
    return frozenset(found or _ACTIVITIES)


def _flow(kind: str, activity: frozenset[str]) -> frozenset[str]:
    """Whether what is measured went in or came out: pictures and films are made, audio is heard or
    made."""
    if kind in _USUAL_SUBTYPE:
        return frozenset({"OUTPUT"})
    if kind == "AUDIO" and len(activity) == 1:
        (only,) = activity
        return _FLOWS[only]
    return _EITHER


def _synonyms(subtype: str) -> frozenset[str]:
    """Other words for the same activity; a translation is not a transcription, though it is billed
    as one."""
    speech = _ACTIVITIES["speech"]
    return speech if subtype in speech else frozenset()


def plain(text: str) -> str:
    """A value in lower case, without blanks around it; empty for an over-long one, which names
    nothing that anybody prices."""
    return text.strip().lower() if len(text) <= _MOST else ""


def resolution_names(text: str) -> frozenset[str]:
    """The names of a resolution as a price writes it: 1024 × 1024 is 1024x1024, and 4K is also
    2160p."""
    name = _TIMES.sub("x", plain(text))
    return frozenset({name, _LINES.get(name, name)})


def resolutions(text: str) -> frozenset[str]:
    """Every name of the resolution of a usage: 1280x720 is 720p as well."""
    names = resolution_names(text)
    size = pixels(text)
    return names | resolution_names(f"{min(size)}p") if size else names


@lru_cache(1_024)
def pixels(text: str) -> tuple[int, int] | None:
    """Width and height of a resolution that tells them."""
    found = _SIZE.fullmatch(_TIMES.sub("x", plain(text)))
    return (int(found[1]), int(found[2])) if found else None


def trait_name(attribute: str) -> str:
    """The trait that an attribute of a price is about. For one that no usage has, its own name
    after a question mark, so that the price never applies."""
    name = re.sub(r"[^a-z]", "", attribute.lower())
    if name in _NAMES:
        return _NAMES[name]
    return name if name in _OWN else f"?{name}"
