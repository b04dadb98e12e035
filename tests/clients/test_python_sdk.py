"""The unchanged revenium-python-sdk meters against us, and the reports show the sums to the
nano-dollar."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

from chalicelib.ports.world import World
from functions import table
from functions.seam import Seam
from infra.local.feeder import drain
from infra.local.turns import Turns
from infra.local.wsgi import wsgi
from tests.clients.applications import run, totals
from tests.support.client import new_tenant
from tests.support.patience import eventually
from tests.support.server import Server

OPENAI_USD = 6 * (Decimal("0.00009") + Decimal("0.00006") + Decimal("0.00003"))
"""600 fresh tokens at $0.15, 100 out at $0.60 and 400 cached at $0.075 a million."""
ANTHROPIC_USD = 4 * (
    Decimal("0.0015")
    + Decimal("0.00075")
    + Decimal("0.0006")
    + Decimal("0.00075")
    + Decimal("0.0006")
)
"""500 in at $3, 50 out at $15, 2,000 read at $0.30, 200 written for 5 minutes at $3.75 and 100 for
an hour at $6."""


@contextmanager
def deployed(world: World) -> Iterator[dict[str, str]]:
    """The same operations over the AWS adapters."""
    tenant = new_tenant(world)
    application = wsgi(Seam(world).dispatcher(table.routers()), 10_000_000, Turns(8, 8, 10.0))
    with make_server("127.0.0.1", 0, application, handler_class=_Quiet) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield {
                "url": f"http://127.0.0.1:{server.server_port}",
                "writeKey": tenant.write_key or "",
            }
        finally:
            server.shutdown()
            thread.join()


class _Quiet(WSGIRequestHandler):
    def log_message(self, *args: Any) -> None:
        """Say nothing."""


def check(
    served: dict[str, str], fake_provider: str, home: Path, settle: Callable[[], Any]
) -> None:
    run("sdk_calls.py", home, served, fake_provider)
    settle()
    eventually(lambda: totals(served, "agent") == {"support": OPENAI_USD, "planner": ANTHROPIC_USD})
    assert totals(served, "model") == {
        "gpt-4o-mini": OPENAI_USD,
        "claude-sonnet-4-5": ANTHROPIC_USD,
    }
    assert totals(served, "provider") == {"OPENAI": OPENAI_USD, "ANTHROPIC": ANTHROPIC_USD}
    whole = OPENAI_USD + ANTHROPIC_USD
    assert totals(served, "organization") == {"AcmeCorp": whole}
    assert totals(served, "product") == {"chatbot": whole}
    assert totals(served, "api-key") == {"prod-key": whole}


def test_the_sdk_meters_against_a_laptop(tmp_path: Path, fake_provider: str) -> None:
    with Server(tmp_path / "data") as server:
        check(server.line, fake_provider, tmp_path, lambda: None)


def test_the_sdk_meters_against_a_deployment(
    deployment: World, tmp_path: Path, fake_provider: str
) -> None:
    with deployed(deployment) as served:
        check(served, fake_provider, tmp_path, lambda: drain(deployment))
