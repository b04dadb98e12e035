"""The unchanged revenium-python-sdk meters against us, and the reports show the sums to the nano-dollar."""

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest

from chalicelib.ports.world import World
from functions import table
from functions.seam import Seam
from infra.local.workers import drain
from infra.local.wsgi import wsgi
from tests.clients.fake_provider import provider
from tests.support.client import new_tenant
from tests.support.patience import eventually
from tests.support.server import Server

OPENAI_USD = 6 * (Decimal("0.00009") + Decimal("0.00006") + Decimal("0.00003"))
"""600 fresh tokens at $0.15, 100 out at $0.60 and 400 cached at $0.075 a million."""
ANTHROPIC_USD = 4 * (
    Decimal("0.0015") + Decimal("0.00075") + Decimal("0.0006") + Decimal("0.00075") + Decimal("0.0006")
)
"""500 in at $3, 50 out at $15, 2,000 read at $0.30, 200 written for 5 minutes at $3.75 and 100 for an hour at $6."""


@pytest.fixture
def fake_provider() -> Iterator[str]:
    with provider() as url:
        yield url


@contextmanager
def deployed(world: World) -> Iterator[dict[str, str]]:
    """The same doors over the AWS adapters."""
    tenant = new_tenant(world)
    application = wsgi(Seam(world).dispatcher(table.declared()), 10_000_000)
    with make_server("127.0.0.1", 0, application, handler_class=_Quiet) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield {"url": f"http://127.0.0.1:{server.server_port}", "writeKey": tenant.write_key or ""}
        finally:
            server.shutdown()
            thread.join()


class _Quiet(WSGIRequestHandler):
    def log_message(self, *args: Any) -> None:
        """Say nothing."""


def run_application(served: dict[str, str], provider_url: str, home: Path) -> None:
    """In a process of its own, because that is where the client keeps its state; leaving it flushes the records."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "OPENAI_API_KEY": "sk-fake",
        "OPENAI_BASE_URL": f"{provider_url}/v1",
        "ANTHROPIC_API_KEY": "sk-ant-fake",
        "ANTHROPIC_BASE_URL": provider_url,
        "REVENIUM_METERING_API_KEY": served["writeKey"],
        "REVENIUM_METERING_BASE_URL": served["url"],
    }
    script = Path(__file__).with_name("sdk_calls.py")
    done = subprocess.run([sys.executable, script], env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


def totals(served: dict[str, str], dimension: str) -> dict[str, Decimal]:
    """The sums of a report by group."""
    url = f"{served['url']}/api/v2/analytics/cost-by-{dimension}-aggregated"
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {served['writeKey']}"})
    with urllib.request.urlopen(request) as answer:
        items = json.loads(answer.read(), parse_float=Decimal)["_embedded"]["items"]
    return {item["groupName"]: item["metrics"][0]["metricResult"] for item in items}


def check(served: dict[str, str], fake_provider: str, home: Path, settle: Callable[[], Any]) -> None:
    run_application(served, fake_provider, home)
    settle()
    eventually(lambda: totals(served, "agent") == {"support": OPENAI_USD, "planner": ANTHROPIC_USD})
    assert totals(served, "model") == {"gpt-4o-mini": OPENAI_USD, "claude-sonnet-4-5": ANTHROPIC_USD}
    assert totals(served, "provider") == {"OPENAI": OPENAI_USD, "ANTHROPIC": ANTHROPIC_USD}
    whole = OPENAI_USD + ANTHROPIC_USD
    assert totals(served, "organization") == {"AcmeCorp": whole}
    assert totals(served, "product") == {"chatbot": whole}
    assert totals(served, "api-key") == {"prod-key": whole}


def test_the_sdk_meters_against_a_laptop(tmp_path: Path, fake_provider: str) -> None:
    with Server(tmp_path / "data") as server:
        check(server.line, fake_provider, tmp_path, lambda: None)


def test_the_sdk_meters_against_a_deployment(deployment: World, tmp_path: Path, fake_provider: str) -> None:
    with deployed(deployment) as served:
        check(served, fake_provider, tmp_path, lambda: drain(deployment))
