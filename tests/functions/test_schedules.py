"""Schedules: a function begins nothing that it may not finish."""

from dataclasses import replace
from typing import Any

from chalice.app import CloudWatchEvent

from chalicelib.ports.world import World
from functions.schedules.deadline import deadline_of


class Context:
    """A minute is left."""

    def get_remaining_time_in_millis(self) -> int:
        return 60_000


def test_half_of_the_time_is_left_for_the_last_piece(local_world: World) -> None:
    event: dict[str, Any] = dict.fromkeys(
        (
            "version",
            "account",
            "region",
            "detail",
            "detail-type",
            "source",
            "time",
            "id",
            "resources",
        )
    )
    world = replace(local_world, now=lambda: 1_000)
    assert deadline_of(world, CloudWatchEvent(event, Context())) == 31_000
