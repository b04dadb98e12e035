"""One call in the console: its history is what the API tells."""

import subprocess
from datetime import datetime, timedelta
from pathlib import Path

from playwright.sync_api import expect

from chalicelib.kit.clock import now_ms
from tests.console.furnish import PLATFORM, ask, rows
from tests.console.screen import Screen
from tests.console.test_flows import await_unpriced, meter
from tests.support.server import COMMAND


def test_the_history_of_a_call_says_why_its_cost_is_another_one(
    screen: Screen, tmp_path: Path
) -> None:
    server = screen.server
    meter(server, 1, provider="HOUSE", model="home-grown-8b")
    await_unpriced(server)
    prices = {"inputCostPerToken": 0.000001, "outputCostPerToken": 0.000002}
    model = {"name": "home-grown-8b", "provider": "HOUSE", "mode": "chat", **prices}
    ask(server, "POST", "/sources/ai/models", model)
    day = datetime.fromtimestamp(now_ms() / 1_000).astimezone() - timedelta(days=1)
    command = [COMMAND, "re-rate", "--from", f"{day:%Y-%m-%d}", "--data", tmp_path / "data"]
    subprocess.run(command, check=True, capture_output=True)
    server.reconnect()
    path = "/sources/metrics/ai"
    call = ask(server, "GET", f"{path}/call-1")
    newest, first = rows(server, f"{path}/{call['id']}/versions")
    page = screen.open(f"record/{call['id']}")
    table = page.get_by_role("table", name="Versions of the call")
    told = table.get_by_role("row").nth(1)
    expect(told).to_contain_text("rated anew")
    expect(told).to_contain_text(newest["priceVersion"])
    expect(told).to_contain_text("Cost usd: none → 0.001200000")
    expect(table.get_by_role("row").nth(2)).to_contain_text("unknown")
    assert (newest["totalCost"], first["totalCost"]) == (0.0012, None)
    assert (
        server.call("GET", f"{PLATFORM}{path}/nobody/versions", server.line["writeKey"])[0] == 404
    )
    assert screen.complaints() == []
