"""Where the quantities of metering elements stand in events."""

from chalicelib.invoicing.usage import ONE
from chalicelib.kit.money import NANO

COLUMNS = {
    "totalCost": "cost_nano",
    "inputTokenCost": "input_cost_nano",
    "outputTokenCost": "output_cost_nano",
    "inputTokenCount": "input_tokens",
    "outputTokenCount": "output_tokens",
    "totalTokenCount": "total_tokens",
    "reasoningTokenCount": "reasoning_tokens",
    "cacheCreationTokenCount": "cache_creation_tokens",
    "cacheReadTokenCount": "cache_read_tokens",
}
"""Columns of AI events by the names of the built-in elements; all others stand in the payloads of
generic events."""
COSTS = frozenset(name for name, column in COLUMNS.items() if column.endswith("_nano"))
UNPRICED = "unpriced "
"""Begins the name under which a recipe counts the events whose cost is not known, by the name of
the cost."""


def unpriced_id(element: str) -> str:
    """Where the events are counted of which an element, a cost, is not known."""
    return f"{element}?"


NANO_USD = ONE // NANO
"""A nano-USD, as a quantity of USD."""
