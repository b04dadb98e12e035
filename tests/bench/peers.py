"""Peers: servers that take the same spans, MLflow and Phoenix, with their own SQLite stores, in
virtual environments of their own (they bring hundreds of packages), made on the first run."""

import http.client
import os
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from chalicelib.kit.http.bodies import PROTOBUF

PATIENCE_S = 120
_VENVS = Path(__file__).parents[2] / ".bench-venv" / "peers"
FAILURES = (
    subprocess.SubprocessError,
    OSError,
    RuntimeError,
    TimeoutError,
    http.client.HTTPException,
)
"""What a peer that does not install, start or answer raises."""


@dataclass(frozen=True)
class Peer:
    """`command` serves at {port} from {folder}, where the spans end up in the SQLite file `store`.
    `page` is the one that shows charts of them, `chart` what one is there."""

    package: str
    command: str
    health: str
    store: str
    page: str
    chart: str
    headers: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Of its virtual environment too."""
        return self.package.partition("==")[0]


PEERS = (
    Peer(
        "mlflow==3.17.2",
        "mlflow server --host 127.0.0.1 --port {port} --workers 1 --backend-store-uri "
        "sqlite:///{folder}/store.db",
        "/health",
        "store.db",
        "/#/experiments/0/overview/usage",
        ".recharts-wrapper",
        {"x-mlflow-experiment-id": "0"},
    ),
    Peer(
        "arize-phoenix==20.26.1",
        "phoenix serve",
        "/healthz",
        "phoenix.db",
        "/projects/UHJvamVjdDox/metrics",
        ".recharts-wrapper",
        environment={
            "PHOENIX_WORKING_DIR": "{folder}",
            "PHOENIX_HOST": "127.0.0.1",
            "PHOENIX_PORT": "{port}",
            "PHOENIX_GRPC_PORT": "{other_port}",
            "PHOENIX_TELEMETRY_ENABLED": "false",
        },
    ),
)


def post_to(place: str, path: str, headers: Mapping[str, str]) -> Callable[[bytes], bytes]:
    """Posts a batch over a connection that stays open. Raises RuntimeError when it is not taken."""
    connection = http.client.HTTPConnection(place, timeout=PATIENCE_S)

    def send(body: bytes) -> bytes:
        connection.request("POST", path, body, {"content-type": PROTOBUF, **headers})
        answer = connection.getresponse()
        data = answer.read()
        if answer.status != http.client.OK:
            raise RuntimeError(f"{answer.status}: {data[:200]!r}")
        return data

    return send


def install(peer: Peer) -> None:
    """Make the virtual environment of a peer, unless it is there."""
    venv = _VENVS / peer.name
    ready = venv / "ready"
    if not ready.exists() or ready.read_text(encoding="utf-8") != peer.package:
        subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True, capture_output=True)
        pip = [str(venv / "bin" / "python"), "-m", "pip", "install", "-q", peer.package]
        subprocess.run(pip, check=True, capture_output=True, timeout=900)
        ready.write_text(peer.package, encoding="utf-8")


@contextmanager
def serve_peer(peer: Peer, folder: Path) -> Iterator[int]:
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
            wait_until(lambda: _is_healthy(port, peer.health))
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


def count_spans(store: Path) -> int:
    """The spans in a peer's store."""
    connection = sqlite3.connect(f"file:{store}?mode=ro", uri=True)
    try:
        return int(connection.execute("select count(*) from spans").fetchone()[0])
    finally:
        connection.close()


def wait_until(holds: Callable[[], bool]) -> None:
    """Raises TimeoutError."""
    end = time.monotonic() + PATIENCE_S
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError("the peer took too long")
        time.sleep(0.05)
