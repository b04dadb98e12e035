"""Turns: work for many, whose time may be over before all have had theirs."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from chalicelib.kit.clock import MINUTE

_PERIOD = 15 * MINUTE
"""What is done for all is done about so often."""
Item = TypeVar("Item")


def in_turn(items: Iterable[Item], now: int) -> Sequence[Item]:
    """The items, begun with the next one every quarter of an hour: were it always the same, the
    last would starve."""
    listed = list(items)
    first = now // _PERIOD % len(listed) if listed else 0
    return listed[first:] + listed[:first]
