"""A server with one budget, on loopback: reserves, blocks, releases, and is slow or broken when it
is told to be."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any

PATH = "/v2/api/ai/reservations"


@dataclass
class Budget:
    """What is left, what was asked, and how the server behaves."""

    url: str = ""
    left: int = 10
    """Calls that still fit."""
    decision: str = "ALLOW"
    status: int = 200
    body: bytes | None = None
    delay_s: float = 0.0
    deny_message: str = "no more, ask Ann"
    asked: list[dict[str, Any]] = field(default_factory=list)
    held: dict[str, str] = field(default_factory=dict)
    """Reservation ids by transaction id."""
    released: list[str] = field(default_factory=list)
    metered: list[dict[str, Any]] = field(default_factory=list)
    meter_statuses: list[int] = field(default_factory=list)
    """Of the next events; 201 afterwards."""
    keys: set[str] = field(default_factory=set)
    connections: int = 0
    hangs_up: bool = False
    """After each answer, without a word."""
    lock: Any = field(default_factory=Lock)

    def reserve(self, asked: dict[str, Any]) -> dict[str, Any]:
        with self.lock:
            self.asked.append(asked)
            name = asked["transactionId"]
            one = {
                "ruleId": "r1",
                "name": "a day",
                "limit": 10,
                "used": 10 - self.left,
                "windowEnd": "2026-11-25T00:00:00.000Z",
            }
            answer = {"transactionId": name, "estimatedCost": 0.1, "budgets": [one]}
            if name not in self.held and self.left <= 0:
                blocked = one | {"denyMessage": self.deny_message}
                return answer | {"decision": "BLOCK", "reservationId": None, "blockedBy": blocked}
            if name not in self.held:
                self.left -= 1
                self.held[name] = f"res{len(self.held)}"
            return answer | {
                "decision": self.decision,
                "reservationId": self.held[name],
                "blockedBy": None,
                "wouldBlock": [],
            }

    def release(self, reservation: str) -> None:
        with self.lock:
            self.released.append(reservation)
            for name in [each for each, kept in self.held.items() if kept == reservation]:
                del self.held[name]
                self.left += 1


def _handler(budget: Budget) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def setup(self) -> None:
            budget.connections += 1
            super().setup()

        def do_POST(self) -> None:
            content = json.loads(
                self.rfile.read(int(self.headers["Content-Length"])), parse_float=Decimal
            )
            budget.keys.add(self.headers["x-api-key"])
            if self.path.startswith("/meter/"):
                status = budget.meter_statuses.pop(0) if budget.meter_statuses else 201
                if status == 201:
                    budget.metered.append(content)
                self._answer(status, b"{}")
                return
            answer = budget.reserve(content) if budget.status == 200 else {"message": "broken"}
            if budget.delay_s:
                time.sleep(budget.delay_s)
            body = budget.body if budget.body is not None else json.dumps(answer).encode()
            self._answer(budget.status, body)

        def do_DELETE(self) -> None:
            budget.release(self.path.rpartition("/")[2])
            self._answer(204, b"")

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            if status != 204:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            self.close_connection = budget.hangs_up

        def log_message(self, *args: Any) -> None:
            """Be silent."""

    return Handler


@contextmanager
def budget_server() -> Iterator[Budget]:
    budget = Budget()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(budget))
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    budget.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield budget
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
