"""OTLP: spans decoded and mapped a second on one core, and stored a second by the server, beside
two peers.

The peers take the same batches, store traces, and neither attributes a call nor knows its cost at
the end of the request, as ours does.
"""

import json
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from chalicelib.kit.clock import DAY, now_ms
from chalicelib.kit.http.bodies import JSON, PROTOBUF
from chalicelib.otlp.decode import decode
from chalicelib.otlp.forms import Signal
from chalicelib.otlp.genai import Bounds
from chalicelib.otlp.spans import span_drafts
from tests.bench.peers import (
    FAILURES,
    PEERS,
    Peer,
    count_spans,
    install,
    post_to,
    serve_peer,
    wait_until,
)
from tests.bench.report import Row
from tests.bench.served import server
from tests.bench.spans import SPANS, as_json, batches

_GOAL, _STORED_GOAL = 40_000, 5_000
_BATCHES, _ROUNDS = 100, 7
_WARM, _SERVER_ROUNDS, _SENT, _SENT_TO_PEERS = 20, 5, 60, 20


def run() -> list[Row]:
    """Decode and map, then store, then what the peers do with the same batches."""
    bodies = list(batches(_BATCHES))
    proto, plain = _rate_of(bodies, PROTOBUF), _rate_of([as_json(body) for body in bodies], JSON)
    rates = _ours()
    stored = statistics.median(rates)
    span = (
        f"median of {_SERVER_ROUNDS} rounds of {_SENT} batches ({min(rates):,.0f} to "
        f"{max(rates):,.0f})"
    )
    note = (
        f"{span} of {SPANS} spans of 16 to 20 attributes, one connection; attributed, priced, "
        "durable"
    )
    return [
        Row(
            "OTLP protobuf to drafts",
            f"{proto:,.0f} spans a second",
            f"≥ {_GOAL:,}",
            proto >= _GOAL,
            "one core",
        ),
        Row("OTLP JSON to drafts", f"{plain:,.0f} spans a second", note="one core, the same spans"),
        Row(
            "OTLP server",
            f"{stored:,.0f} spans a second",
            f"≥ {_STORED_GOAL:,}",
            stored >= _STORED_GOAL,
            note,
        ),
        *(_peer(peer, stored) for peer in PEERS),
    ]


def _rate_of(bodies: Sequence[bytes], media: str) -> float:
    """Spans a second of CPU time, the best of some rounds: the machine has other things to do."""
    bounds = Bounds(0, now_ms() + DAY)
    seconds = []
    for _ in range(_ROUNDS):
        start = time.process_time()
        for body in bodies:
            made = span_drafts(decode((Signal.TRACES,), media, body).spans, bounds)
            assert len(made.drafts) == SPANS
        seconds.append(time.process_time() - start)
    return len(bodies) * SPANS / min(seconds)


def _ours() -> list[float]:
    """Spans a second that a real server has stored, in several rounds; the feed's worker writes the
    lake meanwhile."""
    rates = []
    with TemporaryDirectory() as folder, server(Path(folder)) as served:
        headers = {"x-api-key": served.key or "", "Accept": JSON}  # the counts stand in JSON only
        send = post_to(urlsplit(served.url).netloc, "/meter/v2/otlp/v1/traces", headers)
        for body in batches(_WARM, seed=1):
            send(body)
        for seed in range(2, 2 + _SERVER_ROUNDS):
            bodies = list(batches(_SENT, seed))
            start = time.perf_counter()
            answers = [json.loads(send(body)) for body in bodies]
            rates.append(_SENT * SPANS / (time.perf_counter() - start))
            assert all(answer["processedEvents"] == SPANS for answer in answers)
    return rates


def _peer(peer: Peer, ours: float) -> Row:
    """Spans a second until all of them stand in the peer's store: one acknowledges before it has
    stored anything."""
    try:
        install(peer)
        with TemporaryDirectory() as folder, serve_peer(peer, Path(folder)) as port:
            send = post_to(f"127.0.0.1:{port}", "/v1/traces", peer.headers)
            store = Path(folder) / peer.store
            for body in batches(1, seed=3):
                send(body)
            wait_until(lambda: count_spans(store) >= SPANS)
            start = time.perf_counter()
            for body in batches(_SENT_TO_PEERS, seed=4):
                send(body)
            acknowledged = time.perf_counter() - start
            wait_until(lambda: count_spans(store) >= (1 + _SENT_TO_PEERS) * SPANS)
            seconds = time.perf_counter() - start
    except FAILURES as error:
        return Row(
            f"… {peer.name}", "not installed", note=f"{peer.package}: {type(error).__name__}"
        )
    rate = _SENT_TO_PEERS * SPANS / seconds
    told = (
        f"{peer.package}, {_SENT_TO_PEERS} batches, acknowledged after {acknowledged:.1f} s, "
        f"stored after {seconds:.1f}"
    )
    return Row(
        f"… {peer.name}", f"{rate:,.0f} spans a second, {ours / rate:.0f} times slower", note=told
    )
