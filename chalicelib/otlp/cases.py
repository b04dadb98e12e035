"""Cases: the spans of a request on their way to drafts."""

from collections.abc import Sequence
from dataclasses import dataclass

from chalicelib.metering.drafts import Draft
from chalicelib.otlp.genai import SpanRecord
from chalicelib.otlp.operations import Role


@dataclass(slots=True, kw_only=True)
class SpanCase(SpanRecord):
    """A span of a request."""

    place: int
    """Among all spans of the request."""
    counts: bool
    """Calls are counted by spans, and not by the logs of the same service."""
    is_call: bool
    is_refused: bool = False

    @property
    def role(self) -> Role | None:
        """What its operation says; None when it tells none."""
        return self.operation.role if self.operation else None


MadeSpan = tuple[SpanCase, Draft]
"""A span with its draft."""
Made = Sequence[MadeSpan]
"""Spans of a request, each with its draft."""
