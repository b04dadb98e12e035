"""The local server: acknowledged, durable posts a second with eight clients; server and client
share the machine."""

import statistics
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.client import CLIENTS
from tests.bench.report import Row
from tests.bench.served import post, server

_GOAL = 1_500
_WARM, _ROUNDS, _POSTS = 1_000, 5, 5_000


def run() -> list[Row]:
    """Several rounds on one server, the feed's worker writing the lake meanwhile; the median of
    them."""
    with TemporaryDirectory() as folder, server(Path(folder)) as served:
        key = served.key or ""
        post(served.url, key, 0, _WARM)
        rates = []
        for number in range(_ROUNDS):
            acknowledged, seconds = post(served.url, key, _WARM + number * _POSTS, _POSTS)
            rates.append(acknowledged / seconds)
    median = statistics.median(rates)
    note = (
        f"median of {_ROUNDS} rounds of {_POSTS:,} ({min(rates):,.0f} to {max(rates):,.0f}), "
        f"{CLIENTS} connections"
    )
    return [
        Row(
            "local server",
            f"{median:,.0f} posts a second",
            f"≥ {_GOAL:,}",
            median >= _GOAL,
            note,
        )
    ]
