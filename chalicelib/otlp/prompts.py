"""The texts of a model call that stand elsewhere than in its plain attributes: in events, or in
numbered attributes."""

from collections.abc import Mapping, Sequence
from typing import Any

from chalicelib.kit.jsontext import pack
from chalicelib.otlp.cleaning import text_of
from chalicelib.otlp.forms import Span, SpanEvent
from chalicelib.otlp.vocabulary import DETAILS, NUMBERED, NUMBERED_TEXTS, PROMPT_EVENTS

_DETAILS = {
    "gen_ai.system_instructions": "system_text",
    "gen_ai.input.messages": "input_text",
    "gen_ai.output.messages": "output_text",
}
_BODIES = ("content", "gen_ai.prompt", "gen_ai.completion", "gen_ai.event.content", "message")
"""Where an event has its text."""
_ROLES = {"system_text": "system", "output_text": "assistant"}


def read_prompts(span: Span, facts: dict[str, Any]) -> None:
    """Add the texts of a span to its facts; what its plain attributes say wins."""
    if span.events:
        for name, text in _from_events(span.events).items():
            facts.setdefault(name, text)
    if not facts.keys().isdisjoint(NUMBERED_TEXTS):
        for name, text in _from_numbered(facts).items():
            facts.setdefault(name, text)


def _from_events(events: Sequence[SpanEvent]) -> dict[str, str]:
    """The texts that events carry: all in one event of details, or one message each."""
    texts: dict[str, str] = {}
    messages: dict[str, list[dict[str, str]]] = {}
    for event in events:
        kind = PROMPT_EVENTS.get(event.name)
        if event.name == DETAILS:
            texts |= _from_details(event)
        elif kind and (text := _body(event)):
            messages.setdefault(kind, []).append({"role": _role(event, kind), "content": text})
    packed = {name: pack(several) for name, several in messages.items()}
    return packed | texts


def _from_details(event: SpanEvent) -> dict[str, str]:
    texts = {}
    for key, name in _DETAILS.items():
        value = event.attributes.get(key)
        if value:
            texts[name] = _as_text(value)
    return texts


def _body(event: SpanEvent) -> str:
    """The text of a message; empty when it has none."""
    for key in _BODIES:
        value = event.attributes.get(key)
        if value:
            return _as_text(value)
    return ""


def _as_text(value: Any) -> str:  # noqa: ANN401 - any value
    return value if isinstance(value, str) else pack(value)


def _role(event: SpanEvent, name: str) -> str:
    """Who speaks: as the event says, else by the text that it belongs to, else by its name."""
    told = text_of(event.attributes.get("role", ""))
    return told or _ROLES.get(name) or event.name.split(".")[1].replace("content", "user")


def _from_numbered(facts: Mapping[str, Any]) -> dict[str, str]:
    """gen_ai.prompt.0.role, gen_ai.prompt.0.content and so on: the way of older
    instrumentations."""
    messages: dict[str, dict[int, dict[str, str]]] = {}
    for key, value in facts.items():
        if matched := NUMBERED.fullmatch(key):
            kind, number, member = matched.groups()
            by_number = messages.setdefault(_NUMBERED_TEXTS[kind], {})
            by_number.setdefault(int(number), {})[member] = value
    texts = {}
    for name, by_number in messages.items():
        texts[name] = pack([by_number[number] for number in sorted(by_number)])
    return texts


_NUMBERED_TEXTS = {"prompt": "input_text", "completion": "output_text"}
