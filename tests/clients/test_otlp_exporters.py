"""The unchanged exporters of opentelemetry-sdk meter against a real server, packed and plain."""

import json
import os
import subprocess
import sys
import urllib.request
from decimal import Decimal
from pathlib import Path

import pytest

from tests.support.patience import eventually
from tests.support.server import Server

SPANS_USD = 6 * (Decimal("0.00009") + Decimal("0.00006") + Decimal("0.00003"))
"""600 fresh tokens at $0.15, 100 out at $0.60 and 400 cached at $0.075 a million."""
LOGS_USD = 4 * (Decimal("0.0015") + Decimal("0.00075"))
"""500 in at $3 and 50 out at $15 a million; not what the client states."""


def totals(served: dict[str, str], dimension: str) -> dict[str, Decimal]:
    """The sums of a report by group."""
    url = f"{served['url']}/api/v2/analytics/cost-by-{dimension}-aggregated"
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {served['writeKey']}"})
    with urllib.request.urlopen(request) as answer:
        items = json.loads(answer.read(), parse_float=Decimal)["_embedded"]["items"]
    return {item["groupName"]: item["metrics"][0]["metricResult"] for item in items}


def run_application(served: dict[str, str], compression: str) -> str:
    """In a process of its own, as its exporters keep threads; what they complain of."""
    environment = {
        "PATH": os.environ["PATH"],
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"{served['url']}/meter/v2/otlp",
        "OTEL_EXPORTER_OTLP_HEADERS": f"Authorization=Bearer%20{served['writeKey']}",
        "OTEL_EXPORTER_OTLP_COMPRESSION": compression,
    }
    script = Path(__file__).with_name("otlp_calls.py")
    done = subprocess.run(
        [sys.executable, script], env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


@pytest.mark.parametrize("compression", ["none", "gzip"])
def test_exporters_meter_against_a_laptop(tmp_path: Path, compression: str) -> None:
    with Server(tmp_path / "data") as server:
        for _ in range(2):  # the second run repeats the ids of the calls that succeeded
            complaints = run_application(server.line, compression)
            assert complaints == ""
        expected = {"gpt-4o-mini": SPANS_USD, "claude-sonnet-4-5": LOGS_USD}
        eventually(lambda: totals(server.line, "model") == expected)
        assert totals(server.line, "agent") == {"planner": SPANS_USD, "claude-code": LOGS_USD}
