"""Connections that are left standing: they keep nobody from being answered, and are closed in the
end."""

import http.client
import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from chalicelib.kit.clock import now_ms
from infra.local import connections
from infra.local.connections import Silence, close_overdue
from tests.support.bodies import completion
from tests.support.patience import eventually
from tests.support.server import Server

UNFINISHED = b"POST /meter/v2/ai/completions HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"
STALLED = 500


@pytest.mark.parametrize(
    ("sent_ms", "received_ms", "over"),
    [
        (0, 0, False),
        (30_000, 80_000, False),
        (30_001, 30_001, True),
        (80_000, 30_000, False),
        (90_000, 0, False),
        (90_001, 0, True),
    ],
)
def test_silence_ends(sent_ms: int, received_ms: int, over: bool) -> None:
    assert Silence(sent_ms, received_ms).is_over_limit is over


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


def test_only_what_is_overdue_is_closed(
    listener: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = listener.getsockname()[1]
    with ExitStack() as stack:
        silent, talking = (
            stack.enter_context(socket.create_connection(("127.0.0.1", port))) for _ in range(2)
        )
        for _ in range(2):
            stack.enter_context(listener.accept()[0])
        monkeypatch.setattr(connections, "_SILENT_MS", 300)
        assert close_overdue(port) == 0
        deadline = time.monotonic() + 5
        closed = 0
        while not closed and time.monotonic() < deadline:
            talking.sendall(b"x")
            closed = close_overdue(port)
            time.sleep(0.02)
        assert closed == 1
        assert silent.recv(1) == b""
        talking.setblocking(False)
        with pytest.raises(BlockingIOError):
            talking.recv(1)


def test_looking_leaves_no_descriptors_open(listener: socket.socket) -> None:
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        close_overdue(listener.getsockname()[1])
    assert len(os.listdir("/proc/self/fd")) == before


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("served")) as running:
        yield running


def test_unfinished_bodies_keep_nobody_from_being_answered(server: Server) -> None:
    parts = urlsplit(server.line["url"])
    with ExitStack() as stack:
        for _ in range(STALLED):
            address = (str(parts.hostname), int(parts.port or 0))
            stalled = stack.enter_context(socket.create_connection(address, timeout=10))
            stalled.sendall(UNFINISHED)
        assert server.call("GET", "/health", "")[0] == 200
        key = server.line["meteringKey"]
        assert (
            server.call("POST", "/meter/v2/ai/completions", key, completion(1, now_ms()))[0] == 201
        )


def test_a_body_that_breaks_off_is_not_taken_for_a_whole_one(server: Server) -> None:
    """Its beginning may well be valid JSON."""
    parts = urlsplit(server.line["url"])
    with socket.create_connection((str(parts.hostname), int(parts.port or 0)), timeout=10) as half:
        half.sendall(UNFINISHED.replace(b"\r\n\r\n{", b"\r\n\r\n{}"))
        half.shutdown(socket.SHUT_WR)
        answer = half.recv(1_000)
    assert answer == b"" or answer.split()[1] in (b"400", b"408")


def child_of(server: Server) -> int:
    """The process that answers requests."""
    for path in Path(f"/proc/{server.process_id}/task").glob("*/children"):
        for child in path.read_text().split():
            if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes():
                return int(child)
    raise AssertionError("the server has no child")


@pytest.mark.parametrize("how", [signal.SIGSTOP, signal.SIGKILL], ids=["hangs", "dies"])
def test_a_child_that_does_not_answer_is_replaced(tmp_path: Path, how: signal.Signals) -> None:
    with Server(tmp_path / "data") as server:
        key = server.line["meteringKey"]
        assert (
            server.call("POST", "/meter/v2/ai/completions", key, completion(1, now_ms()))[0] == 201
        )
        child = child_of(server)
        os.kill(child, how)

        def answers() -> bool:
            connection = http.client.HTTPConnection(urlsplit(server.line["url"]).netloc, timeout=1)
            try:
                connection.request("GET", "/health")
                return connection.getresponse().status == 200 and child_of(server) != child
            except OSError:
                return False
            finally:
                connection.close()

        eventually(answers, 60)
        server.reconnect()
        status, answer = server.call(
            "POST", "/meter/v2/ai/completions", key, completion(1, now_ms())
        )
        assert status == 201, answer
