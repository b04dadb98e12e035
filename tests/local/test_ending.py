"""Ending the server: soon, well, and without losing what waits for the lake."""

import signal
import subprocess
import time
from pathlib import Path

from chalicelib.kit.clock import now_ms
from tests.support.bodies import completion
from tests.support.patience import eventually
from tests.support.server import COMMAND, Server

MOST_S = 5.0
"""On two busy cores; idle ones take one second."""


def test_it_ends_within_seconds_without_a_word(tmp_path: Path) -> None:
    command = [COMMAND, "up", "--json", "--port", "0", "--data", tmp_path / "data"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True) as server:
        assert server.stdout
        assert server.stdout.readline()
        begun = time.monotonic()
        server.send_signal(signal.SIGTERM)
        _, told = server.communicate(timeout=30)
        assert (server.returncode, told) == (0, "")
        assert time.monotonic() - begun < MOST_S


def test_what_waits_for_the_lake_is_there_after_the_next_start(tmp_path: Path) -> None:
    with Server(tmp_path / "data") as server:
        key = server.line["writeKey"]
        body = completion(1, now_ms(), agent="last")
        assert server.call("POST", "/meter/v2/ai/completions", key, body)[0] == 201
    with Server(tmp_path / "data") as server:

        def reported() -> bool:
            _, report = server.call("GET", "/api/v2/analytics/cost-by-agent-aggregated", key)
            return "last" in {item["groupName"] for item in report["_embedded"]["items"]}

        eventually(reported)
