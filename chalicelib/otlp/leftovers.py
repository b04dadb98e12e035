"""Leftovers: records that tell of used tokens or of a cost and are no call that is counted. Each is
told in the answer: nothing that was used is passed over in silence."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from chalicelib.otlp.cleaning import Unfit
from chalicelib.otlp.forms import SpanEvent
from chalicelib.otlp.operations import tells_of_use
from chalicelib.otlp.parts import join_usage
from chalicelib.otlp.rules import NO_VALUES, Reading, read_attributes
from chalicelib.otlp.vocabulary import GENAI


class UnusedUsage(Exception):
    """A record tells of used tokens or of a cost and is no call that is understood."""


def holds_usage(facts: Mapping[str, Any]) -> bool:
    """Whether a record tells of used tokens or of a cost, also without the name of a model, or in
    words or figures that nobody here can read."""
    return "unread_usage" in facts or tells_of_use(facts)


def events_hold_usage(events: Sequence[SpanEvent]) -> bool:
    """Whether events of a span tell what the span itself does not."""
    return any(_reading_holds_usage(read_attributes(GENAI, each.attributes)) for each in events)


def _reading_holds_usage(readings: Iterable[Reading]) -> bool:
    try:
        facts = NO_VALUES.with_readings(readings).facts
    except Unfit:
        return True
    join_usage(facts)
    return holds_usage(facts)
