"""The texts of a model call that stand elsewhere than in its plain attributes: in events, or in
numbered attributes."""

from collections.abc import Mapping, Sequence
from typing import Any

from chalicelib.kit.jsontext import pack
from chalicelib.otlp.forms import Span, SpanEvent
from chalicelib.otlp.rules import text_of
from chalicelib.otlp.vocabulary import DETAILS, NUMBERED, PROMPT_EVENTS

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
    if "gen_ai.prompt.0.content" in facts or "gen_ai.completion.0.content" in facts:
        for name, text in _numbered(facts).items():
            facts.setdefault(name, text)


def _from_events(events: Sequence[SpanEvent]) -> dict[str, str]:
    texts: dict[str, str] = {}
    messages: dict[str, list[dict[str, str]]] = {}
    for event in events:
        if event.name == DETAILS:
            for key, name in _DETAILS.items():
                if value := event.attributes.get(key):
                    texts[name] = value if isinstance(value, str) else pack(value)
        elif kind := PROMPT_EVENTS.get(event.name):
            text = next((value for key in _BODIES if (value := event.attributes.get(key))), None)
            if text:
                role = _role(event, kind)
                messages.setdefault(kind, []).append(
                    {"role": role, "content": text if isinstance(text, str) else pack(text)}
                )
    return {name: pack(several) for name, several in messages.items()} | texts


def _role(event: SpanEvent, name: str) -> str:
    told = text_of(event.attributes.get("role", ""))
    return told or _ROLES.get(name) or event.name.split(".")[1].replace("content", "user")


def _numbered(facts: Mapping[str, Any]) -> dict[str, str]:
    """gen_ai.prompt.0.role, gen_ai.prompt.0.content and so on: the way of older
    instrumentations."""
    parts: dict[str, dict[int, dict[str, str]]] = {}
    for key, value in facts.items():
        if matched := NUMBERED.fullmatch(key):
            kind, number, member = matched.groups()
            parts.setdefault(kind, {}).setdefault(int(number), {})[member] = value
    names = {"prompt": "input_text", "completion": "output_text"}
    return {
        names[kind]: pack([each[number] for number in sorted(each)]) for kind, each in parts.items()
    }
