"""Web searches that a vendor made for a call and charges apart, as the client counts them."""

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

MEMBERS = ("webSearches", "webSearchRequests", "web_search_requests", "web_searches")
"""Members that count them."""
_MOST = 10**9


def count_searches(extras: Mapping[str, Any]) -> int | None:
    """Web searches that the client counts: a member of the record or of its attributes, or of the
    usage block of Anthropic's API (`server_tool_use`) among these. None when what it tells is no
    count: then nobody knows how many there were, and 0 would be a guess."""
    is_told = False
    for value in _told(extras):
        count = _as_count(value)
        if count:
            return count
        is_told |= count is None
    return None if is_told else 0


def _told(extras: Mapping[str, Any]) -> Iterator[object]:
    """What is told of searches. Nothing, true and false tell of no number."""
    attributes = extras.get("attributes")
    attributes = attributes if isinstance(attributes, dict) else {}
    nested = attributes.get("server_tool_use")
    for place in (extras, attributes, nested if isinstance(nested, dict) else {}):
        for name in MEMBERS:
            value = place.get(name)
            if value not in (None, "", [], {}) and not isinstance(value, bool):
                yield value


def _as_count(value: object) -> int | None:
    """A whole number, also as 3.0 or as text; None for what is none, or can be none of one
    call."""
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    if not number.is_finite() or not 0 <= number <= _MOST or number != int(number):
        return None
    return int(number)
