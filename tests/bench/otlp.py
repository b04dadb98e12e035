"""OTLP: spans decoded and mapped a second on one core, and stored a second by the server, beside
two peers.

The peers are servers that take the same batches: MLflow and Phoenix, with their own SQLite stores,
in virtual environments of their own (they bring hundreds of packages), made on the first run. Both
store traces, and neither attributes a call or knows its cost to the end of the request, which ours
does.
"""

import http.client
import json
import os
import socket
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from chalicelib.kit.clock import DAY, now_ms
from chalicelib.kit.http.bodies import JSON, PROTOBUF
from chalicelib.otlp.decode import decode
from chalicelib.otlp.forms import Signal
from chalicelib.otlp.genai import Bounds
from chalicelib.otlp.spans import span_drafts
from tests.bench.report import Row
from tests.bench.served import server
from tests.bench.spans import SPANS, as_json, batches

_GOAL, _STORED_GOAL = 40_000, 5_000
_BATCHES, _ROUNDS = 100, 7
_WARM, _SERVER_ROUNDS, _SENT, _SENT_TO_PEERS = 20, 5, 60, 20
_PATIENCE_S = 120
_VENVS = Path(__file__).parents[2] / ".bench-venv" / "peers"


@dataclass(frozen=True)
class _Peer:
    """`command` serves at {port} from {folder}, where the spans end up in the SQLite file
    `store`."""

    package: str
    command: str
    health: str
    store: str
    headers: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Of its virtual environment too."""
        return self.package.partition("==")[0]


_PEERS = (
    _Peer(
        "mlflow==3.17.2",
        "mlflow server --host 127.0.0.1 --port {port} --workers 1 --backend-store-uri "
        "sqlite:///{folder}/store.db",
        "/health",
        "store.db",
        {"x-mlflow-experiment-id": "0"},
    ),
    _Peer(
        "arize-phoenix==20.26.1",
        "phoenix serve",
        "/healthz",
        "phoenix.db",
        environment={
            "PHOENIX_WORKING_DIR": "{folder}",
            "PHOENIX_HOST": "127.0.0.1",
            "PHOENIX_PORT": "{port}",
            "PHOENIX_GRPC_PORT": "{other_port}",
            "PHOENIX_TELEMETRY_ENABLED": "false",
        },
    ),
)


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
        *(_peer(peer, stored) for peer in _PEERS),
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
        headers = {"x-api-key": served.key or ""}
        send = _sender(urlsplit(served.url).netloc, "/meter/v2/otlp/v1/traces", headers)
        for body in batches(_WARM, seed=1):
            send(body)
        for seed in range(2, 2 + _SERVER_ROUNDS):
            bodies = list(batches(_SENT, seed))
            start = time.perf_counter()
            answers = [json.loads(send(body)) for body in bodies]
            rates.append(_SENT * SPANS / (time.perf_counter() - start))
            assert all(answer["processedEvents"] == SPANS for answer in answers)
    return rates


def _sender(place: str, path: str, headers: Mapping[str, str]) -> Callable[[bytes], bytes]:
    """Posts a batch over a connection that stays open. Raises RuntimeError when it is not taken."""
    connection = http.client.HTTPConnection(place, timeout=_PATIENCE_S)

    def send(body: bytes) -> bytes:
        connection.request("POST", path, body, {"content-type": PROTOBUF, **headers})
        answer = connection.getresponse()
        data = answer.read()
        if answer.status != http.client.OK:
            raise RuntimeError(f"{answer.status}: {data[:200]!r}")
        return data

    return send


def _peer(peer: _Peer, ours: float) -> Row:
    """Spans a second until all of them stand in the peer's store: one acknowledges before it has
    stored anything."""
    try:
        _install(peer)
        with TemporaryDirectory() as folder, _serving(peer, Path(folder)) as port:
            send = _sender(f"127.0.0.1:{port}", "/v1/traces", peer.headers)
            store = Path(folder) / peer.store
            for body in batches(1, seed=3):
                send(body)
            _await(lambda: _count(store) >= SPANS)
            start = time.perf_counter()
            for body in batches(_SENT_TO_PEERS, seed=4):
                send(body)
            acknowledged = time.perf_counter() - start
            _await(lambda: _count(store) >= (1 + _SENT_TO_PEERS) * SPANS)
            seconds = time.perf_counter() - start
    except (
        subprocess.SubprocessError,
        OSError,
        RuntimeError,
        TimeoutError,
        http.client.HTTPException,
    ) as error:
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


def _install(peer: _Peer) -> None:
    venv = _VENVS / peer.name
    ready = venv / "ready"
    if not ready.exists() or ready.read_text(encoding="utf-8") != peer.package:
        subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True, capture_output=True)
        pip = [str(venv / "bin" / "python"), "-m", "pip", "install", "-q", peer.package]
        subprocess.run(pip, check=True, capture_output=True, timeout=900)
        ready.write_text(peer.package, encoding="utf-8")


@contextmanager
def _serving(peer: _Peer, folder: Path) -> Iterator[int]:
    """The port of a running peer."""
    port, other_port = free_port(), free_port()
    known = {"port": port, "folder": folder, "other_port": other_port}
    program, *options = peer.command.format(**known).split()
    environment = {name: value.format(**known) for name, value in peer.environment.items()}
    path = _VENVS / peer.name / "bin"
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [path / program, *options],
            env=os.environ | environment | {"PATH": f"{path}:{os.environ['PATH']}"},
            cwd=folder,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            _await(lambda: _is_healthy(port, peer.health))
            yield port
        finally:
            os.killpg(process.pid, 9)  # MLflow's workers outlive it otherwise; the group is its own
            process.wait()


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _is_healthy(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.client.OK
    except OSError:
        return False
    finally:
        connection.close()


def _count(store: Path) -> int:
    """The spans in a peer's store."""
    connection = sqlite3.connect(f"file:{store}?mode=ro", uri=True)
    try:
        return int(connection.execute("select count(*) from spans").fetchone()[0])
    finally:
        connection.close()


def _await(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + _PATIENCE_S
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError("the peer took too long")
        time.sleep(0.05)
