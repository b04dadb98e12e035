"""One completion on the server without network: CPU time through the dispatcher, from request bytes
to answer bytes."""

import json
import os
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from chalicelib.kit.clock import day_start
from chalicelib.kit.http.dispatch import Dispatcher
from chalicelib.kit.http.messages import Request
from functions import table
from functions.seam import Seam
from infra.demo.events import demo_calls
from infra.installation import installation
from infra.local.world import build
from tests.bench.report import Row

_GOAL_MS = 1.0
_WARM, _ROUNDS, _ROUND = 2_000, 10, 1_000


def run() -> list[Row]:
    """Post demo calls, all different, to the local adapters: key check, validation, rating, ledger,
    answer.

    The first ones make the customers, agents and jobs; what is measured is the long run, in which
    they are known.
    """
    bodies = [json.dumps(body).encode() for body in demo_calls(day_start("2026-11-22"), 30)]
    with TemporaryDirectory() as folder:
        os.environ["METERLAKE_LOG"] = str(Path(folder) / "access.log")  # as `meterlake up` does
        world = build(Path(folder))
        key = installation(world).metering_key or ""
        dispatch = Seam(world).dispatcher(table.routers())
        requests = [_request(body, key, keyed=False) for body in bodies[: _WARM + _ROUNDS * _ROUND]]
        _cpu_ms(dispatch, requests[:_WARM])
        rounds = [
            _cpu_ms(dispatch, requests[_WARM + n * _ROUND : _WARM + (n + 1) * _ROUND])
            for n in range(_ROUNDS)
        ]
        keyed = _cpu_ms(dispatch, [_request(body, key, keyed=True) for body in bodies[-_ROUND:]])
    median = statistics.median(rounds)
    note = (
        f"median of {_ROUNDS} rounds of {_ROUND:,} ({min(rounds):.2f} to {max(rounds):.2f}), "
        "SQLite commit included"
    )
    return [
        Row(
            "a completion, server side",
            f"{median:.2f} ms CPU",
            f"≤ {_GOAL_MS} ms",
            median <= _GOAL_MS,
            note,
        ),
        Row(
            "… with an Idempotency-Key",
            f"{keyed:.2f} ms CPU",
            note="two more writes, to the table of replays",
        ),
    ]


def _request(body: bytes, key: str, *, keyed: bool) -> Request:
    headers = {
        "content-type": "application/json",
        "x-api-key": key,
        "content-length": str(len(body)),
    }
    if keyed:
        headers["idempotency-key"] = f"bench-{hash(body)}"
    return Request("POST", "/meter/v2/ai/completions", headers, (), body, "bench")


def _cpu_ms(dispatch: Dispatcher, requests: Sequence[Request]) -> float:
    """CPU milliseconds of one request; raises AssertionError when one is refused."""
    start = time.process_time()
    answers = [dispatch(request) for request in requests]
    spent = time.process_time() - start
    refused = [answer.body for answer in answers if answer.status != 201]
    assert not refused, refused[0]
    return spent * 1_000 / len(requests)
