"""Aside: whoever waits for somebody outside lends his place to others meanwhile.

A server works on so many requests at once. One that only waits needs none of these places; where
there are no places, as in a function that answers one request, nothing happens.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol


class Place(Protocol):
    """One of those places, as its holder sees it."""

    def lend(self) -> None:
        """Give it to somebody else."""

    def come_back(self) -> None:
        """Have one again. Raises Unavailable when there is none in time."""


_place: ContextVar[Place | None] = ContextVar("place", default=None)


@contextmanager
def holding(place: Place) -> Iterator[None]:
    """Work at a place."""
    token = _place.set(place)
    try:
        yield
    finally:
        _place.reset(token)


@contextmanager
def stand_aside() -> Iterator[None]:
    """Wait for somebody outside, for a limited time, without keeping a place. Nothing must be left
    to be done that has begun: it raises Unavailable when no place is free in time afterwards."""
    place = _place.get()
    if place is None:
        yield
        return
    place.lend()
    try:
        yield
    finally:
        place.come_back()
