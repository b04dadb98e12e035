"""Many writes at once: what takes long of each is waiting for the storage."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Made = TypeVar("Made")
_THREADS = 8
_FEW = 20
"""So few are done one after the other: on AWS every thread first makes a connection of its own."""


def at_once(work: Callable[[Item], Made], items: Iterable[Item], *, few: int = _FEW) -> list[Made]:
    """What `work` makes of each item, in their order; one after the other if there are less than
    `few`. Raises what it raises for the first one that fails."""
    there = list(items)
    if len(there) < few:
        return [work(item) for item in there]
    with ThreadPoolExecutor(_THREADS) as pool:
        return list(pool.map(work, there))
