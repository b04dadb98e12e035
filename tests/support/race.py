"""Runs the same moment in several threads."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from chalicelib.kit.errors import MeterlakeError

Made = TypeVar("Made")


def race(works: Sequence[Callable[[], Made]]) -> list[Made | MeterlakeError]:
    """What each work answered or raised; all start at once."""
    barrier = Barrier(len(works))

    def run(work: Callable[[], Made]) -> Made | MeterlakeError:
        barrier.wait()
        try:
            return work()
        except MeterlakeError as error:
            return error

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))
