"""Applications in processes of their own, because that is where clients keep their state; and what
they left here."""

import json
import os
import subprocess
import sys
import urllib.request
from decimal import Decimal
from pathlib import Path
from typing import Any

from infra.local.world import build
from tests.support.server import Server

_HERE = Path(__file__).parent
_TIMEOUT_S = 120
_MOST_EVENTS = 1_000


def run(
    script: str, home: Path, served: dict[str, str], provider_url: str = "", **more: str
) -> str:
    """Run a script of this folder, which may talk to this machine only; leaving it flushes what it
    metered. What it printed."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "OPENAI_API_KEY": "sk-fake",
        "OPENAI_BASE_URL": f"{provider_url}/v1",
        "ANTHROPIC_API_KEY": "sk-ant-fake",
        "ANTHROPIC_BASE_URL": provider_url,
        "REVENIUM_METERING_API_KEY": served["writeKey"],
        "REVENIUM_METERING_BASE_URL": served["url"],
        **more,
    }
    command = [sys.executable, _HERE / "loopback.py", _HERE / script]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=_TIMEOUT_S
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def totals(served: dict[str, str], dimension: str) -> dict[str, Decimal]:
    """The sums of a report by group."""
    url = f"{served['url']}/api/v2/analytics/cost-by-{dimension}-aggregated"
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {served['writeKey']}"})
    with urllib.request.urlopen(request) as answer:
        items = json.loads(answer.read(), parse_float=Decimal)["_embedded"]["items"]
    return {item["groupName"]: item["metrics"][0]["metricResult"] for item in items}


def register_tool(server: Server, **members: Any) -> None:
    """Put a tool into the registry, as its owner does."""
    status, body = server.call(
        "POST", "/profitstream/v2/api/tools", server.line["writeKey"], members
    )
    assert status == 200, body


def ledger(folder: Path, table: str) -> list[dict[str, Any]]:
    """All versions of the events of a lake table, in the order they came. The server of the folder
    has ended."""
    batch = build(folder).feed.read("local", None, _MOST_EVENTS)
    return (
        [json.loads(event.body) for event in batch.events if event.table == table] if batch else []
    )


def columns(row: dict[str, Any], names: str) -> dict[str, Any]:
    """Some columns of a row; None for those it has not."""
    return {name: row.get(name) for name in names.split()}
