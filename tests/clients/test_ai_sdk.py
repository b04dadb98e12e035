"""Vercel's AI SDK, unchanged: a chat, a stream and an embedding, and the spans it makes of them.

The SDK itself runs where Node and npm's registry are (ai_sdk/package-lock.json has its version and
hashes); what it sent when that was done last is in ai_sdk/recording.json, and read always.
`METERLAKE_RECORD=1` writes the recording anew.
"""

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from chalicelib.kit.http.bodies import PROTOBUF
from chalicelib.kit.money import NANO
from infra.local.world import build
from tests.clients.applications import ledger
from tests.support.client import Client

HERE = Path(__file__).parent / "ai_sdk"
RECORDING = HERE / "recording.json"
MILLION = Decimal(1_000_000)
CHAT = (600 * Decimal("0.15") + 400 * Decimal("0.075") + 100 * Decimal("0.60")) / MILLION
EMBEDDING = 1_000 * Decimal("0.02") / MILLION
"""gpt-4o-mini and text-embedding-3-small in USD a million tokens: openai.com/api/pricing, 2025; the
counts are those of the provider that answers (fake_provider.py)."""


def check(folder: Path, bodies: list[bytes]) -> None:
    """Post what was sent, and compare what is stored: each call once, at what its vendor takes."""
    client = Client(build(folder))
    for body in bodies:
        assert client.post("/meter/v2/otlp", body, content_type=PROTOBUF).status == 200
    newest = {row["transaction_id"]: row for row in ledger(folder, "ai_events")}
    told = sorted(
        (row["model"], bool(row.get("is_streamed")), Decimal(row["cost_nano"]) / NANO)
        for row in newest.values()
    )
    assert told == [
        ("gpt-4o-mini", False, CHAT),
        ("gpt-4o-mini", True, CHAT),
        ("text-embedding-3-small", False, EMBEDDING),
    ]


def recorded() -> list[bytes]:
    return [base64.b64decode(each) for each in json.loads(RECORDING.read_text())]


def test_what_it_sent(tmp_path: Path) -> None:
    check(tmp_path / "data", recorded())


def test_what_it_sent_in_any_order(tmp_path: Path) -> None:
    check(tmp_path / "data", recorded()[::-1])


@pytest.fixture(scope="module")
def sdk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the SDK is installed, as locked."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        pytest.skip("Node is not there")
    folder = tmp_path_factory.mktemp("ai_sdk")
    for name in ("package.json", "package-lock.json", "calls.mjs"):
        shutil.copy(HERE / name, folder)
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=0"]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)
    except subprocess.TimeoutExpired:
        pytest.skip("npm's registry does not answer")
    if done.returncode:
        pytest.skip(f"the AI SDK cannot be installed here: {done.stderr[-200:]}")
    return folder


@contextmanager
def collector(bodies: list[bytes]) -> Iterator[str]:
    """The URL of somebody who takes exports, in pieces as Node sends them."""

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            bodies.append(body)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1/traces"
    finally:
        server.shutdown()
        server.server_close()


def test_the_sdk_itself(sdk: Path, fake_provider: str, tmp_path: Path) -> None:
    bodies: list[bytes] = []
    with collector(bodies) as url:
        variables = {"OTLP_URL": url, "OPENAI_BASE_URL": f"{fake_provider}/v1"}
        done = subprocess.run(
            ["node", "calls.mjs"],
            cwd=sdk,
            env=os.environ | variables,
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert done.returncode == 0, done.stderr
    check(tmp_path / "data", bodies)
    if os.environ.get("METERLAKE_RECORD"):
        texts = [base64.b64encode(body).decode() for body in bodies]
        RECORDING.write_text(json.dumps(texts, indent=0) + "\n")
